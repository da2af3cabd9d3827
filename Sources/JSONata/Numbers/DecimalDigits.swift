/// The decimal digits of a number: 0.d₁d₂d₃… × 10^exponent, the shortest that give it again.
struct DecimalDigits {
    private(set) var isNegative: Bool
    /// Without zeros at either end; none for zero.
    private(set) var digits: [UInt8]
    /// How many digits stand in front of the decimal point.
    private(set) var exponent: Int

    init(_ number: Double) {
        isNegative = number < 0
        var text = Substring(number.magnitude.description)
        var scale = 0
        if let mark = text.firstIndex(of: "e") {
            scale = Int(text[text.index(after: mark)...]) ?? 0
            text = text[..<mark]
        }
        let point = text.firstIndex(of: ".") ?? text.endIndex
        exponent = text.utf8.distance(from: text.startIndex, to: point) + scale
        digits = text.utf8.compactMap { $0 == UInt8(ascii: ".") ? nil : $0 - UInt8(ascii: "0") }
        trim()
    }

    private mutating func trim() {
        let zeros = digits.prefix { $0 == 0 }.count
        digits.removeFirst(zeros)
        exponent -= zeros
        while digits.last == 0 { digits.removeLast() }
        if digits.isEmpty { exponent = 0 }
    }

    /// Multiplies by a power of ten.
    mutating func shift(by power: Int) { if !digits.isEmpty { exponent += power } }

    /// The digits in front of the decimal point.
    var wholePart: [UInt8] {
        if exponent <= 0 { return [] }
        return digits.prefix(exponent) + Array(repeating: 0, count: max(0, exponent - digits.count))
    }

    /// The digits behind the decimal point.
    var fraction: [UInt8] {
        Array(repeating: 0, count: max(0, -exponent)) + digits.dropFirst(max(0, exponent))
    }

    /// The digits without those behind the first `count`, with a half rounded to the even neighbour.
    mutating func roundHalfEven(keeping count: Int) {
        if count >= digits.count { return }
        if count < 0 {
            (digits, exponent) = ([], 0)
            return
        }
        let isHalf = digits[count] == 5 && digits.count == count + 1
        let isOdd = count > 0 && digits[count - 1] % 2 == 1
        round(keeping: count, up: isHalf ? isOdd : digits[count] >= 5)
    }

    private mutating func round(keeping count: Int, up: Bool) {
        digits.removeSubrange(count...)
        if up {
            var position = count - 1
            while position >= 0, digits[position] == 9 {
                digits[position] = 0
                position -= 1
            }
            if position >= 0 {
                digits[position] += 1
            } else {
                digits.insert(1, at: 0)
                exponent += 1
            }
        }
        trim()
    }

    /// The digits rounded to so many at most, as JavaScript's `toPrecision` does: by the number's exact value, of which
    /// these digits are the shortest form, and upwards from the middle.
    func rounded(toSignificant count: Int, of number: Double) -> DecimalDigits {
        if digits.count <= count { return self }
        var result = self
        var isUp = digits[count] >= 5
        // The shortest digits end in the middle, and the exact value may lie below it.
        if digits[count] == 5, digits.count == count + 1 {
            isUp = ExactComparison(of: number.magnitude).isAtLeast(digits, exponent: exponent)
        }
        result.round(keeping: count, up: isUp)
        return result
    }

    /// The number as JavaScript writes it.
    var text: String {
        if digits.isEmpty { return "0" }
        let all = String(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
        let sign = isNegative ? "-" : ""
        func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }
        if exponent > 21 || exponent <= -6 {
            let power = exponent - 1
            let rest = all.dropFirst()
            return sign + all.prefix(1) + (rest.isEmpty ? "" : "." + rest) + "e" + (power < 0 ? "-" : "+")
                + String(power.magnitude)
        }
        if exponent <= 0 { return sign + "0." + zeros(-exponent) + all }
        if exponent >= digits.count { return sign + all + zeros(exponent - digits.count) }
        return sign + all.prefix(exponent) + "." + all.dropFirst(exponent)
    }
}

/// Compares the exact value of a number with a decimal one, in whole numbers of any size.
private struct ExactComparison {
    let significand: UInt64
    let power: Int

    init(of number: Double) {
        significand = number.significandBitPattern | (number.isNormal ? 1 << 52 : 0)
        power = Int(number.isNormal ? number.exponentBitPattern : 1) - 1075
    }

    /// Whether the number is not smaller than 0.d₁d₂d₃… × 10^exponent.
    func isAtLeast(_ digits: [UInt8], exponent: Int) -> Bool {
        var exact = Whole(significand)
        var decimal = Whole(0)
        for digit in digits { decimal.multiply(by: 10, adding: UInt32(digit)) }
        let scale = exponent - digits.count
        for _ in 0..<max(0, power) { exact.multiply(by: 2) }
        for _ in 0..<max(0, -power) { decimal.multiply(by: 2) }
        for _ in 0..<max(0, scale) { decimal.multiply(by: 10) }
        for _ in 0..<max(0, -scale) { exact.multiply(by: 10) }
        return !(exact < decimal)
    }

    /// A whole number of any size: its words of 32 bits, the lowest first.
    private struct Whole {
        var words: [UInt32]

        init(_ value: UInt64) {
            words = [UInt32(truncatingIfNeeded: value), UInt32(value >> 32)]
            trim()
        }

        mutating func multiply(by factor: UInt32, adding summand: UInt32 = 0) {
            var carry = UInt64(summand)
            for index in words.indices {
                let product = UInt64(words[index]) * UInt64(factor) + carry
                words[index] = UInt32(truncatingIfNeeded: product)
                carry = product >> 32
            }
            if carry > 0 { words.append(UInt32(carry)) }
        }

        private mutating func trim() {
            while words.last == 0 { words.removeLast() }
        }

        static func < (left: Whole, right: Whole) -> Bool {
            if left.words.count != right.words.count { return left.words.count < right.words.count }
            return left.words.reversed().lexicographicallyPrecedes(right.words.reversed())
        }
    }
}
