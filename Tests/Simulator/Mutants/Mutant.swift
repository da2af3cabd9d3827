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

    /// The state that the field is of; `nil` for one of the machine.
    package var state: String? { place.first == "States" && place.count > 1 ? place[1] : nil }

    /// Why a machine that differs in this way is as good; `nil` where it is not known to be.
    package var equivalence: String? {
        switch (kind, place.last ?? "") {
        case (.removed, "Comment"): "a comment says nothing to the machine"
        case (.removed, "BackoffRate"), (.removed, "IntervalSeconds"): "what is there is the default"
        case (.removed, "MaxAttempts"), (.changed, "IntervalSeconds"), (.changed, "MaxAttempts"),
            (.changed, "MaxDelaySeconds"), (.changed, "TimeoutSeconds"), (.changed, "BackoffRate"),
            (.changed, "MaxResults"), (.changed, "MaxKeys"):
            "a little more or less patience, within the bounds"
        case (.removed, "ResultPath") where state == "HandOn": "nothing is read of the data behind it"
        case (.removed, "ResultSelector"): "the whole reply has all that is read of it"
        case (.removed, "seen"), (.renamed, "seen"): "what is put below it makes it"
        case (.changed, "count") where place.contains("tries"): "one try fewer"
        case (.removed, _) where place.contains("tries"), (.renamed, _) where place.contains("tries"):
            "a counter that nothing reads behind it, which the compiler would miss"
        case (.changed, "ResultPath") where place.dropFirst().first?.hasPrefix("List") == true:
            "the queue is made of all lists, wherever they are"
        case (.changed, "startTime") where old == "":
            "a recovery makes no database, and the statement of the execution is found by its token"
        case (.changed, "status") where old == "": "what is no status is unknown, whatever it says"
        case (.changed, "Cause"), (.changed, "cause"): "words that only people read"
        default: nil
        }
    }
}

/// All changes of one field of a definition.
struct Mutants {
    private let states: [String]
    private var found: [Mutant] = []

    static func all(of definition: JSONValue) -> [Mutant] {
        var mutants = Mutants(states: (definition["States"]?.objectValue).map { Array($0.names) } ?? [])
        mutants.collect(definition, at: [])
        return mutants.found
    }

    private init(states: [String]) {
        self.states = states
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
