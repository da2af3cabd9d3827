import DurableExecution
import HeapModule
import StatesLanguage
import Synchronization

/// What is going to happen in a simulation, and when. Time goes to the next thing at once.
final class Agenda {
    private struct Item: Comparable {
        let time: Int64
        /// Of what falls on one time, what was put down first comes first.
        let number: Int
        let action: () -> Void

        static func < (left: Item, right: Item) -> Bool { (left.time, left.number) < (right.time, right.number) }
        static func == (left: Item, right: Item) -> Bool { left.number == right.number }
    }

    /// Milliseconds since the beginning.
    private(set) var now: Int64 = 0
    private var items = Heap<Item>()
    private var count = 0

    func after(_ milliseconds: Int64, _ action: @escaping () -> Void) { at(now + milliseconds, action) }

    func at(_ time: Int64, _ action: @escaping () -> Void) {
        count += 1
        items.insert(Item(time: max(time, now), number: count, action: action))
    }

    /// Does what comes next; `false` when nothing does.
    func advance() -> Bool {
        guard let item = items.popMin() else { return false }
        now = item.time
        item.action()
        return true
    }
}

/// The clock of the machine on which the engine runs, which may be wrong.
final class SimulatedClock: EngineClock {
    /// When a simulation begins.
    static let beginning: Int64 = 1_767_225_600_000

    private let time = Atomic<Int64>(SimulatedClock.beginning)

    func set(_ milliseconds: Int64) { time.store(Self.beginning + milliseconds, ordering: .relaxed) }

    func now() -> Timestamp { Timestamp(milliseconds: time.load(ordering: .relaxed)) }

    func sleep(until deadline: Timestamp) async throws {
        preconditionFailure("time in a simulation is not waited for")
    }
}
