import JSONata

/// What the evaluation of one state may cost: its paths, templates, functions and rules share one budget.
///
/// Two descents look at as many values as there are pairs in a document, a path has room for many descents, and a state
/// for many paths; a function can make a text thousands of times as long as what it is given. A definition and an input
/// of a few kilobytes could keep a machine busy for years, or take all of its memory.
package struct EvaluationBudget: Sendable {
    /// How many steps there are: a step is a value that is looked at, a member of a template that is computed, or
    /// `bytesPerStep` of a text that is gone through. All of them together take about a quarter of a second at most.
    package static let maximumSteps = 1_000_000
    /// How much text counts as much as one value.
    package static let bytesPerStep = 16
    /// How large a value may become, in bytes of JSON with escapes not counted: as large as the data of a state.
    package static let maximumValueBytes = 262_144
    /// How large everything that is made and copied in one state may be together.
    package static let maximumBytes = 4 * maximumValueBytes

    /// How large everything is together that expressions in JSONata make on their way: AWS has about as much room for it.
    ///
    /// Source: <https://github.com/floci-io/floci/pull/2783>, which has measured it.
    package static let maximumQueryBytes = 8 * 1024 * 1024

    /// What there was not enough of.
    package enum Excess: Sendable {
        case steps
        case bytes
    }

    /// How many steps have been taken.
    package private(set) var steps = 0
    /// How many bytes have been made and copied.
    package private(set) var bytes = 0
    /// How many bytes expressions in JSONata have made on their way.
    private var queryBytes = 0
    /// How many steps may be taken: as many as a state may, or fewer for a try.
    private let stepLimit: Int
    /// Whether a try has had too few steps: what came of it means nothing.
    package private(set) var exceedsTry = false
    /// What was asked for and not there. From then on nothing more is given, and what comes out does not count.
    package private(set) var excess: Excess?

    package init() { stepLimit = Self.maximumSteps }

    /// A budget of so many steps, and no more than a state may take: fewer are for a try (`exceedsTry`).
    package init(steps: Int) { stepLimit = min(steps, Self.maximumSteps) }

    /// Takes steps; `false` when there are not as many left.
    mutating func take(steps count: Int) -> Bool {
        if excess != nil { return false }
        if count > stepLimit - steps {
            excess = .steps
            exceedsTry = stepLimit < Self.maximumSteps
            return false
        }
        steps += count
        return true
    }

    /// Takes the steps for going through a text.
    mutating func take(textBytes count: Int) -> Bool { take(steps: 1 + count / Self.bytesPerStep) }

    /// Takes the bytes of a value that is about to be made.
    mutating func take(bytes count: Int) -> Bool {
        if excess != nil { return false }
        if count > Self.maximumValueBytes || count > Self.maximumBytes - bytes {
            excess = .bytes
            return false
        }
        bytes += count
        return true
    }

    /// Takes the bytes of a copy of a value.
    mutating func take(copyOf value: JSONValue) -> Bool {
        let size: Int
        switch value {
        case .null, .bool, .integer, .double: size = 8
        case .string(let text): size = text.utf8.count + 2
        case .array, .object:
            if excess != nil { return false }
            size = JSONExtent(of: value, limit: Self.maximumValueBytes).byteCount
            // Measuring goes through the value.
            if !take(textBytes: min(size, Self.maximumValueBytes)) { return false }
        }
        return take(bytes: size)
    }

    /// Takes the bytes of a copy of a value if there are enough of them, and else nothing.
    mutating func takes(copyOf value: JSONValue) -> Bool {
        var budget = self
        if !budget.take(copyOf: value) { return false }
        self = budget
        return true
    }

    /// Takes the steps for going through all of a value.
    mutating func take(walkThrough value: JSONValue) -> Bool {
        switch value {
        case .null, .bool, .integer, .double: return take(steps: 1)
        case .string(let text): return take(textBytes: text.utf8.count)
        case .array(let elements):
            if !take(steps: 1) { return false }
            for element in elements where !take(walkThrough: element) { return false }
        case .object(let members):
            if !take(steps: 1) { return false }
            for (name, value) in members where !take(textBytes: name.utf8.count) || !take(walkThrough: value) {
                return false
            }
        }
        return true
    }

    /// What an expression in JSONata may take of what is left. Where that is not enough it fails, and not the state's budget.
    var query: JSONataBudget {
        JSONataBudget(steps: stepLimit - steps, bytes: Self.maximumQueryBytes - queryBytes)
    }

    /// Takes what an expression has taken.
    mutating func take(_ query: JSONataBudget) {
        steps += query.steps
        queryBytes += query.bytes
        if query.steps >= query.maximumSteps, stepLimit < Self.maximumSteps { exceedsTry = true }
    }

    /// How many bytes a value may have that is made now.
    var largestValue: Int { excess == nil ? min(Self.maximumValueBytes, Self.maximumBytes - bytes) : 0 }
}

extension EvaluationBudget.Excess: CustomStringConvertible {
    package var description: String {
        switch self {
        case .steps:
            "The paths, functions and rules of the state take more than \(EvaluationBudget.maximumSteps) steps"
        case .bytes:
            "A value in the state has more than \(EvaluationBudget.maximumValueBytes) bytes, or all that is made there "
                + "more than \(EvaluationBudget.maximumBytes)"
        }
    }
}
