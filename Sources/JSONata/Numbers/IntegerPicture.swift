/// A picture of a whole number, as `$formatInteger` and the components of a time take it.
///
/// Source: <https://www.w3.org/TR/xpath-functions-31/#formatting-integers>
struct IntegerPicture {
    enum Style {
        case letters(isCapital: Bool)
        case roman(isCapital: Bool)
        case words(LetterCase)
        case decimal(Digits)
        /// What the language has a name for, and the reference does not support.
        case sequence(String)
    }

    enum LetterCase {
        case upper, lower, title
    }

    /// Digits of a script, with separators.
    struct Digits {
        var zero: UInt32 = 0x30
        var minimum = 0
        var optional = 0
        /// The separators, by how many digits stand behind each.
        var separators: [Int: Unicode.Scalar] = [:]
        /// How many digits each group has, where the separators are regular.
        var regularGroup = 0
        var separator: Unicode.Scalar?
    }

    var style: Style
    let isOrdinal: Bool

    /// Reads a picture.
    ///
    /// - Throws: D3131 for digits of several scripts.
    init(parsing picture: String) throws(JSONataFailure) {
        var primary = Substring(picture)
        var isOrdinal = false
        if let mark = picture.lastIndex(of: ";") {
            primary = picture[..<mark]
            isOrdinal = picture[picture.index(after: mark)...].first == "o"
        }
        self.isOrdinal = isOrdinal
        switch primary {
        case "A": style = .letters(isCapital: true)
        case "a": style = .letters(isCapital: false)
        case "I": style = .roman(isCapital: true)
        case "i": style = .roman(isCapital: false)
        case "W": style = .words(.upper)
        case "w": style = .words(.lower)
        case "Ww": style = .words(.title)
        default: style = try Self.decimal(primary)
        }
    }

    /// The digits zero of the scripts that there are pictures for.
    private static let zeros: [UInt32] = [
        0x30, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
        0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
        0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    ]

    private static func decimal(_ picture: Substring) throws(JSONataFailure) -> Style {
        var digits = Digits()
        var zero: UInt32?
        var count = 0
        for scalar in picture.unicodeScalars.reversed() {
            if let found = zeros.first(where: { ($0...($0 + 9)).contains(scalar.value) }) {
                if let zero, zero != found { throw .error(JSONataError(.mixedDigits)) }
                zero = found
                digits.minimum += 1
                count += 1
            } else if scalar == "#" {
                digits.optional += 1
                count += 1
            } else {
                digits.separators[count] = scalar
            }
        }
        guard let zero else { return .sequence(String(picture)) }
        digits.zero = zero
        if Set(digits.separators.values).count == 1 {
            digits.regularGroup = DigitGroups.regularSize(Set(digits.separators.keys))
            if digits.regularGroup > 0 { digits.separator = digits.separators.values.first }
        }
        return .decimal(digits)
    }

    /// The digits of the picture, where it has any.
    var digits: Digits? { if case .decimal(let digits) = style { digits } else { nil } }

    /// The same with this many digits at least.
    func with(minimum: Int) -> IntegerPicture {
        guard case .decimal(var digits) = style else { return self }
        digits.minimum = minimum
        var picture = self
        picture.style = .decimal(digits)
        return picture
    }

    // MARK: Writing

    /// The text of a number, which is rounded down.
    ///
    /// - Throws: D3130 for a picture that is not supported.
    func text(of number: Double) throws(JSONataFailure) -> String {
        let whole = number.rounded(.down)
        let text: String
        switch style {
        case .letters(let isCapital): text = Self.letters(whole.magnitude, isCapital ? 0x41 : 0x61)
        case .roman(let isCapital):
            guard let roman = RomanNumeral.text(of: whole.magnitude) else {
                throw .error(JSONataError(.unsupportedIntegerPicture, value: .number(number)))
            }
            text = isCapital ? roman.uppercased() : roman
        case .words(let letterCase):
            let words = NumberWords.text(of: whole.magnitude, isOrdinal: isOrdinal)
            switch letterCase {
            case .upper: text = words.uppercased()
            case .lower: text = words.lowercased()
            case .title: text = words
            }
        case .decimal(let digits): text = decimal(whole.magnitude, digits)
        case .sequence(let picture): throw .error(JSONataError(.unsupportedIntegerPicture, value: picture))
        }
        return whole < 0 ? "-" + text : text
    }

    private static func letters(_ number: Double, _ first: UInt8) -> String {
        var rest = Int(clamping: number)
        var letters: [UInt8] = []
        while rest > 0 {
            letters.append(first + UInt8((rest - 1) % 26))
            rest = (rest - 1) / 26
        }
        return String(decoding: letters.reversed(), as: UTF8.self)
    }

    private func decimal(_ number: Double, _ digits: Digits) -> String {
        let plain = number.javaScriptText
        var scalars = Array(plain.unicodeScalars)
        scalars.insert(contentsOf: Array(repeating: "0", count: max(0, digits.minimum - scalars.count)), at: 0)
        var text = ""
        for (position, scalar) in scalars.enumerated() {
            let isDigit = ("0"..."9").contains(scalar)
            text.unicodeScalars.append(isDigit ? Unicode.Scalar(digits.zero + scalar.value - 0x30) ?? scalar : scalar)
            let rest = scalars.count - position - 1
            if rest == 0 { continue }
            if let separator = digits.separator {
                if rest % digits.regularGroup == 0 { text.unicodeScalars.append(separator) }
            } else if let separator = digits.separators[rest] {
                text.unicodeScalars.append(separator)
            }
        }
        return isOrdinal ? text + Self.ordinalSuffix(scalars) : text
    }

    private static func ordinalSuffix(_ digits: [Unicode.Scalar]) -> String {
        if digits.count > 1, digits[digits.count - 2] == "1" { return "th" }
        return switch digits.last {
        case "1": "st"
        case "2": "nd"
        case "3": "rd"
        default: "th"
        }
    }

    // MARK: Reading

    /// What a text matches that this picture could have written.
    ///
    /// - Parameter width: how many digits there are, where more digits follow.
    /// - Throws: D3130 for a picture that is not supported.
    func pattern(width: Int?) throws(JSONataFailure) -> Pattern {
        switch style {
        case .letters(let isCapital): return .some(of: isCapital ? [0x41...0x5A] : [0x61...0x7A])
        case .roman: return .some(of: "MDCLXVImdclxvi".unicodeScalars.map { $0.value...$0.value })
        case .words: return .some(of: [0x41...0x5A, 0x61...0x7A, 0x20...0x20, 0x2C...0x2D])
        case .decimal(let digits):
            var ranges = [digits.zero...(digits.zero + 9)]
            ranges += digits.separators.values.map { $0.value...$0.value }
            let number: Pattern = width.map { .some(of: ranges, count: $0) } ?? .some(of: ranges)
            return isOrdinal ? .sequence([number, .some(of: [0x61...0x7A], count: 2)]) : number
        case .sequence(let picture): throw .error(JSONataError(.unsupportedIntegerPicture, value: picture))
        }
    }

    /// The number that a text stands for which matches `pattern`.
    func number(of text: String) -> Double {
        switch style {
        case .letters(let isCapital):
            return text.unicodeScalars.reduce(0) { $0 * 26 + Double($1.value) - (isCapital ? 0x40 : 0x60) }
        case .roman: return RomanNumeral.number(of: text)
        case .words: return NumberWords.number(of: text)
        case .sequence: return .nan
        case .decimal(let digits):
            var plain = ""
            for scalar in text.unicodeScalars where (digits.zero...(digits.zero + 9)).contains(scalar.value) {
                plain.unicodeScalars.append(Unicode.Scalar(UInt8(scalar.value - digits.zero + 0x30)))
            }
            return Double(plain) ?? .nan
        }
    }
}

extension Pattern {
    /// One character or more, or so many.
    static func some(of ranges: [ClosedRange<UInt32>], count: Int? = nil) -> Pattern {
        .repetition(
            .characters(CharacterSet(ranges: ranges)), minimum: count ?? 1, maximum: count, isLazy: false, groups: 0..<0
        )
    }
}
