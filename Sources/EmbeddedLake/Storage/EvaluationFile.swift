import DurableExecution
import Foundation
import Synchronization

/// The names of the executions that a process evaluates, in a file that stays when the process is killed.
///
/// Each has a slot of its own in the file. It is written without waiting for the disk: it is to outlive the process, not
/// the machine, since an execution that ended a process is found by it and a power failure is no execution's fault. What
/// cannot be written (a full disk) is not noted.
final class EvaluationFile: EvaluationNotes {
    /// An ARN has at most 256 bytes on AWS; one that does not fit here is not noted.
    private static let slotBytes = 1024

    private struct State {
        var descriptor: Int32?
        var isUsed: [Bool] = []
    }

    private let path: String
    private let state = Mutex(State())

    init(path: String) {
        self.path = path
    }

    deinit {
        state.withLock { state in if let descriptor = state.descriptor { close(descriptor) } }
    }

    @inline(never)  // It locks (docs/architecture.md, Locks).
    func begin(_ execution: ExecutionARN) -> Int {
        state.withLock { state in
            let slot = state.isUsed.firstIndex(of: false) ?? state.isUsed.count
            if slot == state.isUsed.count { state.isUsed.append(true) } else { state.isUsed[slot] = true }
            let name = Array(execution.text.utf8)
            if name.count < Self.slotBytes {
                write(name + Array(repeating: 0, count: Self.slotBytes - name.count), slot, &state)
            }
            return slot
        }
    }

    @inline(never)
    func end(_ note: Int) {
        state.withLock { state in
            state.isUsed[note] = false
            write([0], note, &state)
        }
    }

    private func write(_ bytes: [UInt8], _ slot: Int, _ state: inout State) {
        let descriptor = state.descriptor ?? open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if descriptor < 0 { return }
        state.descriptor = descriptor
        _ = pwrite(descriptor, bytes, bytes.count, off_t(slot * Self.slotBytes))
    }

    /// The executions that the process before was evaluating when it ended. Only the owner of the engine may ask.
    func interrupted() -> [ExecutionARN] {
        // No file means that nothing was noted.
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        let bytes = [UInt8](data)
        return stride(from: 0, to: bytes.count, by: Self.slotBytes).compactMap { start in
            let name = bytes[start..<min(start + Self.slotBytes, bytes.count)].prefix { $0 != 0 }
            return name.isEmpty ? nil : ExecutionARN(String(decoding: name, as: UTF8.self))
        }
    }

    /// Forgets what the process before was evaluating.
    func clear() { truncate(path, 0) }
}
