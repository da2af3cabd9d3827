/// The instructions for matching a regular expression.
struct PatternProgram: Sendable {
    /// How many instructions an expression may take; repetitions by number are written out.
    static let maximumLength = 4000

    enum Instruction: Sendable {
        case characters(ClosedSet)
        /// Goes on at both, and prefers the first.
        case split(Int, Int)
        case jump(Int)
        /// Remembers the place, in a slot: two for each group, and two for the whole.
        case save(Int)
        /// Forgets what groups have matched, before they are matched again.
        case forget(Range<Int>)
        case lineStart
        case lineEnd
        case wordBoundary(isNegated: Bool)
        case match
    }

    /// A set of characters that looks one of ASCII up among bits.
    struct ClosedSet: Sendable {
        private var bits: (UInt64, UInt64) = (0, 0)
        private let set: Pattern.CharacterSet
        private let ignoresCase: Bool

        init(_ set: Pattern.CharacterSet, ignoresCase: Bool) {
            self.set = set
            self.ignoresCase = ignoresCase
            for value in UInt8(0)..<128 {
                let scalar = Unicode.Scalar(value)
                guard ignoresCase ? set.containsIgnoringCase(scalar) : set.contains(scalar) else { continue }
                if value < 64 { bits.0 |= 1 << UInt64(value) } else { bits.1 |= 1 << UInt64(value - 64) }
            }
        }

        func contains(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.value {
            case 0..<64: bits.0 >> UInt64(scalar.value) & 1 == 1
            case 64..<128: bits.1 >> UInt64(scalar.value - 64) & 1 == 1
            default: ignoresCase ? set.containsIgnoringCase(scalar) : set.contains(scalar)
            }
        }
    }

    private(set) var instructions: [Instruction] = []
    let groupCount: Int
    let flags: PatternFlags

    /// Writes the instructions for a pattern.
    ///
    /// - Throws: `Malformed` when there are too many.
    init(
        of pattern: Pattern, groupCount: Int, flags: PatternFlags
    ) throws(MalformedPattern) {
        self.groupCount = groupCount
        self.flags = flags
        try add(.save(0))
        try add(pattern)
        try add(.save(1))
        try add(.match)
    }

    private mutating func add(_ instruction: Instruction) throws(MalformedPattern) {
        if instructions.count >= Self.maximumLength {
            throw MalformedPattern(offset: 0, reason: "its repetitions make it too long")
        }
        instructions.append(instruction)
    }

    private mutating func add(_ pattern: Pattern) throws(MalformedPattern) {
        switch pattern {
        case .empty: break
        case .characters(let set):
            try add(.characters(ClosedSet(set, ignoresCase: flags.contains(.ignoresCase))))
        case .sequence(let parts): for part in parts { try add(part) }
        case .alternatives(let alternatives): try add(alternatives: alternatives)
        case .group(let number, let inner):
            try add(.save(2 * number))
            try add(inner)
            try add(.save(2 * number + 1))
        case .repetition(let inner, let minimum, let maximum, let isLazy, let groups):
            for _ in 0..<minimum {
                if !groups.isEmpty { try add(.forget(groups)) }
                try add(inner)
            }
            if let maximum {
                try add(inner, optionally: maximum - minimum, isLazy: isLazy, groups: groups)
            } else {
                try add(inner, endlessly: isLazy, groups: groups)
            }
        case .lineStart: try add(Instruction.lineStart)
        case .lineEnd: try add(Instruction.lineEnd)
        case .wordBoundary(let isNegated): try add(Instruction.wordBoundary(isNegated: isNegated))
        }
    }

    private mutating func add(alternatives: [Pattern]) throws(MalformedPattern) {
        var jumps: [Int] = []
        for alternative in alternatives.dropLast() {
            let split = instructions.count
            try add(.split(split + 1, 0))
            try add(alternative)
            jumps.append(instructions.count)
            try add(.jump(0))
            instructions[split] = .split(split + 1, instructions.count)
        }
        if let last = alternatives.last { try add(last) }
        for jump in jumps { instructions[jump] = .jump(instructions.count) }
    }

    private mutating func add(
        _ pattern: Pattern, endlessly isLazy: Bool, groups: Range<Int>
    ) throws(MalformedPattern) {
        let split = instructions.count
        try add(.jump(0))
        if !groups.isEmpty { try add(.forget(groups)) }
        try add(pattern)
        try add(.jump(split))
        let end = instructions.count
        instructions[split] = isLazy ? .split(end, split + 1) : .split(split + 1, end)
    }

    private mutating func add(
        _ pattern: Pattern, optionally count: Int, isLazy: Bool, groups: Range<Int>
    ) throws(MalformedPattern) {
        var splits: [Int] = []
        for _ in 0..<count {
            splits.append(instructions.count)
            try add(.jump(0))
            if !groups.isEmpty { try add(.forget(groups)) }
            try add(pattern)
        }
        let end = instructions.count
        for split in splits { instructions[split] = isLazy ? .split(end, split + 1) : .split(split + 1, end) }
    }
}
