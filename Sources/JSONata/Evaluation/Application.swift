// Calls of functions.
extension Evaluator {
    func call(
        _ procedure: Node, _ arguments: [Node], _ node: Node, _ input: JSONataValue, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        let call = try prepare(procedure, arguments, applied: nil, node, input, scope)
        do {
            return try apply(call.function, call.arguments, context: input, scope)
        } catch {
            throw error.at(node.position, token: procedure.calledName)
        }
    }

    private struct PreparedCall {
        let function: JSONataFunction
        let arguments: [JSONataValue]
    }

    private func prepare(
        _ procedure: Node, _ arguments: [Node], applied: JSONataValue?, _ node: Node, _ input: JSONataValue,
        _ scope: Scope
    ) throws(JSONataFailure) -> PreparedCall {
        let value = try evaluate(procedure, input, scope)
        if value.isUndefined { try hint(procedure, .functionWithoutDollar, node, scope) }
        var values: [JSONataValue] = []
        values.reserveCapacity(arguments.count + 1)
        if let applied { values.append(applied) }
        for argument in arguments { values.append(try evaluate(argument, input, scope)) }
        guard case .function(let function) = value else {
            throw .error(JSONataError(.notFunction, position: node.position, token: procedure.calledName))
        }
        return PreparedCall(function: function, arguments: values)
    }

    /// Says that a dollar sign is missing, where there is a function that is called like a member that is not there.
    private func hint(
        _ procedure: Node, _ code: JSONataError.Code, _ node: Node, _ scope: Scope
    ) throws(JSONataFailure) {
        guard case .path = procedure.kind, let name = procedure.calledName else { return }
        if value(of: name, scope).isUndefined { return }
        throw .error(JSONataError(code, position: node.position, token: name))
    }

    func partial(
        _ procedure: Node, _ arguments: [Node], _ node: Node, _ input: JSONataValue, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        var values: [JSONataValue?] = []
        for argument in arguments {
            if case .placeholder = argument.kind {
                values.append(nil)
            } else {
                values.append(try evaluate(argument, input, scope))
            }
        }
        let value = try evaluate(procedure, input, scope)
        if value.isUndefined { try hint(procedure, .partialWithoutDollar, node, scope) }
        guard case .function(let function) = value else {
            throw .error(JSONataError(.partialOfOther, position: node.position, token: procedure.calledName))
        }
        return .function(JSONataFunction(.partial(function, values)))
    }

    /// `~>`: calls the right side with the left one, or makes one function of two.
    func application(
        _ left: Node, _ right: Node, _ node: Node, _ input: JSONataValue, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        let value = try evaluate(left, input, scope)
        if case .call(let procedure, let arguments) = right.kind {
            return try chained(value, procedure, arguments, right, input, scope)
        }
        guard case .function(let function) = try evaluate(right, input, scope) else {
            throw .error(JSONataError(.appliedToOther, position: node.position, token: "~>"))
        }
        if case .function(let first) = value { return .function(JSONataFunction(.composed(first, function))) }
        return try apply(function, [value], context: .null)
    }

    private func chained(
        _ value: JSONataValue, _ procedure: Node, _ arguments: [Node], _ node: Node, _ input: JSONataValue,
        _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        let call = try prepare(procedure, arguments, applied: value, node, input, scope)
        do {
            return try apply(call.function, call.arguments, context: input, scope)
        } catch {
            throw error.at(node.position, token: procedure.calledName)
        }
    }

    /// What a function gives.
    ///
    /// - Parameters:
    ///   - context: what stands for an argument that is missing, where the signature allows that.
    ///   - scope: the variables where the call stands.
    func apply(
        _ function: JSONataFunction, _ arguments: [JSONataValue], context: JSONataValue, _ scope: Scope? = nil
    ) throws(JSONataFailure) -> JSONataValue {
        switch function.kind {
        case .lambda: return try run(function, arguments, context: context)
        case .builtIn(let builtIn): return try call(builtIn, arguments, context, scope)
        case .partial(let function, let given): return try complete(function, given, arguments)
        case .composed(let first, let second): return try chain(first, second, arguments)
        case .pattern(let pattern): return try match(pattern, arguments)
        case .nextMatch(let pattern, let text, let start): return try nextMatch(pattern, text, from: start)
        case .transformation(let transformation, let input, let scope):
            return try transform(arguments, by: transformation, input, scope)
        }
    }

    private func call(
        _ builtIn: JSONataBuiltIn, _ arguments: [JSONataValue], _ context: JSONataValue, _ scope: Scope?
    ) throws(JSONataFailure) -> JSONataValue {
        if isStackShort {
            return try onLargeStack { () throws(JSONataFailure) in try self.call(builtIn, arguments, context, scope) }
        }
        try budget.descend()
        defer { budget.ascend() }
        do {
            let arguments = try builtIn.signature.arguments(arguments, context: context)
            return try builtIn.body(JSONataCall(evaluator: self, arguments: arguments, context: context, scope: scope))
        } catch {
            throw error.at(nil, token: builtIn.name)
        }
    }

    private func complete(
        _ function: JSONataFunction, _ given: [JSONataValue?], _ arguments: [JSONataValue]
    ) throws(JSONataFailure) -> JSONataValue {
        try budget.descend()
        defer { budget.ascend() }
        var rest = arguments[...]
        let values = given.map { $0 ?? rest.popFirst() ?? .undefined }
        return try apply(function, values, context: .null)
    }

    private func chain(
        _ first: JSONataFunction, _ second: JSONataFunction, _ arguments: [JSONataValue]
    ) throws(JSONataFailure) -> JSONataValue {
        try budget.descend()
        defer { budget.ascend() }
        let value = try apply(first, Array(arguments.prefix(1)), context: .null)
        return try apply(second, [value], context: .null)
    }

    // MARK: Functions of the expression

    private enum Outcome {
        case value(JSONataValue)
        /// A call in the place of a result: it is made when the function that ends with it has returned, so that a
        /// function may call itself for ever without going deeper.
        case call(JSONataFunction, [JSONataValue], context: JSONataValue, Node)
    }

    private func run(
        _ function: JSONataFunction, _ arguments: [JSONataValue], context: JSONataValue
    ) throws(JSONataFailure) -> JSONataValue {
        try budget.descend()
        defer { budget.ascend() }
        var (function, arguments, context) = (function, arguments, context)
        var place: Node?
        while case .lambda(let lambda, let input, let outer) = function.kind {
            let scope: Scope
            do {
                scope = try bound(arguments, to: lambda, context, in: outer)
            } catch {
                throw place.map { error.at($0.position, token: $0.callee?.calledName) } ?? error
            }
            switch try outcome(lambda.body, input, scope) {
            case .value(let value): return value
            case .call(let next, let values, let nextContext, let node):
                (function, arguments, context, place) = (next, values, nextContext, node)
            }
        }
        return .undefined
    }

    /// The variables of a function's body: its parameters.
    private func bound(
        _ arguments: [JSONataValue], to lambda: Node.Lambda, _ context: JSONataValue, in outer: Scope
    ) throws(JSONataFailure) -> Scope {
        try budget.charge(steps: 1 + lambda.parameters.count)
        let values = try lambda.signature?.arguments(arguments, context: context) ?? arguments
        if lambda.hasDifferentParameters, lambda.parameters.count == values.count {
            return Scope(lambda.parameters, values, parent: outer)
        }
        let scope = Scope(parent: outer)
        for (index, name) in lambda.parameters.enumerated() {
            scope.bind(name, index < values.count ? values[index] : .undefined)
        }
        return scope
    }

    /// The result of a function's body, or the call that it ends with.
    private func outcome(
        _ body: Node, _ input: JSONataValue, _ scope: Scope
    ) throws(JSONataFailure) -> Outcome {
        var (node, scope) = (body, scope)
        while node.isPlain {
            try budget.charge(steps: 1)
            switch node.kind {
            case .conditional(let condition, let then, let otherwise):
                if try evaluate(condition, input, scope).holds(&budget) {
                    node = then
                } else {
                    guard let otherwise else { return .value(.undefined) }
                    node = otherwise
                }
            case .block(let parts):
                guard let last = parts.last else { return .value(.undefined) }
                scope = Scope(parent: scope)
                for part in parts.dropLast() { _ = try evaluate(part, input, scope) }
                node = last
            case .call(let procedure, let arguments) where procedure.isVariable:
                guard case .function(let function) = try evaluate(procedure, input, scope),
                    case .lambda = function.kind
                else { return .value(try evaluate(node, input, scope)) }
                let call = try prepare(procedure, arguments, applied: nil, node, input, scope)
                return .call(call.function, call.arguments, context: input, node)
            default: return .value(try evaluate(node, input, scope))
            }
        }
        return .value(try evaluate(node, input, scope))
    }
}

extension Node {
    /// Whether the node's result needs nothing done to it.
    fileprivate var isPlain: Bool { predicates.isEmpty && group == nil && !keepsArray }

    fileprivate var callee: Node? { if case .call(let procedure, _) = kind { procedure } else { nil } }

    /// The name by which a function is called here.
    fileprivate var calledName: String? {
        switch kind {
        case .variable(let name): return name
        case .path(let steps):
            if case .name(let name)? = steps.first?.kind { return name }
            return nil
        default: return nil
        }
    }
}
