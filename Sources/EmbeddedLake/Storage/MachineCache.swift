import StatesLanguage
import Synchronization

/// State machines that have been read, by the hash of their definition, so that each is read once.
///
/// What locks is not inlined, since the compiler would put it into async functions (docs/architecture.md, Locks).
package final class MachineCache: Sendable {
    private let machines = Mutex<[String: StateMachine]>([:])

    package init() {}

    /// The machine of a definition, if it has been read.
    subscript(hash: String) -> StateMachine? {
        @inline(never) get { machines.withLock { $0[hash] } }
    }

    /// The machine of a definition, read now if it has not been before.
    func machine(hash: String, definition: () throws -> String) throws -> StateMachine {
        if let machine = self[hash] { return machine }
        let machine = try StateMachine(parsing: try definition())
        keep(machine, hash: hash)
        return machine
    }

    @inline(never)
    func keep(_ machine: StateMachine, hash: String) {
        machines.withLock { $0[hash] = machine }
    }
}
