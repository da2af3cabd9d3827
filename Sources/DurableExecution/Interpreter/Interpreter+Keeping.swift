import StatesLanguage

/// What an execution keeps while it is not gone on with: as little memory as can be.
extension Interpreter {
    /// Keeps the execution's data as small as they can be, since it is not gone on with now; where it is, they are read
    /// again as far as they are needed.
    ///
    /// - Returns: how much work it was.
    package mutating func compact() -> Int {
        var cost = 0
        func compacted(_ value: CompactValue) -> CompactValue {
            let kept = value.compacted
            if value.textSize == nil { cost += kept.cost }
            return kept
        }
        startInput = start.keptInput
        branch.compact(sharing: startInput, compacted)
        for id in changed { resting[id]?.compact(sharing: startInput, compacted) }
        changed = []
        return cost
    }

    /// How many bytes of text the execution keeps, beside what is small: what its input, the inputs of its states and what
    /// it goes on with have in common is kept once.
    package var keptBytes: Int { Set(kept).reduce(0) { $0 + ($1.textSize ?? 0) } }

    /// Whether a value that is large is kept as a tree.
    package var keepsTrees: Bool { kept.contains { $0.textSize == nil && $0.compacted.textSize != nil } }

    private var kept: [CompactValue] {
        [start.keptInput, startInput] + branch.kept + resting.values.flatMap(\.kept)
    }
}
