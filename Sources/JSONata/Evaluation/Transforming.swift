// `| pattern | update, deletion |`: a copy of a value, changed where the pattern finds something.
extension Evaluator {
    func transform(
        _ arguments: [JSONataValue], by transformation: Node.Transformation, _ input: JSONataValue, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        if isStackShort {
            return try onLargeStack { () throws(JSONataFailure) in
                try self.transform(arguments, by: transformation, input, scope)
            }
        }
        try budget.descend()
        defer { budget.ascend() }
        let value = arguments.first ?? .undefined
        switch value {
        case .undefined: return .undefined
        case .object, .array: if arguments.count == 1 { break } else { fallthrough }
        default: throw .error(JSONataError(.wrongArgument, value: value, argument: 1))
        }
        guard case .function = self.value(of: "clone", scope) else {
            throw .error(JSONataError(.cloneNotFunction, position: nil))
        }
        let result = try copy(of: value)
        let matches = try evaluate(transformation.pattern, result, scope)
        for match in matches.elements where !matches.isUndefined {
            try change(match, by: transformation, scope)
        }
        // Updates in place do not say how deep the whole has become.
        let whole = try copy(of: result)
        try check(whole)
        return whole
    }

    private func change(
        _ match: JSONataValue, by transformation: Node.Transformation, _ scope: Scope
    ) throws(JSONataFailure) {
        let update = try evaluate(transformation.update, match, scope)
        switch update {
        case .undefined: break
        case .object(let members):
            for (name, value) in members {
                try budget.charge(bytes: name.utf8.count + 2 * JSONataBudget.bytesPerElement)
                // A copy, since the value may have the match in it.
                match.objectValue?.update(name, try copy(of: value))
            }
        default:
            throw .error(JSONataError(.updateNotObject, position: transformation.update.position, value: update))
        }
        guard let deletion = transformation.deletion else { return }
        let deleted = try evaluate(deletion, match, scope)
        for name in deleted.elements where !deleted.isUndefined {
            guard case .string(let name) = name else {
                throw .error(JSONataError(.deletionNotNames, position: deletion.position, value: deleted))
            }
            try budget.charge(steps: 1)
            match.objectValue?.delete(name)
        }
    }

    /// A copy that shares no object with the value.
    func copy(of value: JSONataValue, nesting: Int = 0) throws(JSONataFailure) -> JSONataValue {
        if nesting > JSONataValue.maximumNesting { throw .excess(.depth) }
        switch value {
        case .array(let array):
            try budget.charge(elements: array.count)
            var copies = JSONataArray([], traits: array.traits)
            for element in array.elements { copies.append(try copy(of: element, nesting: nesting + 1)) }
            return .array(copies)
        case .object(let object):
            try budget.charge(elements: 2 * object.count)
            var copies = JSONataObject()
            for (name, member) in object { copies[name] = try copy(of: member, nesting: nesting + 1) }
            return .object(copies)
        default: return value
        }
    }
}
