/// How large a value is at most: in bytes, written on one line with escapes not counted, and in levels.
///
/// A state's data is a document to which each state adds a little. Its extent is what it was, and what has been added:
/// so the document need not be gone through at every state, but only when it could have become too large.
package struct JSONExtent: Sendable {
    /// How many bytes at most.
    package private(set) var bytes: Int
    private var depth: Int

    private init(bytes: Int, depth: Int) {
        (self.bytes, self.depth) = (bytes, depth)
    }

    /// The extent of a value; beyond `limit` bytes it is not measured further.
    package init(of value: JSONValue, limit: Int) {
        self.init(bytes: 0, depth: 0)
        add(value, level: 1, limit: limit)
    }

    /// What is larger than the data of a state may be.
    package static let tooMuch = JSONExtent(bytes: 2 * EvaluationBudget.maximumValueBytes, depth: 0)

    /// The bytes, measured up to the limit and little beyond it.
    package var byteCount: Int { bytes }

    /// The extent when a value of extent `other` is put at a place of the document.
    package func inserting(_ other: JSONExtent, at path: ReferencePath) -> JSONExtent {
        let (names, levels) = path.extent
        return JSONExtent(bytes: bytes + names + other.bytes, depth: max(depth, levels + other.depth))
    }

    /// Whether a value of this extent may take more than `limit` bytes, or be nested so deep that what is written could
    /// not be read again.
    package func exceeds(bytes limit: Int) -> Bool { bytes > limit || depth > JSONValue.maximumDepth }

    private mutating func add(_ value: JSONValue, level: Int, limit: Int) {
        if exceeds(bytes: limit) { return }
        switch value {
        case .null: bytes += 4
        case .bool(let value): bytes += value ? 4 : 5
        case .integer(let value): bytes += Self.digits(value)
        case .double: bytes += value.text.utf8.count
        case .string(let value): bytes += value.utf8.count + 2
        case .array(let elements):
            depth = max(depth, level)
            bytes += 2 + max(0, elements.count - 1)
            for element in elements { add(element, level: level + 1, limit: limit) }
        case .object(let members):
            depth = max(depth, level)
            bytes += 2 + max(0, members.count - 1)
            for (name, value) in members {
                bytes += name.utf8.count + 3
                add(value, level: level + 1, limit: limit)
            }
        }
    }

    private static func digits(_ value: Int64) -> Int {
        var (rest, count) = (value.magnitude, value < 0 ? 2 : 1)
        while rest > 9 {
            rest /= 10
            count += 1
        }
        return count
    }
}

extension JSONValue {
    /// Whether the value takes more than `limit` bytes when it is written on one line, escapes not counted, or is nested
    /// so deep that what is written could not be read again.
    package func exceeds(bytes limit: Int) -> Bool { JSONExtent(of: self, limit: limit).exceeds(bytes: limit) }
}
