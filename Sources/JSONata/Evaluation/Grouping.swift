// Objects: of one value, or of values that are grouped by a name.
extension Evaluator {
    private struct Entry {
        var data: JSONataValue
        let pair: Int
    }

    func group(
        _ values: JSONataValue, by group: Node.Group, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        let isTuples = values.arrayValue?.isTuples ?? false
        var elements = values.elements
        if elements.isEmpty { elements = [.undefined] }
        var names: [String] = []
        var entries: [String: Entry] = [:]
        for element in elements {
            let (context, inner) = self.context(element, isTuples, scope)
            for (number, pair) in group.pairs.enumerated() {
                guard let name = try name(pair.name, context, inner, group) else { continue }
                try add(element, to: name, pair: number, &names, &entries, group)
            }
        }
        var result = JSONataObject()
        for name in names {
            guard let entry = entries[name] else { continue }
            let value = try self.value(entry, isTuples, group, scope)
            if value.isUndefined { continue }
            try budget.charge(bytes: name.utf8.count + 2 * JSONataBudget.bytesPerElement)
            result[name] = value
        }
        return .object(result)
    }

    private func name(
        _ node: Node, _ context: JSONataValue, _ scope: Scope, _ group: Node.Group
    ) throws(JSONataFailure) -> String? {
        switch try evaluate(node, context, scope) {
        case .undefined: return nil
        case .string(let name): return name
        case let other: throw .error(JSONataError(.keyNotText, position: group.position, value: other))
        }
    }

    private func add(
        _ element: JSONataValue, to name: String, pair: Int, _ names: inout [String], _ entries: inout [String: Entry],
        _ group: Node.Group
    ) throws(JSONataFailure) {
        try budget.charge(elements: 1)
        guard let entry = entries[name] else {
            names.append(name)
            entries[name] = Entry(data: element, pair: pair)
            return
        }
        if entry.pair != pair {
            throw .error(JSONataError(.keyFromTwo, position: group.position, value: .string(name)))
        }
        entries[name]?.data = .undefined
        entries[name]?.data = try joined(entry.data, element)
    }

    /// One group's value: what a pair gives for all of its elements together.
    private func value(
        _ entry: Entry, _ isTuples: Bool, _ group: Node.Group, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        let node = group.pairs[entry.pair].value
        if !isTuples { return try evaluate(node, entry.data, scope) }
        var merged = JSONataObject()
        for case .object(let tuple) in entry.data.elements {
            for (name, value) in tuple { merged[name] = try joined(merged[name] ?? .undefined, value) }
        }
        let context = merged[Self.context] ?? .undefined
        merged[Self.context] = nil
        return try evaluate(node, context, self.scope(of: merged, scope))
    }

    private func context(
        _ element: JSONataValue, _ isTuples: Bool, _ scope: Scope
    ) -> (JSONataValue, Scope) {
        guard isTuples, case .object(let tuple) = element else { return (element, scope) }
        return (tuple[Self.context] ?? .undefined, self.scope(of: tuple, scope))
    }

    /// Both values in one array, as `$append` has it: what is undefined adds nothing.
    func joined(_ first: JSONataValue, _ second: JSONataValue) throws(JSONataFailure) -> JSONataValue {
        if first.isUndefined { return second }
        if second.isUndefined { return first }
        try budget.charge(elements: second.arrayValue?.count ?? 1)
        var result = first.arrayValue ?? JSONataArray([first])
        result.traits = []
        if case .array(let array) = second { result.append(contentsOf: array) } else { result.append(second) }
        return .array(result)
    }
}
