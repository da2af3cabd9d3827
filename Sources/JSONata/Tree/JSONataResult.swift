/// What can be said of the value of an expression, or of a part of it, before it is evaluated.
package struct JSONataResult: Sendable {
    /// What the part gives, if it gives something.
    package indirect enum Kind: Sendable {
        case unknown
        case null
        case boolean(Bool)
        case string(String)
        case anyBoolean
        case anyString
        case number
        case array
        case function
        /// An object; `nil` where the names of its members are computed.
        case object([(name: String, value: JSONataResult)]?)
        /// What a variable has, or a member of it: the reference at the same position has the names.
        case reference
        /// What a function gives that is called by this name.
        case call(String)
        /// One of these.
        case either(JSONataResult, JSONataResult)
    }

    package let kind: Kind
    /// Behind the part, in Unicode scalars from the beginning.
    package let position: Int
    /// Whether it may give nothing at all.
    package let mayBeNothing: Bool
}

extension JSONataExpression {
    /// What can be said of the value without evaluating: of what stands very deep nothing is.
    package var result: JSONataResult {
        var search = ResultSearch()
        return search.result(of: tree, depth: 0)
    }
}

extension JSONataLibrary {
    /// What a function gives, if it gives something; `nil` for one that is not there.
    package func result(of name: String) -> JSONataResult.Kind? {
        guard let function = self[name] else { return nil }
        return switch function.signature.result {
        case "s": .anyString
        case "n": .number
        case "b": .anyBoolean
        default: .unknown
        }
    }
}

/// Goes down to the parts from which the value of an expression comes.
private struct ResultSearch {
    /// How deep it goes, on the stack of the caller, and how many parts it looks at.
    private static let maximumDepth = 16
    private var remaining = 256

    mutating func result(of node: Node, depth: Int) -> JSONataResult {
        remaining -= 1
        func made(_ kind: JSONataResult.Kind, mayBeNothing: Bool = false, at position: Int? = nil) -> JSONataResult {
            JSONataResult(kind: kind, position: position ?? node.position, mayBeNothing: mayBeNothing)
        }
        let unknown = made(.unknown, mayBeNothing: true)
        if remaining < 0 || depth > Self.maximumDepth { return unknown }
        if node.group != nil { return made(.object(nil), mayBeNothing: true) }
        if !node.isSimple || node.keepsArray || node.keepsSingleton { return unknown }
        switch node.kind {
        case .string(let text): return made(.string(text))
        case .number: return made(.number)
        case .constant(.null): return made(.null)
        case .constant(.bool(let value)): return made(.boolean(value))
        case .pattern, .lambda, .partial, .transformation: return made(.function)
        case .variable("$"), .variable(""): return unknown
        case .variable: return made(.reference, mayBeNothing: true)
        case .path(let steps):
            guard let first = steps.first, first.isNamedVariable, steps.allSatisfy(\.isSimple),
                steps.dropFirst().allSatisfy(\.isName)
            else { return unknown }
            return made(.reference, mayBeNothing: true, at: first.position)
        case .binding(_, let value): return result(of: value, depth: depth + 1)
        case .infix(let infix, _, _): return made(infix.result, mayBeNothing: infix.mayGiveNothing)
        case .negation: return made(.number, mayBeNothing: true)
        case .array: return made(.array)
        case .object(let group): return made(.object(members(of: group, depth: depth)))
        case .block(let parts): return parts.last.map { result(of: $0, depth: depth + 1) } ?? unknown
        case .conditional(let condition, let then, let otherwise):
            let then = result(of: then, depth: depth + 1)
            guard let otherwise else {
                return JSONataResult(kind: then.kind, position: then.position, mayBeNothing: true)
            }
            let other = result(of: otherwise, depth: depth + 1)
            return made(
                .either(then, other), mayBeNothing: then.mayBeNothing || other.mayBeNothing, at: condition.position)
        case .call(let procedure, _): return call(of: procedure) ?? unknown
        case .application(_, let right):
            if case .call(let procedure, _) = right.kind { return call(of: procedure) ?? unknown }
            return call(of: right) ?? unknown
        case .name, .wildcard, .descendants, .parent, .placeholder, .order: return unknown
        }
    }

    private func call(of procedure: Node) -> JSONataResult? {
        guard procedure.isNamedVariable, procedure.isSimple, case .variable(let name) = procedure.kind else {
            return nil
        }
        return JSONataResult(kind: .call(name), position: procedure.position, mayBeNothing: true)
    }

    private mutating func members(
        of group: Node.Group, depth: Int
    ) -> [(name: String, value: JSONataResult)]? {
        var members: [(name: String, value: JSONataResult)] = []
        for (name, value) in group.pairs {
            guard case .string(let name) = name.kind, remaining > 0 else { return nil }
            members.append((name, result(of: value, depth: depth + 1)))
        }
        return members
    }
}

extension Node {
    fileprivate var isName: Bool { if case .name = kind { true } else { false } }

    /// Whether this is a variable, and neither the context nor the document.
    fileprivate var isNamedVariable: Bool {
        if case .variable(let name) = kind { !name.isEmpty && name != "$" } else { false }
    }
}

extension Operator {
    fileprivate var result: JSONataResult.Kind {
        switch self {
        case .add, .subtract, .multiply, .divide, .remainder: .number
        case .concatenate: .anyString
        case .equal, .unequal, .less, .greater, .lessOrEqual, .greaterOrEqual, .and, .or, .isIn: .anyBoolean
        case .range: .unknown
        }
    }

    fileprivate var mayGiveNothing: Bool {
        switch self {
        case .equal, .unequal, .concatenate, .and, .or, .isIn: false
        case .add, .subtract, .multiply, .divide, .remainder, .less, .greater, .lessOrEqual, .greaterOrEqual, .range:
            true
        }
    }
}
