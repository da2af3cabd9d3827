/// The name that was probably meant where another stands.
package enum Suggestion {
    /// A hint at the nearest of `names`, if one is near enough to have been meant.
    package static func hint(for name: String, among names: some Sequence<String>) -> String? {
        nearest(to: name, among: names).map { "did you mean `\($0)`?" }
    }

    static func nearest(to name: String, among names: some Sequence<String>) -> String? {
        let limit = max(1, name.utf8.count / 3)
        let lowercased = Array(name.lowercased().utf8)
        var best: (name: String, distance: Int)?
        for candidate in names {
            let distance = distance(lowercased, Array(candidate.lowercased().utf8), limit: best?.distance ?? limit + 1)
            if distance < best?.distance ?? limit + 1 { best = (candidate, distance) }
        }
        return best?.name
    }

    /// How many letters have to be changed, put in, left out or swapped with their neighbour (Damerau and Levenshtein);
    /// `limit` when it is that or more.
    private static func distance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int {
        if abs(left.count - right.count) >= limit { return limit }
        var before: [Int] = []
        var last = Array(0...right.count)
        for (row, letter) in left.enumerated() {
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
