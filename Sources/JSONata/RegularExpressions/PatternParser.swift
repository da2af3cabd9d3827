/// Reads the parts of a regular expression.
struct PatternParser {
    /// How deep groups may stand in one another.
    private static let maximumNesting = 50
    /// How often a part may be repeated by number.
    private static let maximumCount = 1000

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var groupCount = 0
    private var nesting = 0

    /// The parts of an expression, and how many groups it remembers.
    ///
    /// - Throws: `Malformed` for what JavaScript refuses, and for what cannot be matched without going back.
    static func pattern(of source: String) throws(MalformedPattern) -> (Pattern, groupCount: Int) {
        var parser = PatternParser(scalars: Array(source.unicodeScalars))
        let pattern = try parser.alternatives()
        if parser.next != nil { throw parser.error("a closing parenthesis has no opening one") }
        return (pattern, parser.groupCount)
    }

    private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private func error(_ reason: String) -> MalformedPattern {
        MalformedPattern(offset: position, reason: reason)
    }

    private mutating func take(_ text: String) -> Bool {
        let wanted = Array(text.unicodeScalars)
        if !scalars[position...].starts(with: wanted) { return false }
        position += wanted.count
        return true
    }

    private mutating func alternatives() throws(MalformedPattern) -> Pattern {
        nesting += 1
        if nesting > Self.maximumNesting { throw error("groups stand deeper than \(Self.maximumNesting)") }
        defer { nesting -= 1 }
        var alternatives = [try sequence()]
        while take("|") { alternatives.append(try sequence()) }
        return alternatives.count == 1 ? alternatives[0] : .alternatives(alternatives)
    }

    private mutating func sequence() throws(MalformedPattern) -> Pattern {
        var parts: [Pattern] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            let groupsBefore = groupCount
            guard let part = try atom(scalar) else { continue }
            parts.append(try repeated(part, groups: (groupsBefore + 1)..<(groupCount + 1)))
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func atom(_ scalar: Unicode.Scalar) throws(MalformedPattern) -> Pattern? {
        position += 1
        switch scalar {
        case "^": return .lineStart
        case "$": return .lineEnd
        case ".": return .characters(Pattern.CharacterSet.lineEnds.negated)
        case "(": return try group()
        case "[": return .characters(try characterClass())
        case "\\": return try escape()
        case "*", "+", "?":
            position -= 1
            throw error("there is nothing to repeat")
        case "{":
            position -= 1
            let start = position
            if try bounds() != nil {
                position = start
                throw error("there is nothing to repeat")
            }
            position = start + 1
            return .characters(Self.one(scalar))
        default: return .characters(Self.one(scalar))
        }
    }

    private static func one(_ scalar: Unicode.Scalar) -> Pattern.CharacterSet {
        Pattern.CharacterSet(ranges: [scalar.value...scalar.value])
    }

    private mutating func group() throws(MalformedPattern) -> Pattern {
        var isRemembered = true
        if take("?:") {
            isRemembered = false
        } else if take("?=") || take("?!") || take("?<=") || take("?<!") {
            throw error("looking ahead or behind is not supported")
        } else if take("?<") {
            guard let end = scalars[position...].firstIndex(of: ">"), end > position else {
                throw error("a group's name has no end")
            }
            position = end + 1
        } else if next == "?" {
            throw error("the group is of no known kind")
        }
        if isRemembered { groupCount += 1 }
        let number = groupCount
        let inner = try alternatives()
        if !take(")") { throw error("a group has no closing parenthesis") }
        return isRemembered ? .group(number, inner) : inner
    }

    // MARK: Repetitions

    private mutating func repeated(
        _ part: Pattern, groups: Range<Int>
    ) throws(MalformedPattern) -> Pattern {
        let start = position
        let counts: (minimum: Int, maximum: Int?)
        if take("*") {
            counts = (0, nil)
        } else if take("+") {
            counts = (1, nil)
        } else if take("?") {
            counts = (0, 1)
        } else if next == "{", let bounds = try bounds() {
            counts = bounds
        } else {
            return part
        }
        switch part {
        case .lineStart, .lineEnd, .wordBoundary:
            position = start
            throw error("a place cannot be repeated")
        default: break
        }
        return .repetition(
            part, minimum: counts.minimum, maximum: counts.maximum, isLazy: take("?"), groups: groups)
    }

    /// `{2}`, `{2,}` or `{2,5}`; `nil`, where nothing is taken, for a brace that stands for itself.
    private mutating func bounds() throws(MalformedPattern) -> (minimum: Int, maximum: Int?)? {
        let start = position
        position += 1
        guard let minimum = count() else {
            position = start
            return nil
        }
        var maximum: Int? = minimum
        if take(",") { maximum = count() }
        if !take("}") {
            position = start
            return nil
        }
        if let maximum, maximum < minimum { throw error("the numbers of a repetition are out of order") }
        if max(minimum, maximum ?? 0) > Self.maximumCount {
            throw error("a part is repeated more than \(Self.maximumCount) times")
        }
        return (minimum, maximum)
    }

    private mutating func count() -> Int? {
        var value: Int?
        while let scalar = next, ("0"..."9").contains(scalar) {
            value = min(1_000_000, (value ?? 0) * 10 + Int(scalar.value - 0x30))
            position += 1
        }
        return value
    }

    // MARK: Characters

    private mutating func escape() throws(MalformedPattern) -> Pattern {
        guard let scalar = next else { throw error("a backslash stands at the end") }
        switch scalar {
        case "b", "B":
            position += 1
            return .wordBoundary(isNegated: scalar == "B")
        case "1"..."9": throw error("references back to a group are not supported")
        case "k": throw error("references back to a group are not supported")
        default: return .characters(try escapedCharacters())
        }
    }

    /// What stands behind a backslash, in a class or outside of one.
    private mutating func escapedCharacters() throws(MalformedPattern) -> Pattern.CharacterSet {
        guard let scalar = next else { throw error("a backslash stands at the end") }
        position += 1
        switch scalar {
        case "d": return .digits
        case "D": return .digits.negated
        case "w": return .words
        case "W": return .words.negated
        case "s": return .blanks
        case "S": return .blanks.negated
        case "t": return Self.one("\t")
        case "n": return Self.one("\n")
        case "r": return Self.one("\r")
        case "v": return Self.one("\u{B}")
        case "f": return Self.one("\u{C}")
        case "0": return Self.one("\0")
        case "p", "P": throw error("classes by property are not supported")
        case "c":
            if let letter = next, ("a"..."z").contains(letter) || ("A"..."Z").contains(letter) {
                position += 1
                return Self.one(Unicode.Scalar(UInt8(letter.value % 32)))
            }
            position -= 1
            return Self.one("\\")
        case "x": return Self.one(hexadecimal(2) ?? "x")
        case "u":
            let start = position
            guard let first = hexadecimalValue(4) else { return Self.one("u") }
            if (0xD800..<0xDC00).contains(first), take("\\u"), let second = hexadecimalValue(4),
                (0xDC00..<0xE000).contains(second),
                let pair = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            {
                return Self.one(pair)
            }
            guard let scalar = Unicode.Scalar(first) else {
                position = start
                throw error("half of a surrogate pair matches no character")
            }
            position = start + 4
            return Self.one(scalar)
        default: return Self.one(scalar)
        }
    }

    private mutating func hexadecimal(_ count: Int) -> Unicode.Scalar? {
        hexadecimalValue(count).flatMap { Unicode.Scalar($0) }
    }

    private mutating func hexadecimalValue(_ count: Int) -> UInt32? {
        guard position + count <= scalars.count else { return nil }
        var value: UInt32 = 0
        for scalar in scalars[position..<(position + count)] {
            guard let digit = Character(scalar).hexDigitValue, scalar.isASCII else { return nil }
            value = value * 16 + UInt32(digit)
        }
        position += count
        return value
    }

    private mutating func characterClass() throws(MalformedPattern) -> Pattern.CharacterSet {
        var set = Pattern.CharacterSet()
        let isNegated = take("^")
        while let scalar = next, scalar != "]" {
            let first = try classMember(scalar)
            guard next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
                set.ranges += first.plainRanges
                continue
            }
            position += 1
            let second = try classMember(scalars[position])
            guard let from = first.single, let to = second.single else {
                // A class at an end of a range: the hyphen stands for itself.
                set.ranges += first.plainRanges + [0x2D...0x2D] + second.plainRanges
                continue
            }
            if from > to { throw error("a range is out of order") }
            set.ranges.append(from...to)
        }
        if !take("]") { throw error("a class has no closing bracket") }
        set.isNegated = isNegated
        return set
    }

    private mutating func classMember(
        _ scalar: Unicode.Scalar
    ) throws(MalformedPattern) -> Pattern.CharacterSet {
        position += 1
        if scalar != "\\" { return Self.one(scalar) }
        if next == "b" {
            position += 1
            return Self.one("\u{8}")
        }
        if let digit = next, ("1"..."9").contains(digit) { throw error("octal escapes are not supported") }
        return try escapedCharacters()
    }
}

extension Pattern.CharacterSet {
    /// The only character of the set.
    fileprivate var single: UInt32? {
        guard !isNegated, ranges.count == 1, ranges[0].count == 1 else { return nil }
        return ranges[0].lowerBound
    }
}
