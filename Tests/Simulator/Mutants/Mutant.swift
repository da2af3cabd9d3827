import StatesLanguage

/// A change of one field of a definition, as a slip of the hand would make it.
package struct Mutant: Sendable, CustomStringConvertible {
    package enum Kind: String, CaseIterable, Sendable {
        /// The field is not there.
        case removed
        /// Its name is misspelt.
        case renamed
        /// A way leads to another state.
        case retargeted
        /// Its value is another.
        case changed
    }

    package let kind: Kind
    /// The names on the way to the field, and `[0]` for an element.
    let place: [String]
    let old: JSONValue
    /// The new name or the new value.
    var value: JSONValue = .null
    /// The state to which the way leads that it is part of, if it is of one, and the conditions there.
    var target = "", decisions = ""

    package var description: String {
        "\(kind.rawValue) \(ProblemPath(components: place)): \(old.text.prefix(120)) → \(value.text)"
    }

    func apply(to definition: JSONValue) -> JSONValue {
        switch kind {
        case .removed: definition.setting(place, to: nil)
        case .renamed: definition.renaming(place, to: value.stringValue ?? "")
        case .retargeted, .changed: definition.setting(place, to: value)
        }
    }

    /// Makes the change wherever a field of that name has the same value.
    func applyAll(to definition: JSONValue) -> JSONValue {
        switch definition {
        case .object(let members):
            let changed = members.compactMap { name, json -> (String, JSONValue)? in
                guard name == place.last, json == old else { return (name, applyAll(to: json)) }
                return switch kind {
                case .removed: nil
                case .renamed: (value.stringValue ?? "", json)
                case .retargeted, .changed: (name, value)
                }
            }
            return .object(JSONObject(changed))
        case .array(let elements): return .array(elements.map(applyAll))
        default: return definition
        }
    }

    /// The state that the field is of; `nil` for one of the machine.
    package var state: String? { place.first == "States" && place.count > 1 ? place[1] : nil }

    /// Why a machine that differs in this way is as good; `nil` where it is not known to be.
    package var equivalence: String? {
        switch (kind, place.last ?? "") {
        case (.removed, "Comment"): "a comment says nothing to the machine"
        case (.removed, "BackoffRate"), (.removed, "IntervalSeconds"): "what is there is the default"
        case (.removed, "MaxAttempts"), (.changed, "IntervalSeconds"), (.changed, "MaxAttempts"),
            (.changed, "MaxDelaySeconds"), (.changed, "TimeoutSeconds"), (.changed, "BackoffRate"),
            (.changed, "MaxResults"), (.changed, "MaxKeys"), (.changed, "Seconds"):
            Self.patience
        case (.removed, "MaxResults") where old.isExpression, (.renamed, "MaxResults") where old.isExpression:
            "a little more or less is read at a time"
        case (_, "failure") where !isOfService && isInWay: isDecidedBy("$failure") ? nil : Self.words
        case (.removed, "Assign") where old.objectValue.map { Array($0.names) } == ["failure"]:
            isDecidedBy("$failure") ? nil : Self.words
        case (_, "Error") where isInWay, (_, "Cause") where isInWay:
            isDecidedBy("$failure." + place[place.count - 1]) ? nil : Self.words
        case (.removed, "Cause"), (.renamed, "Cause"): isOfService || !old.isExpression ? Self.words : nil
        case (_, "Error") where isOfService: Self.words
        case (.removed, let name) where Self.flags.contains(name) && old == false,
            (.renamed, let name) where Self.flags.contains(name) && old == false:
            "what is not there is not true"
        case (.changed, "isRegistered") where state == "CompareMarkerBeforeDeregister":
            "nobody asks for the registration any more"
        case (.removed, "failure"), (.renamed, "failure"): isOfService ? Self.words : nil
        case (_, "Condition") where place == ["States", "MayVerifyAgain", "Choices", "[1]", "Condition"]: Self.patience
        case (_, "Condition") where Self.ended.contains(place): Self.lookedAgain
        case (_, "Condition") where state == "IsRevokedBeforeDrop" && !(value.stringValue ?? "").contains("dropTries"):
            Self.notDropped
        case (_, "Id") where place.contains("Entries"): "nothing reads which entry failed"
        case (.removed, "Arguments") where old == [:]: "the action has no parameters"
        case (.removed, "PermissionsWithGrantOption") where state?.hasPrefix("Revoke") == true: Self.grantOption
        case (_, "repeat") where state == "CompareMarkerOfExistingDatabase": Self.neverOwn
        case (.changed, "marker") where isOtherText && before.contains("$error('"): Self.words
        case (.changed, let name) where Self.isCounter(name): Self.patience
        case (.changed, "Condition") where isOtherLimit: Self.patience
        case (.changed, "pageSize"), (.changed, "since"): "a little more or less is read at a time"
        case (.changed, "Cause"), (.changed, "cause"): old.isExpression && !isOtherText ? nil : Self.words
        case (.changed, "text") where place.dropLast().last == "left" && (isOtherText || isOtherLength): Self.words
        case (_, "milestone") where Self.formerStates.contains(where: before.hasSuffix): Self.formerly
        case (_, "milestone") where ["'RollBack", "'ReadSettingsToDrop"].contains(where: before.hasSuffix):
            Self.earlierMilestone
        case (_, "startTime") where place.contains("execution"), (.changed, "execution") where isTimeOfRecovered:
            Self.timeOfRecovered
        case (.changed, "failure"), (.changed, "outcomeError"), (.changed, "left"):
            isOtherText && isInCause ? Self.words : nil
        case (.changed, "actualFacts") where isOtherText && Self.unwanted.contains(where: old.text.contains):
            isOfUnwanted ? "what nobody wants is unexpected under any name" : nil
        default: nil
        }
    }

    private static let patience = "a little more or less patience, within the bounds"
    private static let formerly = "only an execution of the release before enters it: `RecoveryTests` recover those"
    private static let earlierMilestone =
        "from an earlier milestone the same is rolled back, and what is rolled back already is found so"
    private static let timeOfRecovered = "a recovery makes no database, whose marker says when its execution began"
    private static let words = "words that only people read"
    private static let lookedAgain = "one recovery more, which finds that the outcome was told"
    private static let notDropped =
        "what cannot be revoked for good stays and is named, and goes otherwise with its database"
    private static let neverOwn = "an execution finds no database of its own before it has made one"
    private static let grantOption = "what is revoked takes its grant option with it"
    /// The states of the machines of the release before that a recovery goes by.
    private static let formerStates = [
        "'TellSuccess", "'TellError", "'ReadDropSettings", "'Undo", "'ShareWithCustomer",
    ]
    /// Members that are asked for being true.
    private static let flags = ["repeat", "more", "isRegistered", "isReplaced"]
    /// Where it is asked whether an execution has told its outcome, by how it ended.
    private static let ended = ["NeedsRecovery", "WasOutcomeNotified"].map {
        ["States", $0, "Choices", "[0]", "Condition"]
    }
    /// How the facts begin that are never wanted.
    private static let unwanted = [
        "'new tables are given to ", "'the location is registered in hybrid mode under ", "'there is the table ",
        "'there are objects",
    ]

    private static func isCounter(_ name: String) -> Bool { name.hasSuffix("Tries") || name.hasSuffix("Looks") }

    /// Whether a condition asks for another number of tries, and is else the same.
    private var isOtherLimit: Bool {
        func limits(_ json: JSONValue) -> String {
            (json.stringValue ?? "").replacing(#/(Tries|Looks) <=? [0-9]+/#) { "\($0.output.1) < N" }
        }
        return limits(old) == limits(value)
    }

    /// The expression before the place at which it is changed.
    private var before: Substring {
        let (old, new) = (old.stringValue ?? "", value.stringValue ?? "")
        return old.prefix(zip(old, new).prefix { $0 == $1 }.count)
    }

    /// Whether one literal text has one character more at its end.
    private var isOtherText: Bool {
        guard let old = old.stringValue, let new = value.stringValue, new.count == old.count + 1 else { return false }
        let rest = new.dropFirst(before.count)
        return !self.old.isExpression || rest.first == "x" && "'\"".contains(rest.dropFirst().first ?? "x")
    }

    /// Whether a text is cut off at another character.
    private var isOtherLength: Bool {
        func lengths(_ json: JSONValue) -> String {
            (json.stringValue ?? "").replacing(#/\b[0-9]+(?=,|\n *\))/#) { _ in "N" }
        }
        return old != value && lengths(old) == lengths(value)
    }

    /// Whether it is the time at which an execution began, in the recovery of it.
    private var isTimeOfRecovered: Bool {
        state == "DescribeExecution" && before.matches(of: #/'([A-Za-z]+)/#).last?.output.1 == "startTime"
    }

    /// Whether it is the failure that a way keeps.
    private var isInWay: Bool {
        place.contains("Assign") && place.contains("failure") && !place.contains("outcomeError")
    }

    /// Whether the state to which the way leads decides by a text, but for how long a duplicate is looked at.
    private func isDecidedBy(_ text: String) -> Bool {
        target != "MayVerifyAgain" && decisions.contains(text)
    }

    /// Whether it is the error of a service behind one that a caller is told, which nobody but its reader looks at; that of
    /// the verification says what becomes of a duplicate.
    private var isOfService: Bool {
        place.contains("outcomeError") && !["DescribeVerificationFailure", "DescribeInterruption"].contains(state)
    }

    /// Whether what is changed belongs to the cause of an error.
    private var isInCause: Bool {
        before.matches(of: #/'([A-Za-z]+)': /#).last.map { ["Cause", "cause", "text"].contains($0.output.1) } ?? false
    }

    /// Whether what is changed is the beginning of a fact that is never wanted.
    private var isOfUnwanted: Bool { Self.unwanted.contains { before.hasSuffix($0) } }
}

extension JSONValue {
    fileprivate var isExpression: Bool { stringValue?.hasPrefix("{%") ?? false }
}

/// All changes of one field of a definition.
struct Mutants {
    private let states: [String]
    private let definition: JSONValue
    private var found: [Mutant] = []

    static func all(of definition: JSONValue) -> [Mutant] {
        var mutants = Mutants(definition)
        mutants.collect(definition, at: [])
        return mutants.found.map(mutants.withTarget)
    }

    private init(_ definition: JSONValue) {
        self.definition = definition
        states = (definition["States"]?.objectValue).map { Array($0.names) } ?? []
    }

    /// The mutant with the state to which the way leads that it is part of; nothing for a condition, which decides the way.
    private func withTarget(_ mutant: Mutant) -> Mutant {
        guard mutant.place.count > 2, mutant.place[2] != "Arguments", mutant.place.last != "Condition" else {
            return mutant
        }
        let isInElement = ["Catch", "Choices"].contains(mutant.place[2]) && mutant.place.count > 4
        let way = mutant.place.prefix(isInElement ? 4 : 2)
        guard isInElement || ["Assign", "Output", "Next"].contains(mutant.place[2]),
            let target = definition.value(at: ProblemPath(components: way + ["Next"]))?.stringValue
        else { return mutant }
        var mutant = mutant
        mutant.target = target
        let rules = definition["States"]?[target]?["Choices"]?.arrayValue ?? []
        mutant.decisions = rules.compactMap { $0["Condition"]?.stringValue }.joined(separator: "\n")
        return mutant
    }

    private mutating func collect(_ json: JSONValue, at place: [String]) {
        switch json {
        case .object(let members):
            for (name, value) in members { collect(name, value, in: place) }
        case .array(let elements):
            for (index, element) in elements.enumerated() { collect(element, at: place + ["[\(index)]"]) }
        default:
            if place.last == "Comment" { return }
            for value in Self.changed(json) {
                found.append(Mutant(kind: .changed, place: place, old: json, value: value))
            }
        }
    }

    private mutating func collect(_ name: String, _ value: JSONValue, in place: [String]) {
        let inner = place + [name]
        // The names of states are not fields: what leads to them is led elsewhere.
        if place != ["States"] {
            found.append(Mutant(kind: .removed, place: inner, old: value))
            let misspelt = name.hasSuffix(".$") ? name.dropLast(2) + "e.$" : name + "e"
            found.append(Mutant(kind: .renamed, place: inner, old: value, value: .string(misspelt)))
        }
        guard ["Next", "Default", "StartAt"].contains(name), case .string(let target) = value else {
            return collect(value, at: inner)
        }
        for other in others(than: target, at: inner) {
            found.append(Mutant(kind: .retargeted, place: inner, old: value, value: .string(other)))
        }
    }

    /// Three of the states, drawn by the place alone: a change elsewhere in the machine draws no others.
    private func others(than target: String, at place: [String]) -> [String] {
        let place = place.joined(separator: "/")
        let drawn = states.filter { $0 != target }.map { (SeededRandom.seed(place + " " + $0), $0) }
        return drawn.sorted { $0.0 < $1.0 }.prefix(3).map(\.1)
    }

    private static func changed(_ json: JSONValue) -> [JSONValue] {
        switch json {
        case .bool(let flag): [.bool(!flag)]
        case .integer(let number): [.integer(number + 1)]
        case .double(let number): [.double(number + 1)]
        case .string(let text) where text.hasPrefix("{%"): ExpressionMutants.texts(of: text).map { .string($0) }
        case .string(let text): [.string(text + "x")]
        default: []
        }
    }
}
