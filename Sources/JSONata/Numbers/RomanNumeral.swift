/// Numbers as the Romans wrote them, in small letters.
enum RomanNumeral {
    private static let values: [(Int, String)] = [
        (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
        (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
    ]

    /// The text of a number; `nil` for one that would take more than a thousand letters.
    static func text(of number: Double) -> String? {
        guard var rest = Int(exactly: number), rest < 1_000_000 else { return nil }
        var text = ""
        for (value, letters) in values {
            while rest >= value {
                text += letters
                rest -= value
            }
        }
        return text
    }

    static func number(of text: String) -> Double {
        var rest = Substring(text.lowercased())
        var number = 0
        for (value, letters) in values {
            while rest.hasPrefix(letters) {
                rest = rest.dropFirst(letters.count)
                number += value
            }
        }
        return Double(number)
    }
}
