// Swift compares texts by what they look like; JSONata compares code by code, as JavaScript does.
extension String {
    /// Whether both have the same codes: an accent and its combining form are two.
    func isSame(as other: String) -> Bool {
        // Not `==` before it, which puts combining marks in order: that takes the square of their number.
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }

    /// Whether this one comes first in the order of UTF-16.
    func precedes(_ other: String) -> Bool { utf16.lexicographicallyPrecedes(other.utf16) }
}
