/// The branches that can go on, in the order of their turns.
///
/// Nearly always there is one, which stands by itself: so it costs no memory that has to be asked for.
struct ReadyQueue: Sendable {
    /// The branch whose turn is next.
    private(set) var first: BranchID?
    /// Those behind it, from `head` on.
    private var others: [BranchID] = []
    private var head = 0

    var isEmpty: Bool { first == nil }

    mutating func append(_ id: BranchID) {
        if first == nil { first = id } else { others.append(id) }
    }

    mutating func removeFirst() {
        if head == others.count {
            first = nil
            return
        }
        first = others[head]
        head += 1
        if head == others.count || head >= 1024 && head * 2 >= others.count {
            others.removeFirst(head)
            head = 0
        }
    }

    /// Takes branches out that are not to go on.
    mutating func remove(_ removed: Set<BranchID>) {
        let kept = ([first].compactMap { $0 } + others[head...]).filter { !removed.contains($0) }
        (first, others, head) = (kept.first, Array(kept.dropFirst()), 0)
    }

    mutating func removeAll() { (first, others, head) = (nil, [], 0) }
}
