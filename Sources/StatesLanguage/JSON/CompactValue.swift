/// A value that may have to be kept for long: a large one as its text, of which it takes a fortieth as a tree of many
/// small parts.
package enum CompactValue: Hashable, Sendable {
    case whole(JSONValue)
    case text([UInt8])

    /// What has fewer bytes stays as it is: nearly everything.
    package static let smallest = 4096

    package init(_ value: JSONValue) {
        // One that is too large or too deep to be read again is refused elsewhere, with its reason.
        if value.exceeds(bytes: Self.smallest), !value.exceeds(bytes: Int.max) {
            self = .text(Array(value.text.utf8))
        } else {
            self = .whole(value)
        }
    }

    /// The value, read anew where it is kept as a text.
    package var value: JSONValue {
        switch self {
        case .whole(let value): return value
        case .text(let bytes):
            do {
                return try JSONValue(stored: bytes)
            } catch {
                preconditionFailure("what was written can be read: \(error)")
            }
        }
    }

    /// The same as a text, if it is large.
    package var compacted: CompactValue { if case .whole(let value) = self { CompactValue(value) } else { self } }

    /// How much work it is to read or to write the text, in the units of `StateWeight`.
    package var cost: Int { (textSize ?? 0) / 64 }

    /// How many bytes the text has; `nil` for a value that is whole.
    package var textSize: Int? { if case .text(let bytes) = self { bytes.count } else { nil } }

    /// The same, as one text where both are one.
    package func sharing(_ other: CompactValue) -> CompactValue { self == other ? other : self }
}
