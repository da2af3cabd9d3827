// Operators between values.
extension Evaluator {
    func operation(
        _ infix: Operator, _ left: Node, _ right: Node, _ node: Node, _ input: JSONataValue, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        let leftValue = try evaluate(left, input, scope)
        if infix == .and || infix == .or {
            if try leftValue.holds(&budget) == (infix == .or) { return .bool(infix == .or) }
            return .bool(try evaluate(right, input, scope).holds(&budget))
        }
        let rightValue = try evaluate(right, input, scope)
        do throws(JSONataFailure) {
            if isStackShort {
                return try onLargeStack { () throws(JSONataFailure) in try self.result(of: infix, leftValue, rightValue)
                }
            }
            return try result(of: infix, leftValue, rightValue)
        } catch {
            throw error.at(node.position, token: infix.rawValue)
        }
    }

    private func result(
        of infix: Operator, _ left: JSONataValue, _ right: JSONataValue
    ) throws(JSONataFailure) -> JSONataValue {
        switch infix {
        case .add, .subtract, .multiply, .divide, .remainder: return try arithmetic(infix, left, right)
        case .equal, .unequal:
            if left.isUndefined || right.isUndefined { return .bool(false) }
            return .bool(try left.equals(right, &budget) == (infix == .equal))
        case .less, .greater, .lessOrEqual, .greaterOrEqual: return try comparison(infix, left, right)
        case .concatenate: return try concatenation(left, right)
        case .isIn: return try membership(left, right)
        case .range: return try range(left, right)
        case .and, .or: return .undefined
        }
    }

    private func arithmetic(
        _ infix: Operator, _ left: JSONataValue, _ right: JSONataValue
    ) throws(JSONataFailure) -> JSONataValue {
        let leftNumber = try Self.number(left, or: .leftNotNumber)
        let rightNumber = try Self.number(right, or: .rightNotNumber)
        guard let leftNumber, let rightNumber else { return .undefined }
        return switch infix {
        case .add: .number(leftNumber + rightNumber)
        case .subtract: .number(leftNumber - rightNumber)
        case .multiply: .number(leftNumber * rightNumber)
        case .divide: .number(leftNumber / rightNumber)
        default: .number(leftNumber.truncatingRemainder(dividingBy: rightNumber))
        }
    }

    private static func number(
        _ value: JSONataValue, or code: JSONataError.Code
    ) throws(JSONataFailure) -> Double? {
        switch value {
        case .undefined: return nil
        case .number(let number):
            if try number.isNumeric() { return number }
            throw .error(JSONataError(code, value: value))
        default: throw .error(JSONataError(code, value: value))
        }
    }

    func negation(
        _ operand: Node, _ node: Node, _ input: JSONataValue, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        let value = try evaluate(operand, input, scope)
        do {
            return try Self.number(value, or: .negatedOther).map { .number(-$0) } ?? .undefined
        } catch {
            throw error.at(node.position, token: "-")
        }
    }

    private func comparison(
        _ infix: Operator, _ left: JSONataValue, _ right: JSONataValue
    ) throws(JSONataFailure) -> JSONataValue {
        for side in [left, right] {
            switch side {
            case .undefined, .string, .number: continue
            default: throw .error(JSONataError(.notComparable, value: side))
            }
        }
        switch (left, right) {
        case (.undefined, _), (_, .undefined): return .undefined
        case (.number(let left), .number(let right)):
            return switch infix {
            case .less: .bool(left < right)
            case .greater: .bool(left > right)
            case .lessOrEqual: .bool(left <= right)
            default: .bool(left >= right)
            }
        case (.string(let left), .string(let right)):
            try budget.charge(walkingBytes: min(left.utf8.count, right.utf8.count))
            return switch infix {
            case .less: .bool(left.precedes(right))
            case .greater: .bool(right.precedes(left))
            case .lessOrEqual: .bool(!right.precedes(left))
            default: .bool(!left.precedes(right))
            }
        default: throw .error(JSONataError(.mixedComparison, value: left))
        }
    }

    private func concatenation(
        _ left: JSONataValue, _ right: JSONataValue
    ) throws(JSONataFailure) -> JSONataValue {
        let first = left.isUndefined ? "" : try text(of: left)
        let second = right.isUndefined ? "" : try text(of: right)
        try budget.charge(bytes: first.utf8.count + second.utf8.count)
        return .string(first + second)
    }

    private func membership(
        _ left: JSONataValue, _ right: JSONataValue
    ) throws(JSONataFailure) -> JSONataValue {
        if left.isUndefined || right.isUndefined { return .bool(false) }
        for element in right.elements {
            // Arrays and objects are in nothing, as in the reference, which compares by identity.
            if case .array = element { continue }
            if case .object = element { continue }
            if try left.equals(element, &budget) { return .bool(true) }
        }
        return .bool(false)
    }

    /// How many numbers a range may have, in the language.
    private static let maximumRange = 10_000_000.0

    private func range(_ left: JSONataValue, _ right: JSONataValue) throws(JSONataFailure) -> JSONataValue {
        let from = try Self.whole(left, or: .rangeFromOther)
        let to = try Self.whole(right, or: .rangeToOther)
        guard let from, let to, from <= to else { return .undefined }
        let count = to - from + 1
        if count > Self.maximumRange { throw .error(JSONataError(.rangeTooLarge, value: .number(count))) }
        try budget.charge(elements: Int(count))
        return .sequence((0..<Int(count)).map { .number(from + Double($0)) })
    }

    private static func whole(
        _ value: JSONataValue, or code: JSONataError.Code
    ) throws(JSONataFailure) -> Double? {
        if value.isUndefined { return nil }
        guard case .number(let number) = value, number.rounded() == number, number.isFinite else {
            throw .error(JSONataError(code, value: value))
        }
        return number
    }

    // MARK: Arrays

    func array(
        _ items: [Node], _ node: Node, _ input: JSONataValue, _ scope: Scope
    ) throws(JSONataFailure) -> JSONataValue {
        var result = JSONataArray([])
        for item in items {
            let value = try evaluate(item, input, scope)
            if value.isUndefined { continue }
            if case .array = item.kind {
                try budget.charge(elements: 1)
                result.append(value)
            } else if case .array(let array) = value {
                try budget.charge(elements: array.count)
                result.append(contentsOf: array)
            } else {
                try budget.charge(elements: 1)
                result.append(value)
            }
        }
        if node.isConstructor { result.traits.insert(.constructed) }
        return .array(result)
    }
}
