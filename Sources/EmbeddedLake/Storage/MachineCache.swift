package import StatesLanguage
import Synchronization

/// State machines that have been read, by the hash of their definition, so that each is read once.
///
/// Those of the service itself stay. Of the others the ones that were used last are kept, as long as their definitions
/// are not too large together: a machine takes some twenty times the bytes of its definition.
///
/// What locks is not inlined, since the compiler would put it into async functions (docs/architecture.md, Locks).
package final class MachineCache: Sendable {
    /// How many bytes the definitions have together at most; one that has more is read each time.
    package static let maximumBytes = 4_194_304
    /// What a definition counts for at least: a small one takes more than its bytes, too.
    private static let smallest = 4096

    private struct Entry {
        let machine: StateMachine
        let bytes: Int
        var lastUse: UInt64
    }

    private struct State {
        var own: [String: StateMachine] = [:]
        var others: [String: Entry] = [:]
        var bytes = 0
        var uses: UInt64 = 0

        mutating func machine(_ hash: String) -> StateMachine? {
            if let machine = own[hash] { return machine }
            guard var entry = others[hash] else { return nil }
            uses += 1
            entry.lastUse = uses
            others[hash] = entry
            return entry.machine
        }

        mutating func add(_ machine: StateMachine, _ hash: String, bytes size: Int, limit: Int) {
            if size > limit || own[hash] != nil || others[hash] != nil { return }
            while bytes + size > limit, let oldest = others.min(by: { $0.value.lastUse < $1.value.lastUse }) {
                bytes -= oldest.value.bytes
                others[oldest.key] = nil
            }
            uses += 1
            others[hash] = Entry(machine: machine, bytes: size, lastUse: uses)
            bytes += size
        }
    }

    private let state = Mutex(State())
    private let maximumBytes: Int

    package init(maximumBytes: Int = MachineCache.maximumBytes) {
        self.maximumBytes = maximumBytes
    }

    /// The machine of a definition, if it has been read and is kept.
    package subscript(hash: String) -> StateMachine? {
        @inline(never) get { state.withLock { $0.machine(hash) } }
    }

    /// How many bytes the definitions of clients' machines have together that are kept.
    package var byteCount: Int {
        @inline(never) get { state.withLock { $0.bytes } }
    }

    /// The machine of a definition, read now if it is not kept.
    package func machine(hash: String, definition: () throws -> String) throws -> StateMachine {
        if let machine = self[hash] { return machine }
        let text = try definition()
        let machine = try StateMachine(parsing: text)
        add(machine, hash: hash, bytes: max(text.utf8.count, Self.smallest))
        return machine
    }

    @inline(never)
    private func add(_ machine: StateMachine, hash: String, bytes: Int) {
        state.withLock { $0.add(machine, hash, bytes: bytes, limit: maximumBytes) }
    }

    /// Keeps a machine of the service itself for good.
    @inline(never)
    func keep(_ machine: StateMachine, hash: String) {
        state.withLock { $0.own[hash] = machine }
    }
}
