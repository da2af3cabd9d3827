/// How many values one evaluation of a path may look at.
///
/// Two descents look at as many values as there are pairs in a document, and a path has room for many: a definition and
/// an input of a few kilobytes could keep a machine busy for years. What a path finds is bounded by the size of a state's
/// data anyway, far below this.
final class SearchBudget {
    static let limit = 1_000_000

    private var rest = SearchBudget.limit

    /// Whether more was asked for than there was.
    private(set) var isSpent = false

    /// Takes from what is left; `false` when that is not enough, and from then on.
    func take(_ count: Int) -> Bool {
        if isSpent || rest < count {
            isSpent = true
            return false
        }
        rest -= count
        return true
    }
}
