import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import StatesLanguage

/// Makes rooms on one thread with a clock that stands still: the same instructions on every run, to be counted.
struct FixedWorkload {
    private static let roomsPerTurn = 10
    private let folder: String
    private let rooms: Int

    private struct StoppedClock: EngineClock {
        func now() -> Timestamp { Timestamp(milliseconds: 1_764_000_000_000) }
        func sleep(until deadline: Timestamp) async throws {}
    }

    init(_ options: Options) throws {
        (folder, rooms) = (try options.text("folder"), try options.number("rooms"))
    }

    func run() throws -> JSONValue {
        let store = try LakeStore(folder: DataFolder(path: folder))
        let version = try DeployedWorkflow.all(for: .standard)[0].machine
        let machine = try StateMachine(parsing: version.definition)
        let clock = StoppedClock()
        var core = EngineCore<LakeTransaction>(handlers: LakeServices.handlers())
        var ended = 0
        for first in stride(from: 0, to: rooms, by: Self.roomsPerTurn) {
            let starts = try (first..<min(first + Self.roomsPerTurn, rooms)).map {
                try RoomsLoop.start($0, of: version.reference, at: clock.now())
            }
            try store.writeNow { transaction in
                for start in starts { _ = try transaction.start(start, of: version) }
            }
            for start in starts { core.takeUp(JournalledExecution(start: start, entries: []), on: machine) }
            while core.hasInput {
                let turn = core.beginTurn(clock: clock)
                for (execution, action) in core.endTurn(try store.writeNow { try turn.carryOut(in: $0) }) {
                    switch action {
                    case .finish(let outcome) where outcome.status == .succeeded: ended += 1
                    case .goOn:
                        guard let interpreter = core.interpreter(of: execution) else { continue }
                        _ = core.receive(.wentOn(Evaluation(of: interpreter)), for: execution)
                    case .runTask, .wait, .cancel, .finish: break
                    }
                }
            }
        }
        if ended != rooms { throw Options.Invalid(description: "only \(ended) of \(rooms) rooms stand") }
        return ["rooms": .integer(Int64(rooms))]
    }
}
