/// The parts of a regular expression.
indirect enum Pattern {
    case empty
    case characters(CharacterSet)
    case sequence([Pattern])
    /// The first of these that leads to a match.
    case alternatives([Pattern])
    /// A group that is remembered, by its number from 1.
    case group(Int, Pattern)
    case repetition(Pattern, minimum: Int, maximum: Int?, isLazy: Bool, groups: Range<Int>)
    case lineStart
    case lineEnd
    case wordBoundary(isNegated: Bool)

    /// A set of characters, as ranges.
    struct CharacterSet: Sendable {
        var ranges: [ClosedRange<UInt32>] = []
        var isNegated = false
    }
}

extension Pattern.CharacterSet {
    static let digits = Self(ranges: [0x30...0x39])
    static let words = Self(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    static let blanks = Self(ranges: [
        0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
        0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
    ])
    /// What a dot does not match.
    static let lineEnds = Self(ranges: [0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029])

    var negated: Self { Self(ranges: ranges, isNegated: !isNegated) }

    /// The ranges of the set, turned around where it is negated.
    var plainRanges: [ClosedRange<UInt32>] {
        if !isNegated { return ranges }
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { result.append(next...0x10FFFF) }
        return result
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar.value) } != isNegated
    }

    /// Whether the set has a character whose capital form is the same as that of `folded`, which is one already.
    func containsIgnoringCase(_ scalar: Unicode.Scalar) -> Bool {
        let folded = scalar.folded
        let isFound = ranges.contains { range in
            if range.contains(scalar.value) || range.contains(folded.value) { return true }
            return scalar.sameIgnoringCase.contains { range.contains($0) }
        }
        return isFound != isNegated
    }
}

extension Unicode.Scalar {
    /// The capital form of the character, as JavaScript compares without regard to case: itself, where that would have
    /// several characters, or be of ASCII where this is not.
    var folded: Unicode.Scalar {
        if value < 0x80 { return ("a"..."z").contains(self) ? Unicode.Scalar(UInt8(value - 32)) : self }
        let capital = properties.uppercaseMapping.unicodeScalars
        guard capital.count == 1, let first = capital.first, first.value >= 0x80 else { return self }
        return first
    }

    /// The small form, where its capital form is this character's.
    fileprivate var sameIgnoringCase: [UInt32] {
        if folded.value < 0x80 {
            return ("A"..."Z").contains(folded) ? [folded.value + 32] : []
        }
        let small = folded.properties.lowercaseMapping.unicodeScalars
        guard small.count == 1, let first = small.first, first.folded == folded else { return [] }
        return [first.value]
    }
}

struct PatternFlags: OptionSet, Sendable {
    let rawValue: UInt8

    static let ignoresCase = PatternFlags(rawValue: 1)
    static let multiline = PatternFlags(rawValue: 2)
}

/// What is wrong with a regular expression, and where, in scalars from its beginning.
struct MalformedPattern: Error {
    let offset: Int
    let reason: String
}
