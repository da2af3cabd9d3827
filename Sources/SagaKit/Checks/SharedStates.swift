package import StatesLanguage

/// Holds two machines against one another: what both do, the recovery and the machine that it recovers for, they do in
/// the same way.
///
/// A state that both have is the same in both. It may lead elsewhere only where one of the two does not have the state
/// that it leads to, and each machine has ends of its own.
package struct SharedStates {
    private let first: JSONObject
    private let second: JSONObject

    package init(_ first: JSONValue, _ second: JSONValue) {
        self.first = first["States"]?.objectValue ?? [:]
        self.second = second["States"]?.objectValue ?? [:]
    }

    /// The names of the states that both have, but for ends.
    package var names: [String] {
        Array(first.names).filter { second[$0] != nil && !isEnd(first[$0]) && !isEnd(second[$0]) }
    }

    /// Each state that both have and that is not the same, with its place in the second machine.
    package func problems() -> [Problem] {
        names.compactMap { name in
            guard let one = first[name], let other = second[name], !isSame(one, other, "") else { return nil }
            return Problem(
                .contractBroken, at: ProblemPath(components: ["States", name]),
                "\(name) is not the same in the machine and in its recovery")
        }
    }

    private func isEnd(_ state: JSONValue?) -> Bool { ["Succeed", "Fail"].contains(state?["Type"]?.stringValue) }

    private func isSame(_ one: JSONValue, _ other: JSONValue, _ field: String) -> Bool {
        switch (one, other) {
        case (.object(let one), .object(let other)):
            return Array(one.names) == Array(other.names)
                && one.allSatisfy { name, value in other[name].map { isSame(value, $0, name) } ?? false }
        case (.array(let one), .array(let other)):
            return one.count == other.count && zip(one, other).allSatisfy { isSame($0, $1, field) }
        case (.string(let one), .string(let other)) where field == "Next" || field == "Default":
            return one == other || !isShared(one) || !isShared(other)
        default: return one == other
        }
    }

    private func isShared(_ name: String) -> Bool { first[name] != nil && second[name] != nil }
}
