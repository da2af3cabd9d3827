// Paths: each step is evaluated with every value that the step before gave.
extension Evaluator {
    /// The name under which a tuple has its context.
    static let context = "@"

    func path(
        _ node: Node, _ steps: [Node], _ input: JSONataValue, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        if node.isBare, let value = try member(steps, input, scope) { return value }
        var values = JSONataArray()
        if case .array(let array) = input, !steps[0].isVariable { values = array } else { values.append(input) }
        var result = JSONataValue.array(values)
        var tuples: JSONataArray?
        var isTuples = false
        for (position, step) in steps.enumerated() {
            if step.isTuple { isTuples = true }
            if position == 0, step.isConstructor {
                result = try evaluate(step, .array(values), scope)
            } else if isTuples {
                tuples = try tupleStep(step, values, tuples, scope)
            } else {
                result = try self.step(step, values, scope, isLast: position == steps.count - 1)
            }
            if isTuples { continue }
            guard case .array(let array) = result else {
                if result.isUndefined { break }
                values = JSONataArray(sequence: [result])
                continue
            }
            if array.count == 0 { break }
            if step.focus == nil { values = array }
        }
        if let tuples {
            result = .array(node.isTuple ? tuples : JSONataArray(sequence: Self.contexts(tuples)))
        }
        if node.keepsSingleton, case .array(var array) = result {
            if array.traits.contains(.constructed), !array.isSequence { array = JSONataArray(sequence: [result]) }
            array.traits.insert(.keepsSingleton)
            result = .array(array)
        }
        if let group = node.group { return try self.group(tuples.map { .array($0) } ?? result, by: group, scope) }
        return result
    }

    /// What names lead to from a variable, as long as they lead through objects; `nil` where they do not.
    private func member(
        _ steps: [Node], _ input: JSONataValue, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue? {
        guard case .variable(let name) = steps[0].kind, steps[0].isBare else { return nil }
        var value = variable(name, input, scope)
        for step in steps.dropFirst() {
            guard case .name(let name) = step.kind, step.isBare, case .object(let object) = value else { return nil }
            try budget.charge(steps: 3)
            value = object[name] ?? .undefined
        }
        // A sequence would be settled.
        if case .array(let array) = value, array.isSequence { return nil }
        return value
    }

    private static func contexts(_ tuples: JSONataArray) -> [JSONataValue] {
        tuples.elements.map { $0.objectValue?[context] ?? .undefined }
    }

    private func step(
        _ step: Node, _ values: JSONataArray, _ scope: Scope, isLast: Bool
    ) throws(JSONataFailure) -> JSONataValue {
        if case .order(let terms) = step.kind {
            let sorted = try sort(values, by: terms, scope)
            return try filter(.array(sorted), by: step.stages, scope)
        }
        var results: [JSONataValue] = []
        for value in values.elements {
            var result = try evaluate(step, value, scope)
            for case .filter(let predicate) in step.stages { result = try filter(result, by: predicate, scope) }
            if !result.isUndefined { results.append(result) }
        }
        if isLast, results.count == 1, case .array(let array) = results[0], !array.isSequence { return results[0] }
        var flat = JSONataArray()
        for result in results {
            if case .array(let array) = result, !array.traits.contains(.constructed) {
                try budget.charge(elements: array.count)
                flat.append(contentsOf: array)
            } else {
                try budget.charge(elements: 1)
                flat.append(result)
            }
        }
        return .array(flat)
    }

    private func filter(
        _ values: JSONataValue, by stages: [Node.Stage], _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        var values = values
        for stage in stages {
            switch stage {
            case .filter(let predicate): values = try filter(values, by: predicate, scope)
            case .index(let name):
                guard case .array(let array) = values else { continue }
                for (position, tuple) in array.elements.enumerated() {
                    tuple.objectValue?.update(name, .number(Double(position)))
                }
            }
        }
        return values
    }

    // MARK: Tuples

    /// A step whose results carry variables: those that are bound here, and those that were bound before.
    private func tupleStep(
        _ step: Node, _ values: JSONataArray, _ tuples: JSONataArray?, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataArray {
        var result = JSONataArray([], traits: [.sequence, .tuples])
        if case .order(let terms) = step.kind {
            if let tuples {
                result = try sort(tuples, by: terms, scope)
            } else {
                for (position, value) in try sort(values, by: terms, scope).elements.enumerated() {
                    var tuple = JSONataObject([(Self.context, value)])
                    if let index = step.index { tuple[index] = .number(Double(position)) }
                    result.append(.object(tuple))
                }
            }
        } else {
            let before = tuples?.elements ?? values.elements.map { .object(JSONataObject([(Self.context, $0)])) }
            for case .object(let tuple) in before { try self.tuple(step, tuple, scope, into: &result) }
        }
        guard case .array(let staged) = try filter(.array(result), by: step.stages, scope) else { return result }
        return staged
    }

    private func tuple(
        _ step: Node, _ tuple: JSONataObject, _ scope: Scope, into result: inout JSONataArray
    ) throws(JSONataFailure) {
        let context = tuple[Self.context] ?? .undefined
        let found = try evaluate(step, context, self.scope(of: tuple, scope))
        if found.isUndefined { return }
        let isTuples = found.arrayValue?.isTuples ?? false
        for (position, value) in found.elements.enumerated() {
            try budget.charge(elements: 2 * (tuple.count + 1))
            var next = tuple
            if isTuples, case .object(let inner) = value {
                for (name, value) in inner { next[name] = value }
            } else {
                if let focus = step.focus {
                    next[focus] = value
                    next[Self.context] = context
                } else {
                    next[Self.context] = value
                }
                if let index = step.index { next[index] = .number(Double(position)) }
                if let ancestor = step.ancestor { next[ancestor.label] = context }
            }
            result.append(.object(next))
        }
    }

    /// The variables that a tuple carries.
    func scope(of tuple: JSONataObject, _ scope: Scope) -> Scope {
        let inner = Scope(parent: scope)
        for (name, value) in tuple { inner.bind(name, value) }
        return inner
    }

    // MARK: Predicates

    /// The values that a predicate selects: by position where it gives numbers, else those for which it holds.
    func filter(
        _ values: JSONataValue, by predicate: Node, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        let isTuples = values.arrayValue?.isTuples ?? false
        var result = JSONataArray([], traits: isTuples ? [.sequence, .tuples] : .sequence)
        let elements = values.elements
        if case .number(let number) = predicate.kind {
            guard let index = Self.index(number, count: elements.count) else { return .array(result) }
            if elements[index].isArray { return elements[index] }
            if !elements[index].isUndefined { result.append(elements[index]) }
            return .array(result)
        }
        for (position, element) in elements.enumerated() {
            let selection: JSONataValue
            if isTuples, case .object(let tuple) = element {
                selection = try evaluate(predicate, tuple[Self.context] ?? .undefined, self.scope(of: tuple, scope))
            } else {
                selection = try evaluate(predicate, element, scope)
            }
            for _ in 0..<(try times(selection, position, count: elements.count)) {
                try budget.charge(elements: 1)
                result.append(element)
            }
        }
        return .array(result)
    }

    /// How often a selection takes the value at a position.
    private func times(_ selection: JSONataValue, _ position: Int, count: Int) throws(JSONataFailure) -> Int {
        var numbers: [Double] = []
        switch selection {
        case .number(let number):
            if try !number.isNumeric() { return 0 }
            numbers = [number]
        case .array(let array):
            try budget.charge(steps: 1 + array.count / 4)
            for element in array.elements {
                guard case .number(let number) = element else { return try selection.holds(&budget) ? 1 : 0 }
                if try !number.isNumeric() { return try selection.holds(&budget) ? 1 : 0 }
                numbers.append(number)
            }
        default: return try selection.holds(&budget) ? 1 : 0
        }
        return numbers.count { Self.index($0, count: count) == position }
    }

    /// The position that a number stands for, counted from the end where it is negative.
    private static func index(_ number: Double, count: Int) -> Int? {
        guard let whole = Int(exactly: number.rounded(.down)) else { return nil }
        let index = whole < 0 ? whole + count : whole
        return index >= 0 && index < count ? index : nil
    }

    // MARK: Steps

    /// The members called `name` of an object, or of all objects in an array.
    func lookup(_ name: String, in value: JSONataValue) throws(JSONataFailure) -> JSONataValue {
        switch value {
        case .object(let object): return object[name] ?? .undefined
        case .array(let array):
            var result = JSONataArray()
            for element in array.elements {
                try budget.charge(steps: 1)
                switch try lookup(name, in: element) {
                case .undefined: continue
                case .array(let found):
                    try budget.charge(elements: found.count)
                    result.append(contentsOf: found)
                case let found: result.append(found)
                }
            }
            return .array(result)
        default: return .undefined
        }
    }

    func wildcard(_ input: JSONataValue) throws(JSONataFailure) -> JSONataValue {
        var values: [JSONataValue]
        switch input {
        case .object(let object): values = object.values
        case .array(let array):
            values = array.elements
            if array.traits.contains(.wrapsInput), case .array(let inner)? = values.first { values = inner.elements }
        default: return .array(JSONataArray())
        }
        var result = JSONataArray()
        for value in values {
            try budget.charge(elements: 1)
            if value.isArray {
                try flatten(value, into: &result)
                // What arrays are added to is an array that stays one.
                result.traits = []
            } else {
                result.append(value)
            }
        }
        return .array(result)
    }

    private func flatten(_ value: JSONataValue, into result: inout JSONataArray) throws(JSONataFailure) {
        try budget.charge(elements: 1)
        guard case .array(let array) = value else {
            result.append(value)
            return
        }
        for element in array.elements { try flatten(element, into: &result) }
    }

    func descendants(_ input: JSONataValue) throws(JSONataFailure) -> JSONataValue {
        if input.isUndefined { return .undefined }
        var result = JSONataArray()
        try collect(input, into: &result)
        return result.count == 1 ? result.elements[0] : .array(result)
    }

    private func collect(_ value: JSONataValue, into result: inout JSONataArray) throws(JSONataFailure) {
        try budget.charge(elements: 1)
        switch value {
        case .array(let array):
            for element in array.elements { try collect(element, into: &result) }
        case .object(let object):
            result.append(value)
            for member in object.values { try collect(member, into: &result) }
        default: result.append(value)
        }
    }
}
