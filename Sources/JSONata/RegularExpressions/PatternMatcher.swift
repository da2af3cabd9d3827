/// Matches a text: all ways through the program go on side by side, character by character, in the order in which a
/// matcher that goes back would try them.
struct PatternMatcher {
    /// How many instructions cost one step of the budget.
    static let instructionsPerStep = 8

    /// What was found: where, and where its groups are, those that took part.
    struct Match {
        let range: Range<Int>
        let groups: [Range<Int>?]
    }

    private struct Thread {
        let instruction: Int
        let slots: [Int]
    }

    private let program: PatternProgram
    private let text: [Unicode.Scalar]
    private let isMultiline: Bool
    /// For each instruction the last place at which it was reached, so that no two threads go the same way.
    private var reached: [Int]
    private var work = 0

    init(program: PatternProgram, text: [Unicode.Scalar]) {
        self.program = program
        self.text = text
        isMultiline = program.flags.contains(.multiline)
        reached = Array(repeating: -1, count: program.instructions.count)
    }

    mutating func firstMatch(
        from start: Int, _ budget: inout JSONataBudget
    ) throws(JSONataFailure) -> Match? {
        try budget.charge(steps: 1 + program.instructions.count / 4)
        let empty = Array(repeating: -1, count: 2 * (program.groupCount + 1))
        var threads: [Thread] = []
        var found: [Int]?
        var position = start
        while position <= text.count {
            // A match that begins earlier is preferred, so new ones begin behind all others, until there is one.
            if found == nil { addThreads(at: 0, empty, position, to: &threads) }
            if threads.isEmpty, found != nil { break }
            work += 1 + threads.count
            if work > 256 {
                try budget.charge(steps: work / Self.instructionsPerStep)
                work = 0
            }
            var next: [Thread] = []
            for thread in threads {
                guard case .characters(let set) = program.instructions[thread.instruction] else {
                    // A match: what comes behind it is not preferred to it.
                    found = thread.slots
                    break
                }
                if position < text.count, set.contains(text[position]) {
                    addThreads(at: thread.instruction + 1, thread.slots, position + 1, to: &next)
                }
            }
            threads = next
            position += 1
        }
        try budget.charge(steps: 1 + work / Self.instructionsPerStep)
        return found.map(match)
    }

    private func match(_ slots: [Int]) -> Match {
        let groups = (1...max(1, program.groupCount)).prefix(program.groupCount).map { number -> Range<Int>? in
            let (from, to) = (slots[2 * number], slots[2 * number + 1])
            return from >= 0 && to >= from ? from..<to : nil
        }
        return Match(range: slots[0]..<slots[1], groups: groups)
    }

    /// Adds a thread for every way on from an instruction that needs a character next, the preferred one first.
    private mutating func addThreads(at instruction: Int, _ slots: [Int], _ position: Int, to threads: inout [Thread]) {
        var open = [(instruction, slots)]
        while let (current, slots) = open.popLast() {
            if reached[current] == position { continue }
            reached[current] = position
            work += 1
            switch program.instructions[current] {
            case .characters, .match: threads.append(Thread(instruction: current, slots: slots))
            case .jump(let target): open.append((target, slots))
            case .split(let first, let second):
                open.append((second, slots))
                open.append((first, slots))
            case .save(let slot):
                var saved = slots
                saved[slot] = position
                open.append((current + 1, saved))
            case .forget(let groups):
                var cleared = slots
                for slot in (2 * groups.lowerBound)..<(2 * groups.upperBound) { cleared[slot] = -1 }
                open.append((current + 1, cleared))
            case .lineStart: if isLineStart(position) { open.append((current + 1, slots)) }
            case .lineEnd: if isLineEnd(position) { open.append((current + 1, slots)) }
            case .wordBoundary(let isNegated):
                if (isWord(position - 1) != isWord(position)) != isNegated { open.append((current + 1, slots)) }
            }
        }
    }

    private func isLineStart(_ position: Int) -> Bool {
        position == 0 || isMultiline && Pattern.CharacterSet.lineEnds.contains(text[position - 1])
    }

    private func isLineEnd(_ position: Int) -> Bool {
        position == text.count || isMultiline && Pattern.CharacterSet.lineEnds.contains(text[position])
    }

    private func isWord(_ position: Int) -> Bool {
        text.indices.contains(position) && Pattern.CharacterSet.words.contains(text[position])
    }
}
