/// How much of a document or a definition a message quotes.
package enum MessageText {
    /// How long a cause may be, in characters.
    ///
    /// Source: `SensitiveCause` in the service model of Step Functions.
    package static let maximumCauseLength = 32_768
    /// How much of a name, a path or a value is quoted, in characters.
    package static let maximumQuoteLength = 200
}

extension String {
    /// The text, or its beginning with `…` when it has more than `limit` characters (Unicode scalars).
    package func shortened(to limit: Int) -> String {
        // Nearly all are short, and as many bytes are never fewer characters.
        if utf8.count <= limit { return self }
        guard let end = unicodeScalars.index(startIndex, offsetBy: limit, limitedBy: endIndex), end < endIndex else {
            return self
        }
        return String(unicodeScalars[..<unicodeScalars.index(before: end)]) + "…"
    }

    /// The text as a message quotes it.
    package var quoted: String { shortened(to: MessageText.maximumQuoteLength) }
}

extension JSONValue {
    /// The beginning of the value's text, as a message quotes it.
    package var quoted: String { text(upTo: MessageText.maximumQuoteLength) }

    /// The value's text, or its beginning with `…` when it has more than `limit` characters.
    package func text(upTo limit: Int) -> String {
        // Nothing is written beyond what could be shown: a character has four bytes at most.
        String(decoding: utf8(upTo: limit * 4 + 4).bytes, as: UTF8.self).shortened(to: limit)
    }
}
