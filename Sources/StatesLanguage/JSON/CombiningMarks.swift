/// How many marks a letter may have.
///
/// Two texts are the same to Swift when they are canonically equivalent, and to see that it puts the marks of each letter
/// in order, which takes a time that grows with the square of their number: a name of a megabyte would take minutes.
/// Unicode itself allows programs to expect no more than 30 (the Stream-Safe Text Format).
///
/// Source: <https://www.unicode.org/reports/tr15/#Stream_Safe_Text_Format>
enum CombiningMarks {
    static let maximumCount = 128
    /// What is said of a text that has more.
    static let excess = "a letter has more than \(maximumCount) combining marks"

    /// Whether somewhere in a text more marks than that follow one another.
    static func areTooMany(in text: String) -> Bool {
        // Each has two bytes at least, and the first of one is not below 0xCC.
        if text.utf8.count <= 2 * maximumCount || !text.utf8.contains(where: { $0 >= 0xCC }) { return false }
        var count = 0
        for scalar in text.unicodeScalars {
            if scalar.value >= 0x300, scalar.properties.canonicalCombiningClass != .notReordered {
                count += 1
                if count > maximumCount { return true }
            } else {
                count = 0
            }
        }
        return false
    }
}
