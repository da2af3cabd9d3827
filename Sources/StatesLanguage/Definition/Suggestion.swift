/// The name that was probably meant where another stands.
///
/// A definition may have thousands of names and thousands of others that are misspelt: what is looked at is bounded,
/// and beyond that nothing is suggested.
package struct Suggestion: Sendable {
    /// Longer names are not compared: the longest that mean anything to AWS have 80 characters.
    static let maximumLength = 128
    /// How many pairs of letters are compared in all.
    package static let maximumComparisons = 4_000_000

    /// How many pairs of letters have been compared.
    package private(set) var comparisons = 0

    package init() {}

    /// A hint at the nearest of `names`, if one is near enough to have been meant.
    package mutating func hint(for name: String, among names: some Sequence<String>) -> String? {
        nearest(to: name, among: names).map { "did you mean `\($0)`?" }
    }

    /// The nearest of `names`, if one is near enough to have been meant.
    package mutating func nearest(to name: String, among names: some Sequence<String>) -> String? {
        if name.utf8.count > Self.maximumLength { return nil }
        let limit = max(1, name.utf8.count / 3)
        let lowercased = Array(name.lowercased().utf8)
        var best: (name: String, distance: Int)?
        for candidate in names {
            comparisons += 1
            if comparisons > Self.maximumComparisons { return nil }
            let bound = best?.distance ?? limit + 1
            // Letters that become longer or shorter with their case are few.
            if candidate.utf8.count > Self.maximumLength || abs(candidate.utf8.count - lowercased.count) >= bound + 2 {
                continue
            }
            let distance = distance(lowercased, Array(candidate.lowercased().utf8), limit: bound)
            if distance < bound { best = (candidate, distance) }
        }
        return best?.name
    }

    /// How many letters have to be changed, put in, left out or swapped with their neighbour (Damerau and Levenshtein);
    /// `limit` when it is that or more.
    private mutating func distance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int {
        if abs(left.count - right.count) >= limit { return limit }
        var before: [Int] = []
        var last = Array(0...right.count)
        for (row, letter) in left.enumerated() {
            comparisons += right.count
            var current = [row + 1]
            current.reserveCapacity(right.count + 1)
            for (column, other) in right.enumerated() {
                var cost = min(last[column] + (letter == other ? 0 : 1), last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                    cost = min(cost, before[column - 1] + 1)
                }
                current.append(cost)
            }
            if current.allSatisfy({ $0 >= limit }) { return limit }
            (before, last) = (last, current)
        }
        return min(limit, last[right.count])
    }
}
