/// The condition in `[?(…)]`: which elements a path keeps.
package indirect enum JSONPathFilter: Hashable, Sendable {
    package enum Comparison: String, CaseIterable, Sendable {
        case equal = "=="
        case notEqual = "!="
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
        case less = "<"
        case greater = ">"
    }

    package enum Operand: Hashable, Sendable {
        case literal(JSONValue)
        /// A path from the element that is looked at (`@`).
        case element([JSONPath.Segment])
        /// A path from the root of the document (`$`).
        case root([JSONPath.Segment])
    }

    case exists(Operand)
    case compare(Operand, Comparison, Operand)
    case and(JSONPathFilter, JSONPathFilter)
    case or(JSONPathFilter, JSONPathFilter)
    case not(JSONPathFilter)

    func accepts(_ element: JSONValue, _ search: inout JSONPath.Search) -> Bool {
        // What a search that went too far accepts does not count.
        if !search.budget.take(steps: 1) { return false }
        switch self {
        case .and(let left, let right): return left.accepts(element, &search) && right.accepts(element, &search)
        case .or(let left, let right): return left.accepts(element, &search) || right.accepts(element, &search)
        case .not(let filter): return !filter.accepts(element, &search)
        case .exists(let operand): return value(of: operand, element, &search) != nil
        case .compare(let left, let comparison, let right):
            let left = value(of: left, element, &search)
            let right = value(of: right, element, &search)
            // Whole documents can be compared with one another, for each of many elements.
            if let left, !search.budget.take(walkThrough: left) { return false }
            return compare(left, comparison, right)
        }
    }

    private func value(of operand: Operand, _ element: JSONValue, _ search: inout JSONPath.Search) -> JSONValue? {
        let (start, segments) =
            switch operand {
            case .literal(let value): (value, [JSONPath.Segment]())
            case .element(let segments): (element, segments)
            case .root(let segments): (search.root, segments)
            }
        var values = [start]
        for segment in segments { values = values.flatMap { segment.select(from: $0, &search) } }
        return segments.allSatisfy(\.isDefinite) ? values.first : .array(values)
    }

    private func compare(_ left: JSONValue?, _ comparison: Comparison, _ right: JSONValue?) -> Bool {
        switch comparison {
        case .equal: return isEqual(left, right)
        case .notEqual: return !isEqual(left, right)
        case .less: return isLess(left, right)
        case .greater: return isLess(right, left)
        case .lessOrEqual: return isLess(left, right) || isOrderedEqual(left, right)
        case .greaterOrEqual: return isLess(right, left) || isOrderedEqual(left, right)
        }
    }

    private func isEqual(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
        if let left = left?.doubleValue, let right = right?.doubleValue { return left == right }
        return left == right
    }

    private func isOrderedEqual(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
        left != nil && isEqual(left, right)
    }

    private func isLess(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
        if let left = left?.doubleValue, let right = right?.doubleValue { return left < right }
        if let left = left?.stringValue, let right = right?.stringValue { return left.isOrderedBefore(right) }
        return false
    }
}

extension String {
    /// Whether this string comes first when UTF-16 code units are compared, as Java does it.
    package func isOrderedBefore(_ other: String) -> Bool {
        // The first difference decides, and mostly it is one of ASCII.
        if let (left, right) = zip(utf8, other.utf8).first(where: { $0 != $1 }), left < 128, right < 128 {
            return left < right
        }
        return utf16.lexicographicallyPrecedes(other.utf16)
    }

    /// Whether both strings have the same code units; `==` would take an accent and its combining form for one.
    package func isIdentical(to other: String) -> Bool {
        if utf8.count != other.utf8.count { return false }
        let isIdentical = utf8.withContiguousStorageIfAvailable { bytes in
            other.utf8.withContiguousStorageIfAvailable { bytes.elementsEqual($0) }
        }
        return isIdentical?.flatMap { $0 } ?? utf8.elementsEqual(other.utf8)
    }
}
