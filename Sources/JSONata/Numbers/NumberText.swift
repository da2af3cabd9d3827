// Numbers as JavaScript writes and reads them.
extension Double {
    /// The number as JavaScript's `String` has it: the shortest digits that give it again.
    var javaScriptText: String {
        if isNaN { return "NaN" }
        if isInfinite { return self < 0 ? "-Infinity" : "Infinity" }
        return DecimalDigits(self).text
    }

    /// The number as JSONata's `$string` has it: with 15 significant digits at most.
    var jsonataText: String { DecimalDigits(self).rounded(toSignificant: 15, of: self).text }

    /// Reads a number as `$number` does: as JSON has it, where zeros may stand in front, or a whole number of base 16,
    /// 8 or 2 behind `0x`, `0o` or `0b`.
    init?(jsonataText text: String) {
        if let whole = Self.whole(text) {
            self = whole
            return
        }
        var bytes = Array(text.utf8)[...]
        func skipDigits() -> Bool {
            let count = bytes.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
            bytes = bytes.dropFirst(count)
            return count > 0
        }
        if bytes.first == UInt8(ascii: "-") { bytes = bytes.dropFirst() }
        if !skipDigits() { return nil }
        if bytes.first == UInt8(ascii: ".") {
            bytes = bytes.dropFirst()
            if !skipDigits() { return nil }
        }
        if bytes.first == UInt8(ascii: "e") || bytes.first == UInt8(ascii: "E") {
            bytes = bytes.dropFirst()
            if bytes.first == UInt8(ascii: "+") || bytes.first == UInt8(ascii: "-") { bytes = bytes.dropFirst() }
            if !skipDigits() { return nil }
        }
        guard bytes.isEmpty, let value = Double(text), value.isFinite else { return nil }
        self = value
    }

    private static func whole(_ text: String) -> Double? {
        let bytes = Array(text.utf8)
        guard bytes.count > 2, bytes[0] == UInt8(ascii: "0") else { return nil }
        let radix: Int
        switch bytes[1] {
        case UInt8(ascii: "x"), UInt8(ascii: "X"): radix = 16
        case UInt8(ascii: "o"), UInt8(ascii: "O"): radix = 8
        case UInt8(ascii: "b"), UInt8(ascii: "B"): radix = 2
        default: return nil
        }
        var value = 0.0
        for byte in bytes[2...] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80, digit < radix else {
                return nil
            }
            value = value * Double(radix) + Double(digit)
        }
        return value.isFinite ? value : nil
    }

    /// The number rounded to so many decimal places, a half to the even neighbour; to tens, hundreds … where `places`
    /// is negative.
    func roundedHalfEven(places: Int) -> Double {
        if !isFinite { return self }
        // Beyond these a number has no digits to round, or none is left.
        let places = Swift.max(-400, Swift.min(400, places))
        var digits = DecimalDigits(self)
        let kept = digits.exponent + places
        if kept >= digits.digits.count { return self + 0 }
        if kept < 0 { return 0 }
        digits.roundHalfEven(keeping: kept)
        return (Double(digits.text) ?? self) + 0
    }
}
