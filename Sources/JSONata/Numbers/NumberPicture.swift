/// A picture of a number, as `$formatNumber` takes it.
///
/// Source: <https://www.w3.org/TR/xpath-functions-31/#formatting-numbers>
struct NumberPicture {
    /// The characters that mean something in a picture.
    struct Symbols {
        var decimalSeparator: Unicode.Scalar = "."
        var groupingSeparator: Unicode.Scalar = ","
        var exponentSeparator: Unicode.Scalar = "e"
        var minusSign = "-"
        var percent: Unicode.Scalar = "%"
        var perMille: Unicode.Scalar = "\u{2030}"
        var zeroDigit: Unicode.Scalar = "0"
        var optionalDigit: Unicode.Scalar = "#"
        var patternSeparator: Unicode.Scalar = ";"

        /// The symbols with those that `options` gives.
        init(_ options: JSONataObject?) {
            func read(_ name: String, _ symbol: inout Unicode.Scalar) {
                if case .string(let text)? = options?[name], let scalar = text.unicodeScalars.first { symbol = scalar }
            }
            read("decimal-separator", &decimalSeparator)
            read("grouping-separator", &groupingSeparator)
            read("exponent-separator", &exponentSeparator)
            read("percent", &percent)
            read("per-mille", &perMille)
            read("zero-digit", &zeroDigit)
            read("digit", &optionalDigit)
            read("pattern-separator", &patternSeparator)
            if case .string(let text)? = options?["minus-sign"] { minusSign = text }
        }

        func isDigit(_ scalar: Unicode.Scalar) -> Bool {
            scalar.value >= zeroDigit.value && scalar.value <= zeroDigit.value + 9
        }

        func isActive(_ scalar: Unicode.Scalar) -> Bool {
            isDigit(scalar) || scalar == optionalDigit || scalar == decimalSeparator || scalar == groupingSeparator
                || scalar == exponentSeparator
        }

        func digit(_ value: UInt8) -> Unicode.Scalar { Unicode.Scalar(zeroDigit.value + UInt32(value)) ?? "0" }
    }

    private let symbols: Symbols
    private let positive: Part
    private let negative: Part?

    /// Reads a picture.
    ///
    /// - Throws: D3080 to D3093.
    init(parsing picture: String, options: JSONataObject?) throws(JSONataFailure) {
        symbols = Symbols(options)
        let parts = picture.unicodeScalars.split(separator: symbols.patternSeparator, omittingEmptySubsequences: false)
        if parts.count > 2 { throw .error(JSONataError(.tooManySubpictures)) }
        positive = try Part(Array(parts[0]), symbols)
        negative = parts.count == 2 ? try Part(Array(parts[1]), symbols) : nil
    }

    /// The text of a number.
    func text(of number: Double) -> String {
        if number.isNaN { return "NaN" }
        let part = number < 0 ? negative ?? positive : positive
        let sign = number < 0 && negative == nil ? symbols.minusSign : ""
        return sign + part.prefix + part.text(of: number.magnitude, symbols) + part.suffix
    }

    /// One of the two halves of a picture: for numbers from zero on, and for those below.
    private struct Part {
        var prefix = ""
        var suffix = ""
        private var factor = 0
        private var minimumWhole = 0
        private var minimumFraction = 0
        private var maximumFraction = 0
        private var scale = 0
        private var minimumExponent = 0
        private var hasDecimalSeparator = false
        /// How many digits stand behind each separator of the whole part, and before each one of the fraction.
        private var wholeGroups: Set<Int> = []
        private var regularGroup = 0
        private var fractionGroups: Set<Int> = []

        init(_ picture: [Unicode.Scalar], _ symbols: Symbols) throws(JSONataFailure) {
            // Without any character that means something all of the picture counts, and is refused.
            let begin = picture.firstIndex { symbols.isActive($0) && $0 != symbols.exponentSeparator } ?? 0
            let end =
                picture.lastIndex { symbols.isActive($0) && $0 != symbols.exponentSeparator }.map { $0 + 1 }
                ?? picture.count
            prefix = Self.text(picture[..<begin])
            suffix = Self.text(picture[end...])
            var mantissa = picture[begin..<end]
            var exponent: ArraySlice<Unicode.Scalar>?
            if let mark = mantissa.firstIndex(of: symbols.exponentSeparator) {
                exponent = mantissa[(mark + 1)...]
                mantissa = mantissa[..<mark]
            }
            var (whole, fraction) = (mantissa, mantissa[mantissa.endIndex...])
            if let point = mantissa.firstIndex(of: symbols.decimalSeparator) {
                (whole, fraction) = (mantissa[..<point], mantissa[(point + 1)...])
                hasDecimalSeparator = true
            }
            try Self.check(picture, picture[begin..<end], whole, fraction, exponent, symbols)
            if picture.contains(symbols.percent) { factor = 2 }
            if picture.contains(symbols.perMille) { factor = 3 }
            measure(whole, fraction, exponent, symbols)
        }

        private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars)
            return text
        }

        private static func check(
            _ picture: [Unicode.Scalar], _ active: ArraySlice<Unicode.Scalar>, _ whole: ArraySlice<Unicode.Scalar>,
            _ fraction: ArraySlice<Unicode.Scalar>, _ exponent: ArraySlice<Unicode.Scalar>?, _ symbols: Symbols
        ) throws(JSONataFailure) {
            func count(_ symbol: Unicode.Scalar) -> Int { picture.count { $0 == symbol } }
            func isAnyDigit(_ scalar: Unicode.Scalar) -> Bool {
                symbols.isDigit(scalar) || scalar == symbols.optionalDigit
            }
            // Where several reasons hold, the last one is told, as in the reference.
            var reason: JSONataError.Code?
            func refuse(_ code: JSONataError.Code, if condition: Bool) { if condition { reason = code } }
            refuse(.tooManyDecimalSeparators, if: count(symbols.decimalSeparator) > 1)
            refuse(.tooManyPercents, if: count(symbols.percent) > 1)
            refuse(.tooManyPerMilles, if: count(symbols.perMille) > 1)
            refuse(.percentAndPerMille, if: count(symbols.percent) > 0 && count(symbols.perMille) > 0)
            refuse(.noDigit, if: !(whole + fraction).contains(where: isAnyDigit))
            refuse(.passiveWithinActive, if: !active.allSatisfy(symbols.isActive))
            if picture.contains(symbols.decimalSeparator) {
                let isBeside = whole.last == symbols.groupingSeparator || fraction.first == symbols.groupingSeparator
                refuse(.groupingBesideDecimal, if: isBeside)
            } else {
                refuse(.groupingAtEnd, if: whole.last == symbols.groupingSeparator)
            }
            let isTwice = zip(picture, picture.dropFirst()).contains {
                $0 == symbols.groupingSeparator && $1 == symbols.groupingSeparator
            }
            refuse(.groupingTwice, if: isTwice)
            let mandatory = whole.firstIndex(where: symbols.isDigit) ?? whole.endIndex
            refuse(.optionalAfterMandatory, if: whole[mandatory...].contains(symbols.optionalDigit))
            let optional = fraction.firstIndex(of: symbols.optionalDigit) ?? fraction.endIndex
            refuse(.mandatoryAfterOptional, if: fraction[optional...].contains(where: symbols.isDigit))
            if let exponent {
                let hasFactor = picture.contains(symbols.percent) || picture.contains(symbols.perMille)
                refuse(.percentWithExponent, if: !exponent.isEmpty && hasFactor)
                refuse(.badExponent, if: exponent.isEmpty || !exponent.allSatisfy(symbols.isDigit))
            }
            if let reason { throw .error(JSONataError(reason)) }
        }

        private mutating func measure(
            _ whole: ArraySlice<Unicode.Scalar>, _ fraction: ArraySlice<Unicode.Scalar>,
            _ exponent: ArraySlice<Unicode.Scalar>?, _ symbols: Symbols
        ) {
            func count(_ part: ArraySlice<Unicode.Scalar>) -> Int { part.count { $0 != symbols.groupingSeparator } }
            minimumWhole = whole.count(where: symbols.isDigit)
            scale = minimumWhole
            minimumFraction = fraction.count(where: symbols.isDigit)
            maximumFraction = count(fraction)
            minimumExponent = exponent?.count ?? 0
            if minimumWhole == 0, maximumFraction == 0 {
                if exponent == nil {
                    minimumWhole = 1
                } else {
                    (minimumFraction, maximumFraction) = (1, 1)
                }
            }
            if exponent != nil, minimumWhole == 0, whole.contains(symbols.optionalDigit) { minimumWhole = 1 }
            if minimumWhole == 0, minimumFraction == 0 { minimumFraction = 1 }
            var digits = 0
            for scalar in whole.reversed() {
                if scalar == symbols.groupingSeparator { wholeGroups.insert(digits) } else { digits += 1 }
            }
            digits = 0
            for scalar in fraction {
                if scalar == symbols.groupingSeparator { fractionGroups.insert(digits) } else { digits += 1 }
            }
            regularGroup = DigitGroups.regularSize(wholeGroups)
        }

        func text(of number: Double, _ symbols: Symbols) -> String {
            var digits = DecimalDigits(number)
            digits.shift(by: factor)
            var power = 0
            if minimumExponent > 0, !digits.digits.isEmpty {
                // As many digits in front of the point as the picture has.
                power = digits.exponent - scale
                digits.shift(by: -power)
            }
            digits.roundHalfEven(keeping: digits.exponent + maximumFraction)
            let whole = digits.wholePart
            let fraction = digits.fraction
            var text = ""
            let wholeCount = max(whole.count, minimumWhole)
            for position in 0..<wholeCount {
                let index = position - (wholeCount - whole.count)
                text.unicodeScalars.append(symbols.digit(index < 0 ? 0 : whole[index]))
                let rest = wholeCount - position - 1
                let isSeparated =
                    regularGroup > 0 ? rest > 0 && rest % regularGroup == 0 : rest > 0 && wholeGroups.contains(rest)
                if isSeparated { text.unicodeScalars.append(symbols.groupingSeparator) }
            }
            let fractionCount = max(fraction.count, minimumFraction)
            if hasDecimalSeparator, fractionCount > 0 {
                text.unicodeScalars.append(symbols.decimalSeparator)
                for position in 0..<fractionCount {
                    if fractionGroups.contains(position) { text.unicodeScalars.append(symbols.groupingSeparator) }
                    text.unicodeScalars.append(symbols.digit(position < fraction.count ? fraction[position] : 0))
                }
            }
            return minimumExponent > 0 ? text + exponent(power, symbols) : text
        }

        private func exponent(_ power: Int, _ symbols: Symbols) -> String {
            var text = String(symbols.exponentSeparator) + (power < 0 ? symbols.minusSign : "")
            let digits = String(power.magnitude).utf8.map { $0 - UInt8(ascii: "0") }
            for _ in digits.count..<max(digits.count, minimumExponent) {
                text.unicodeScalars.append(symbols.zeroDigit)
            }
            for digit in digits { text.unicodeScalars.append(symbols.digit(digit)) }
            return text
        }
    }
}
