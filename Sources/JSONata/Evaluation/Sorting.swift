// The order of values.
extension Evaluator {
    /// The values sorted by the terms of `^( … )`; those that are equal keep their order.
    func sort(
        _ values: JSONataArray, by terms: [Node.Term], _ scope: Scope
    ) throws(JSONataFailure) -> JSONataArray {
        let isTuples = values.isTuples
        let sorted = try mergeSort(values.elements) { (left, right) throws(JSONataFailure) in
            try self.comesAfter(left, right, terms, isTuples, scope)
        }
        return JSONataArray(sorted, traits: isTuples ? [.sequence, .tuples] : values.traits)
    }

    private func comesAfter(
        _ left: JSONataValue, _ right: JSONataValue, _ terms: [Node.Term], _ isTuples: Bool, _ scope: Scope
    ) throws(JSONataFailure) -> Bool {
        for term in terms {
            let leftKey = try key(term.expression, of: left, isTuples, scope)
            let rightKey = try key(term.expression, of: right, isTuples, scope)
            switch (leftKey, rightKey) {
            case (.undefined, .undefined): continue
            case (.undefined, .number), (.undefined, .string), (.undefined, _): return true
            case (_, .undefined): return false
            case (.number(let left), .number(let right)):
                if left != right { return (left > right) != term.isDescending }
            case (.string(let left), .string(let right)):
                try budget.charge(walkingBytes: min(left.utf8.count, right.utf8.count))
                if !left.isSame(as: right) { return right.precedes(left) != term.isDescending }
            case (.number, .string), (.string, .number):
                throw .error(JSONataError(.mixedSort, position: term.expression.position, value: leftKey))
            default:
                var other = leftKey
                if case .number = other { other = rightKey }
                if case .string = other { other = rightKey }
                throw .error(JSONataError(.unsortable, position: term.expression.position, value: other))
            }
        }
        return false
    }

    private func key(
        _ node: Node, of value: JSONataValue, _ isTuples: Bool, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        guard isTuples, case .object(let tuple) = value else { return try evaluate(node, value, scope) }
        return try evaluate(node, tuple[Self.context] ?? .undefined, self.scope(of: tuple, scope))
    }

    /// Sorts by merging, from pairs upwards: as many comparisons as there have to be, and no recursion.
    func mergeSort(
        _ values: [JSONataValue], _ comesAfter: (JSONataValue, JSONataValue) throws(JSONataFailure) -> Bool
    ) throws(JSONataFailure) -> [JSONataValue] {
        try budget.charge(elements: 2 * values.count)
        var (sorted, merged) = (values, values)
        var width = 1
        while width < values.count {
            var start = 0
            while start < values.count {
                let (middle, end) = (min(start + width, values.count), min(start + 2 * width, values.count))
                var (left, right) = (start, middle)
                for position in start..<end {
                    try budget.charge(steps: 1)
                    var takesRight = left == middle
                    if left < middle, right < end { takesRight = try comesAfter(sorted[left], sorted[right]) }
                    merged[position] = sorted[takesRight ? right : left]
                    if takesRight { right += 1 } else { left += 1 }
                }
                start = end
            }
            swap(&sorted, &merged)
            width *= 2
        }
        return sorted
    }
}
