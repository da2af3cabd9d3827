/// What `StringMatches` asks of a text: the pieces of a pattern with anything between them.
package struct TextPattern: Sendable {
    /// What a text begins with, and, where the pattern has a `*`, what it ends with.
    private let first: String
    private let last: String?
    /// The pieces between these that are not empty.
    private let middle: [String]
    /// How many bytes all pieces have.
    private let byteCount: Int

    /// How many pieces are looked for.
    var pieceCount: Int { middle.count }

    /// Splits a pattern at its `*`; `\*` is an asterisk and `\\` a backslash.
    init(_ pattern: String) {
        var pieces = [""]
        var isEscaped = false
        for scalar in pattern.unicodeScalars {
            if isEscaped {
                pieces[pieces.count - 1].unicodeScalars.append(scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "*" {
                pieces.append("")
            } else {
                pieces[pieces.count - 1].unicodeScalars.append(scalar)
            }
        }
        first = pieces[0]
        last = pieces.count > 1 ? pieces[pieces.count - 1] : nil
        middle = pieces.dropFirst().dropLast().filter { !$0.isEmpty }
        byteCount = pieces.reduce(0) { $0 + $1.utf8.count }
    }

    /// Whether a text consists of the pieces with anything between them: one walk along the text and the pieces. It takes
    /// no longer than the text is long, however long the pattern is.
    func matches(_ text: String) -> Bool {
        guard let last else { return text.isIdentical(to: first) }
        if text.utf8.count < byteCount { return false }
        let bytes = Array(text.utf8)
        guard bytes.starts(with: first.utf8), bytes.suffix(last.utf8.count).elementsEqual(last.utf8) else {
            return false
        }
        var rest = bytes[first.utf8.count..<(bytes.count - last.utf8.count)]
        for piece in middle {
            guard let end = BytePattern(piece).firstEnd(in: rest) else { return false }
            rest = rest[end...]
        }
        return true
    }
}

/// A text to look for in another, in one walk along both (Knuth, Morris and Pratt).
private struct BytePattern {
    private let bytes: [UInt8]
    /// For each byte how many before and with it are how the pattern begins.
    private var borders: [Int]

    init(_ text: String) {
        bytes = Array(text.utf8)
        borders = Array(repeating: 0, count: bytes.count)
        var length = 0
        for position in bytes.indices.dropFirst() {
            while length > 0, bytes[position] != bytes[length] { length = borders[length - 1] }
            if bytes[position] == bytes[length] { length += 1 }
            borders[position] = length
        }
    }

    /// Where the first place ends at which the pattern stands.
    func firstEnd(in text: ArraySlice<UInt8>) -> Int? {
        var length = 0
        for position in text.indices {
            while length > 0, text[position] != bytes[length] { length = borders[length - 1] }
            if text[position] == bytes[length] { length += 1 }
            if length == bytes.count { return position + 1 }
        }
        return nil
    }
}
