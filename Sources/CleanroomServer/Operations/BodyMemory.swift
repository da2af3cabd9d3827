import Synchronization

/// How many bytes of bodies there are.
///
/// Of requests, large bodies have half of it. The other half is for the first bytes of each, so that who sends large ones holds up
/// nobody whose bodies are as small as nearly all are.
final class BodyMemory: Sendable {
    /// How many bytes a body may have that is not large: as many as all connections of one machine may send at a time
    /// are less than half.
    static let smallBody = 16_384

    let maximum: Int
    private let used = Atomic(0)

    init(maximum: Int) {
        self.maximum = maximum
    }

    var bytes: Int { used.load(ordering: .relaxed) }

    /// Takes so many bytes more, or none.
    func take(_ count: Int, isLarge: Bool) -> Bool {
        let (_, now) = used.add(count, ordering: .relaxed)
        if now <= (isLarge ? maximum / 2 : maximum) { return true }
        give(back: count)
        return false
    }

    func give(back count: Int) { used.subtract(count, ordering: .relaxed) }
}

/// The bytes that one body takes, given back when nobody has the share any more.
final class BodyShare: Sendable {
    private let state = Mutex<(memory: BodyMemory?, count: Int)>((nil, 0))

    @inline(never)  // It locks, and callers are async (docs/architecture.md, Locks).
    func take(_ count: Int, of memory: BodyMemory, isLarge: Bool) -> Bool {
        if !memory.take(count, isLarge: isLarge) { return false }
        state.withLock { $0 = (memory, $0.count + count) }
        return true
    }

    deinit {
        let (memory, count) = state.withLock { $0 }
        memory?.give(back: count)
    }
}
