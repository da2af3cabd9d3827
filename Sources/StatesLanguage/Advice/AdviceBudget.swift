/// How much is looked at for the advice on a definition.
///
/// What is known of the data along every way takes more than linear work where a machine is large, and there is no harm
/// in a definition of which less is said: what cannot be followed to its end is not told.
final class AdviceBudget {
    /// How many things are looked at: states on a way, paths in them, members that are known. A machine of a hundred
    /// states takes some thousands.
    static let maximum = 1_000_000

    private(set) var taken = 0

    var isSpent: Bool { taken > Self.maximum }

    /// Takes some; `false` when there is not as much left, and from then on.
    @discardableResult
    func take(_ count: Int) -> Bool {
        if isSpent { return false }
        taken += count
        return !isSpent
    }
}
