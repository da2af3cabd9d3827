import DurableExecution
import EmbeddedLake
import Foundation
import StatesLanguage
import Synchronization
import TestSupport
import Testing

/// A clock that is not what it was.
@Suite(.timeLimit(.minutes(1)))
struct ClockTests {
    @Test(arguments: [0, 1_000, 86_400_000, 3_153_600_000_000] as [Int64])
    func `a clock that was set back does not make an execution wait longer`(back: Int64) async throws {
        let folder = TemporaryFolder()
        let store = try LakeStore(folder: DataFolder(path: folder.path))
        let definition: JSONValue = [
            "StartAt": "W",
            "States": [
                "W": ["Type": "Wait", "Seconds": 10, "Next": "V"],
                "V": ["Type": "Wait", "Seconds": 5, "End": true],
            ],
        ]
        let reference = StateMachineReference(
            arn: "arn:aws:states:us-east-1:000000000000:stateMachine:w", name: "w", roleARN: "r", definitionHash: "w")
        let start = Timestamp(milliseconds: 1_760_000_000_000)
        _ = try store.startExecution(
            of: StateMachineVersion(reference: reference, definition: definition.text), name: "e", input: [:],
            at: start,
            seed: 1)
        let clock = SetClock(start.advanced(byMilliseconds: -back))
        let engine = Engine(store: store, handlers: LakeServices.handlers(), clock: clock)
        try await engine.resume()
        let outcome = try await engine.outcome(of: reference.executionARN(name: "e"))
        await engine.shutDown()
        #expect(outcome?.status == .succeeded)
        #expect(clock.spans == [10_000, 5_000])
        let record = try #require(try store.execution(named: "e"))
        #expect(try #require(record.stoppedAt) >= start, "an execution never ends before it has begun")
    }

    @Test func `a moment that lies as far ahead as a moment can is slept towards, and the sleep can be ended`()
        async throws
    {
        let far = try #require(Timestamp(parsing: "9999-12-31T23:59:59Z"))
        let sleeper = Task { try await SystemClock().sleep(until: far) }
        try await Task.sleep(for: .milliseconds(20))
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
    }
}

/// A clock that somebody has set, and that goes where it is waited for.
private final class SetClock: EngineClock {
    private let state: Mutex<(now: Timestamp, spans: [Int64])>

    init(_ now: Timestamp) {
        state = Mutex((now, []))
    }

    /// How long each sleep was, in milliseconds.
    var spans: [Int64] { state.withLock { $0.spans } }

    func now() -> Timestamp { state.withLock { $0.now } }

    func sleep(until deadline: Timestamp) async throws {
        state.withLock { state in
            state.spans.append(deadline.milliseconds - state.now.milliseconds)
            state.now = max(state.now, deadline)
        }
    }
}
