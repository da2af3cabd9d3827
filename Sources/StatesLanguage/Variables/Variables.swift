/// The variables that a state can refer to: those of its own branch, and those of the branches around it as they stood when
/// its branch began.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>
package struct Variables: Sendable {
    /// How large what one state assigns may be, and so each variable.
    package static let maximumAssignedBytes = 262_144
    /// How large all variables of an execution may be together.
    package static let maximumBytes = 10 * 1024 * 1024

    private var values: [String: CompactValue] = [:]
    private var outer: Outer?
    /// How large the variables of this branch are, in bytes of JSON; those of the branches around it are not counted.
    package private(set) var bytes = 0
    /// How large everything is together that can be referred to.
    package var visibleBytes: Int { bytes + (outer?.variables.visibleBytes ?? 0) }

    /// The variables around a branch, kept once for all of its siblings.
    private final class Outer: Sendable {
        let variables: Variables

        init(_ variables: Variables) { self.variables = variables }
    }

    package init() {}

    /// The variables for the branches inside a state: none of their own, and these around them.
    package var inside: Variables {
        var inside = Variables()
        inside.outer = isEmpty ? nil : Outer(self)
        return inside
    }

    /// Whether nothing can be referred to.
    package var isEmpty: Bool { values.isEmpty && outer == nil }

    /// The value of a variable, in the innermost branch that has it; `nil` where none was assigned.
    package subscript(name: String) -> JSONValue? { compact(name)?.value }

    /// The same as it is kept: a large one has to be read first.
    func compact(_ name: String) -> CompactValue? { values[name] ?? outer?.variables.compact(name) }

    /// Gives variables of this branch their values.
    package mutating func assign(_ assigned: JSONObject) {
        for (name, value) in assigned {
            if let old = values[name] { bytes -= Self.size(name, old) }
            let value = CompactValue(value)
            values[name] = value
            bytes += Self.size(name, value)
        }
    }

    private static func size(_ name: String, _ value: CompactValue) -> Int {
        switch value {
        case .text(let bytes): name.utf8.count + bytes.count
        case .whole(let value): name.utf8.count + JSONExtent(of: value, limit: maximumAssignedBytes).byteCount
        }
    }

    /// Every value that is kept here, for counting what is kept.
    package var kept: [CompactValue] { Array(values.values) }
}
