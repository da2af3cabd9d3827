/// A path into a JSON document, as the Amazon States Language uses it.
///
/// `$` is the state's input and `$$` the context object. A path of member names and indices alone is *definite*: it
/// finds one value or fails. One with a wildcard, slice, filter or descent collects what it finds, maybe nothing.
///
/// Source: <https://states-language.net/#path>, and for filters <https://github.com/json-path/JsonPath>.
package struct JSONPath: Hashable, Sendable {
    package enum Root: Hashable, Sendable {
        case input
        case context
        /// A variable of the language.
        case variable(String)
    }

    package enum Segment: Hashable, Sendable {
        case member(String)
        case index(Int)
        case wildcard
        case members([String])
        case indices([Int])
        case slice(from: Int?, to: Int?, step: Int)
        case filter(JSONPathFilter)
        /// The segment applied to the value and to all that is below it.
        indirect case descent(Segment)

        var isDefinite: Bool {
            switch self {
            case .member, .index: true
            default: false
            }
        }
    }

    /// The path as it was written.
    package let text: String
    package let root: Root
    package let segments: [Segment]
    /// Whether the path finds exactly one value or fails.
    package let isDefinite: Bool

    package init(text: String, root: Root, segments: [Segment]) {
        self.text = text
        self.root = root
        self.segments = segments
        isDefinite = segments.allSatisfy(\.isDefinite)
    }

    /// Whether the path begins in a variable.
    var isInVariable: Bool { if case .variable = root { true } else { false } }

    /// What the path finds: the value for a definite path, else an array of all that it finds.
    ///
    /// - Throws: `JSONPathError` when a definite path finds nothing, or another looks at more than the budget allows.
    package func evaluate(
        in scope: Scope, budget: inout EvaluationBudget
    ) throws(JSONPathError) -> JSONValue {
        if isDefinite, let value = definiteValue(in: scope) { return value }
        let document: JSONValue
        switch root {
        case .input: document = scope.input
        case .context: document = scope.context()
        case .variable(let name):
            guard let value = try variable(name, in: scope, &budget) else {
                throw JSONPathError(path: self, variable: name)
            }
            document = value
        }
        var value = document
        for (position, segment) in segments.enumerated() {
            switch segment {
            case .member(let name):
                guard let next = value[name] else {
                    if !isDefinite { return [] }
                    throw JSONPathError(path: self, missing: segments[..<position], name: name, within: value)
                }
                value = next
            case .index(let index):
                guard let element = value[fromEitherEnd: index] else {
                    if !isDefinite { return [] }
                    throw JSONPathError(path: self, missing: segments[..<position], index: index, within: value)
                }
                value = element
            default:
                var search = Search(root: document, budget: budget)
                var found: [JSONValue] = []
                collect(from: value, segments[position...], &search, into: &found)
                budget = search.budget
                if budget.excess != nil { throw JSONPathError(tooMuchFor: self) }
                return .array(found)
            }
        }
        return value
    }

    /// Whether the path finds anything, or may find many values.
    ///
    /// - Throws: `JSONPathError` for a search that goes too far.
    func isPresent(in scope: Scope, budget: inout EvaluationBudget) throws(JSONPathError) -> Bool {
        if isDefinite, !isInVariable { return definiteValue(in: scope) != nil }
        if isDefinite {
            do {
                _ = try evaluate(in: scope, budget: &budget)
            } catch {
                if budget.excess != nil { throw error }
                return false
            }
            return true
        }
        _ = try evaluate(in: scope, budget: &budget)
        return true
    }

    /// What a definite path finds; `nil` where it finds nothing. Nearly all paths are definite, and what is missing is
    /// often what is asked for: so nothing is said of it here.
    private func definiteValue(in scope: Scope) -> JSONValue? {
        if isInVariable { return nil }
        var value = root == .input ? scope.input : scope.context()
        for segment in segments {
            switch segment {
            case .member(let name):
                guard let next = value[name] else { return nil }
                value = next
            case .index(let index):
                guard let element = value[fromEitherEnd: index] else { return nil }
                value = element
            default: preconditionFailure("a definite path has members and indices only")
            }
        }
        return value
    }

    /// The value of a variable. One that is large is kept as a text, and is read each time.
    private func variable(
        _ name: String, in scope: Scope, _ budget: inout EvaluationBudget
    ) throws(JSONPathError) -> JSONValue? {
        guard let value = scope.variables.compact(name) else { return nil }
        if let size = value.textSize, !budget.take(textBytes: size) { throw JSONPathError(tooMuchFor: self) }
        return value.value
    }

    /// The document in which the path begins; `nil` for a variable that was not assigned.
    func document(in scope: Scope) -> JSONValue? {
        switch root {
        case .input: scope.input
        case .context: scope.context()
        case .variable(let name): scope.variables[name]
        }
    }

    private func collect(
        from value: JSONValue, _ rest: ArraySlice<Segment>, _ search: inout Search, into found: inout [JSONValue]
    ) {
        guard let segment = rest.first else {
            found.append(value)
            // Each takes two bytes at least, with its comma.
            if found.count > EvaluationBudget.maximumValueBytes / 2 { _ = search.budget.take(bytes: .max) }
            return
        }
        for next in segment.select(from: value, &search) {
            if search.budget.excess != nil { return }
            collect(from: next, rest.dropFirst(), &search, into: &found)
        }
    }

    /// One evaluation of a path that may find many values.
    struct Search {
        let root: JSONValue
        var budget: EvaluationBudget
    }

    /// The documents that a path may begin in; the context object is made when a path asks for it.
    package struct Scope {
        package let input: JSONValue
        package let context: () -> JSONValue
        package let variables: Variables

        package init(input: JSONValue, variables: Variables = Variables(), context: @escaping () -> JSONValue) {
            (self.input, self.variables, self.context) = (input, variables, context)
        }
    }
}

extension JSONPath.Segment {
    /// The values that this segment finds in `value`, in document order.
    func select(from value: JSONValue, _ search: inout JSONPath.Search) -> [JSONValue] {
        var found: [JSONValue] = []
        select(from: value, &search, into: &found)
        return found
    }

    private func select(from value: JSONValue, _ search: inout JSONPath.Search, into found: inout [JSONValue]) {
        if !search.budget.take(steps: 1) { return }
        switch self {
        case .member(let name):
            if let member = value[name] { found.append(member) }
        case .members(let names):
            if search.budget.take(steps: names.count) { found += names.compactMap { value[$0] } }
        case .index(let index):
            if let element = value[fromEitherEnd: index] { found.append(element) }
        case .indices(let indices):
            if search.budget.take(steps: indices.count) { found += indices.compactMap { value[fromEitherEnd: $0] } }
        case .wildcard:
            if search.budget.take(steps: value.childCount) { value.forEachChild { found.append($0) } }
        case .slice(let from, let to, let step):
            guard let elements = value.arrayValue else { return }
            func bound(_ index: Int) -> Int { max(0, min(elements.count, index < 0 ? elements.count + index : index)) }
            let lower = from.map(bound) ?? 0
            let upper = to.map(bound) ?? elements.count
            if !search.budget.take(steps: max(0, upper - lower)) { return }
            for index in stride(from: lower, to: max(lower, upper), by: step) { found.append(elements[index]) }
        case .filter(let filter):
            if case .array(let elements) = value {
                for element in elements {
                    if filter.accepts(element, &search) { found.append(element) }
                    if search.budget.excess != nil { return }
                }
            } else if filter.accepts(value, &search) {
                found.append(value)
            }
        case .descent(.member(let name)): Self.collect(name, below: value, &search.budget, into: &found)
        case .descent(let segment):
            segment.select(from: value, &search, into: &found)
            value.forEachChild { select(from: $0, &search, into: &found) }
        }
    }
}

extension JSONPath.Segment {
    /// What the members called `name` have anywhere in `value`: the descent that nearly all are.
    private static func collect(
        _ name: String, below value: JSONValue, _ budget: inout EvaluationBudget, into found: inout [JSONValue]
    ) {
        if !budget.take(steps: 1) { return }
        switch value {
        case .object(let members):
            if let member = members[name] { found.append(member) }
            for member in members.values { collect(name, below: member, &budget, into: &found) }
        case .array(let elements): for element in elements { collect(name, below: element, &budget, into: &found) }
        default: break
        }
    }
}

extension JSONValue {
    fileprivate var childCount: Int {
        switch self {
        case .array(let elements): elements.count
        case .object(let members): members.count
        default: 0
        }
    }

    fileprivate func forEachChild(_ body: (JSONValue) -> Void) {
        switch self {
        case .array(let elements): for element in elements { body(element) }
        case .object(let members): for (_, member) in members { body(member) }
        default: break
        }
    }

    /// The element at `index`, counted from the end when it is negative.
    fileprivate subscript(fromEitherEnd index: Int) -> JSONValue? {
        guard case .array(let elements) = self else { return nil }
        return elements[safe: index < 0 ? elements.count + index : index]
    }
}

extension Array {
    fileprivate subscript(safe index: Int) -> Element? {
        indices.contains(index) ? self[index] : nil
    }
}

/// A definite path that found nothing, or a search that went too far.
package struct JSONPathError: Error, Equatable, CustomStringConvertible {
    package let path: String
    /// What is missing, in the words of AWS's error messages.
    package let reason: String

    init(path: JSONPath, missing before: ArraySlice<JSONPath.Segment>, name: String, within value: JSONValue) {
        self.path = path.text.quoted
        reason =
            before.isEmpty && path.segments.count == 1
            ? "No results for path: \(Self.normalized(path.segments[...]))"
            : value.objectValue == nil
                ? "Expected to find an object with property ['\(name.quoted)'] in path \(Self.normalized(before)) "
                    + "but found '\(value.kind)'"
                : before.isEmpty
                    ? "Missing property in path \(Self.normalized(path.segments.prefix(1)))"
                    : before.count + 1 == path.segments.count
                        ? "No results for path: \(Self.normalized(path.segments[...]))"
                        : "Missing property in path \(Self.normalized(path.segments.prefix(before.count + 1)))"
    }

    init(path: JSONPath, variable: String) {
        self.path = path.text.quoted
        reason = "There is no variable '\(variable.quoted)'"
    }

    init(tooMuchFor path: JSONPath) {
        self.path = path.text.quoted
        reason = "The search looks at more than \(EvaluationBudget.maximumSteps) values, or finds too many"
    }

    init(path: JSONPath, missing before: ArraySlice<JSONPath.Segment>, index: Int, within value: JSONValue) {
        self.path = path.text.quoted
        reason = "No results for path: \(Self.normalized(path.segments.prefix(before.count + 1)))"
    }

    private static func normalized(_ segments: ArraySlice<JSONPath.Segment>) -> String {
        segments.reduce(into: "$") { text, segment in
            switch segment {
            case .member(let name): text += "['\(name.quoted)']"
            case .index(let index): text += "[\(index)]"
            default: text += "[*]"
            }
        }.quoted
    }

    package var description: String { "Invalid path '\(path)' : \(reason)" }
}
