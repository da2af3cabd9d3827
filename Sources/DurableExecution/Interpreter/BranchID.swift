/// Tells a branch from every other one that its execution ever has.
struct BranchID: Hashable, Comparable, Sendable {
    let number: Int

    /// The branch of the machine itself.
    static let root = BranchID(number: 0)

    static func < (left: BranchID, right: BranchID) -> Bool { left.number < right.number }
}
