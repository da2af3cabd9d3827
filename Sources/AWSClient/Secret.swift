/// A text that is shown to nobody.
package struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What stands in its place wherever it would be shown.
    package static let placeholder = "‹secret›"

    package let revealed: String

    package init(_ text: String) {
        revealed = text
    }

    package var description: String { Self.placeholder }
    package var debugDescription: String { Self.placeholder }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
