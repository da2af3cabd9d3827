import Foundation
import StatesLanguage
import Testing

@testable import CleanroomWorkflows

/// Every field of the compiled machines is taken away, misspelt, led elsewhere or given another value: each of these
/// machines is refused, or behaves the same for a reason that is listed.
///
/// A sample by a fixed seed is tried: 300, or as many as `CLEANROOM_MUTANTS` says, and with `all` each of them.
struct MutationTests {
    @Test func `a machine that differs in one field is refused, or is as good for a reason that is listed`()
        async throws
    {
        let wanted = ProcessInfo.processInfo.environment["CLEANROOM_MUTANTS"] ?? "300"
        let machines = [
            MutatedMachine(name: "create", CreateCleanroom.assembled(), CreateCleanroom.input),
            MutatedMachine(name: "recover", RecoverCleanroom.assembled(), RecoverCleanroom.input),
        ]
        var mutants = machines.flatMap { machine in machine.mutants().map { (machine, $0) } }
        if let count = Int(wanted) {
            var random = SeededRandom(seed: 20)
            mutants = Array(mutants.shuffled(using: &random).prefix(count))
        }
        let results = await withTaskGroup(of: [(Mutant, [Problem])].self) { group in
            for start in stride(from: 0, to: mutants.count, by: 50) {
                let slice = mutants[start..<min(start + 50, mutants.count)]
                group.addTask { slice.map { ($0.1, $0.0.problems(of: $0.1)) } }
            }
            var results: [(Mutant, [Problem])] = []
            for await part in group {
                results += part
                if results.count.isMultiple(of: 1000) {
                    print("\(results.count) of \(mutants.count) mutants looked at")
                }
            }
            return results
        }
        var tally = Tally()
        for (mutant, problems) in results {
            if let problem = problems.first {
                tally.refuse(mutant, problem.code)
            } else {
                tally.accept(mutant, Self.reason(for: mutant))
            }
        }
        print(tally.text)
        #expect(tally.unexplained.isEmpty)
        // Another value may be as good as the one before; a field that is taken away, misspelt or led elsewhere seldom is.
        #expect(tally.share(of: [.removed, .renamed, .retargeted]) <= 6.9)
    }

    /// How many were refused for what, and how many accepted why.
    private struct Tally {
        private var refused: [String: Int] = [:]
        private var accepted: [String: Int] = [:]
        private var counts: [Mutant.Kind: (tried: Int, accepted: Int)] = [:]
        private(set) var unexplained: [String] = []

        mutating func refuse(_ mutant: Mutant, _ code: Problem.Code) {
            refused[code.rawValue, default: 0] += 1
            counts[mutant.kind, default: (0, 0)].tried += 1
        }

        mutating func accept(_ mutant: Mutant, _ reason: String?) {
            counts[mutant.kind, default: (0, 0)].tried += 1
            counts[mutant.kind, default: (0, 0)].accepted += 1
            if let reason { accepted[reason, default: 0] += 1 } else { unexplained.append(mutant.description) }
        }

        /// In percent, those that were accepted of all of these kinds.
        func share(of kinds: [Mutant.Kind]) -> Double {
            let found = kinds.compactMap { counts[$0] }
            let tried = found.reduce(0) { $0 + $1.tried }
            return Double(found.reduce(0) { $0 + $1.accepted }) / Double(max(1, tried)) * 100
        }

        var text: String {
            let kinds = counts.sorted { $0.key.rawValue < $1.key.rawValue }.map { kind, count in
                "Mutants \(kind.rawValue): \(count.tried), accepted \(count.accepted)"
            }
            return
                (kinds + refused.sorted { $0.value > $1.value }.map { "  \($0.value) \($0.key)" }
                + accepted.sorted { $0.value > $1.value }.map { "  \($0.value) accepted: \($0.key)" }
                + unexplained.sorted().map { "  unexplained: \($0)" }).joined(separator: "\n")
        }
    }

    /// Why a machine that differs in this way is no worse; or, where it is, who sees the difference.
    private static func reason(for mutant: Mutant) -> String? {
        let field = mutant.place.last ?? ""
        switch (mutant.kind, field) {
        case (.removed, "Comment"): return "a comment says nothing to the machine"
        case (.removed, "BackoffRate"), (.removed, "IntervalSeconds"): return "what is there is the default"
        case (.removed, "MaxAttempts"), (.changed, "IntervalSeconds"), (.changed, "MaxAttempts"),
            (.changed, "MaxDelaySeconds"), (.changed, "TimeoutSeconds"), (.changed, "BackoffRate"),
            (.changed, "MaxResults"), (.changed, "MaxKeys"):
            return "a little more or less patience, within the bounds"
        case (.changed, "Cause"), (.changed, "cause"), (.changed, "Error"): return "words that only people read"
        case (.changed, "StringMatches"), (.changed, "NumericLessThan"), (.changed, "NumericGreaterThan"),
            (.changed, "NumericGreaterThanEquals"), (.changed, "NumericEquals"), (.changed, "StringEquals"),
            (.changed, "StringGreaterThanEquals"):
            return "what a choice compares with: the tests of behaviour hold it"
        case (.changed, "BooleanEquals"), (.changed, "IsPresent"), (.changed, "IsString"), (.changed, "repeat"),
            (.changed, "more"), (.changed, "own"):
            return "which of two ways: the tests of behaviour hold it"
        case (.changed, _) where mutant.isOfOpenData:
            return "a name among those that others choose (properties, parts of a list): the tests of behaviour hold it"
        case (.removed, _) where mutant.place.contains("tries"), (.renamed, _) where mutant.place.contains("tries"),
            (.changed, "count"):
            return "a counter that is not read on this way, or begins one round later"
        case (.removed, "failures.$"), (.renamed, "failures.$"):
            return "failures that are dropped with one: the tests of behaviour hold it"
        case (.retargeted, _) where mutant.isOutsideParts:
            return "a way among the states that look for lost executions: the tests of behaviour hold it"
        case (.removed, "queue.$"), (.renamed, "queue.$"):
            return "nothing is queued: the tests of behaviour hold it"
        case (.changed, "ResultPath"):
            return "what is put elsewhere is looked for where something else stands: the tests of behaviour hold it"
        case (.retargeted, _) where mutant.isWithinPart:
            return "a way to another state of the same part: the tests of behaviour hold it"
        default: return nil
        }
    }
}

/// One change of a definition.
struct Mutant: Sendable, CustomStringConvertible {
    enum Kind: String, Sendable {
        case removed
        case renamed
        case retargeted
        case changed
    }

    let machine: String
    let kind: Kind
    let place: [String]
    let old: JSONValue
    /// The new name or the new value.
    var value: JSONValue = .null
    /// Whether a way leads to another state of the part in which it begins.
    var isWithinPart = false
    /// Whether it leads from and to states that are no part of a saga.
    var isOutsideParts = false

    var description: String {
        "\(machine) \(kind.rawValue) \(ProblemPath(components: place)): \(old.text.prefix(120)) → \(value.text)"
    }

    /// Whether it is a path into properties or into the elements of a list, whose names no model has.
    var isOfOpenData: Bool {
        guard let path = old.stringValue, path.hasPrefix("$") else { return false }
        return path.contains(".Parameters.") || path.contains("[0].") || path.contains("..") || path.contains("[?")
    }

    func apply(to definition: JSONValue) -> JSONValue {
        switch kind {
        case .removed: definition.setting(place, to: nil)
        case .renamed: definition.renaming(place, to: value.stringValue ?? "")
        case .retargeted, .changed: definition.setting(place, to: value)
        }
    }
}

/// A compiled machine, and what becomes of it.
struct MutatedMachine: Sendable {
    let name: String
    private let assembled: Assembled
    private let check: MachineCheck
    private let states: [String]

    init(name: String, _ assembled: Assembled, _ input: [String]) {
        self.name = name
        self.assembled = assembled
        check = MachineCheck(
            outline: assembled.outline, input: input,
            substitutions: Substitutions.names(in: assembled.definition))
        states = assembled.definition["States"]?.objectValue.map { Array($0.names) } ?? []
    }

    func problems(of mutant: Mutant) -> [Problem] {
        let reading = DefinitionReading(mutant.apply(to: assembled.definition))
        return reading.errors.isEmpty ? check.problems(of: reading) : reading.errors
    }

    /// All machines that differ from this one in one field.
    func mutants() -> [Mutant] {
        var mutants: [Mutant] = []
        var random = SeededRandom(seed: 7)
        collect(assembled.definition, at: [], &mutants, &random)
        return mutants
    }

    private func collect(
        _ json: JSONValue, at place: [String], _ mutants: inout [Mutant], _ random: inout SeededRandom
    ) {
        switch json {
        case .object(let members):
            for (name, value) in members {
                let inner = place + [name]
                // The names of states are not fields: what leads to them is led elsewhere.
                if place != ["States"] {
                    mutants.append(Mutant(machine: self.name, kind: .removed, place: inner, old: value))
                    let misspelt = name.hasSuffix(".$") ? name.dropLast(2) + "e.$" : name + "e"
                    mutants.append(
                        Mutant(machine: self.name, kind: .renamed, place: inner, old: value, value: .string(misspelt)))
                }
                if ["Next", "Default", "StartAt"].contains(name), case .string(let target) = value {
                    for _ in 0..<3 {
                        guard let other = states.randomElement(using: &random), other != target else { continue }
                        mutants.append(
                            Mutant(
                                machine: self.name, kind: .retargeted, place: inner, old: value,
                                value: .string(other), isWithinPart: isWithinPart(place, other),
                                isOutsideParts: place.count > 1 && isOutsideParts(place[1]) && isOutsideParts(other)))
                    }
                } else {
                    collect(value, at: inner, &mutants, &random)
                }
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                collect(element, at: place + ["[\(index)]"], &mutants, &random)
            }
        default:
            if let value = Self.changed(json), place.last != "Comment" {
                mutants.append(Mutant(machine: name, kind: .changed, place: place, old: json, value: value))
            }
        }
    }

    private func isWithinPart(_ place: [String], _ target: String) -> Bool {
        guard place.count > 1 else { return false }
        let region = assembled.outline.regionOfState[place[1]]
        return region != nil && region == assembled.outline.regionOfState[target]
    }

    private func isOutsideParts(_ state: String) -> Bool {
        let role = assembled.outline.part(of: state)?.role
        return (role == nil || role == .dispatch) && assembled.outline.complaints[state] == nil
    }

    private static func changed(_ json: JSONValue) -> JSONValue? {
        switch json {
        case .bool(let flag): .bool(!flag)
        case .integer(let number): .integer(number + 1)
        case .double(let number): .double(number + 1)
        case .string(let text): .string(text + "x")
        default: nil
        }
    }
}
