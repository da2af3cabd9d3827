import Dispatch
import Synchronization

/// Transactions that only read, each on a thread of its own, beside the one that writes.
///
/// What they would write is kept until they are put together: rows of the catalog in the memory that each has of it, and
/// everything else as `DeferredWrites`.
final class SideTransactions<Value: Sendable>: Sendable {
    typealias Body = @Sendable (CatalogMemory, DeferredWrites) throws -> Value

    /// What became of one of them.
    struct Ended {
        let value: Result<Value, any Error>
        let memory: CatalogMemory
        let later: DeferredWrites
    }

    private final class Slot: @unchecked Sendable {
        // Touched by its own thread, and by who waits for that.
        var value: Result<Value, any Error>?
        let memory = CatalogMemory()
        let later = DeferredWrites()
    }

    private let slots: [Slot]
    private let group = DispatchGroup()

    /// Begins all of them.
    init(_ bodies: [Body]) {
        slots = bodies.map { _ in Slot() }
        for (slot, body) in zip(slots, bodies) {
            DispatchQueue.global(qos: .userInitiated).async(group: group) {
                slot.value = Result { try body(slot.memory, slot.later) }
            }
        }
    }

    /// Waits until all have ended, and gives what became of them in their order.
    func wait() -> [Ended] {
        group.wait()
        return slots.map { slot in
            guard let value = slot.value else { preconditionFailure("the group has ended") }
            return Ended(value: value, memory: slot.memory, later: slot.later)
        }
    }
}

/// One has read what another changes, or needs the connection that writes: all have to be done one after the other.
struct NotPossibleBesideOthers: Error {}

/// Writes that wait for the transaction that writes.
final class DeferredWrites {
    private var writes: [(LakeTransaction) throws -> Void] = []

    func add(_ write: @escaping (LakeTransaction) throws -> Void) { writes.append(write) }

    func carryOut(in transaction: LakeTransaction) throws {
        for write in writes { try write(transaction) }
    }
}
