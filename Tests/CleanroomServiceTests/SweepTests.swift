import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import StatesLanguage
import TestSupport
import Testing

/// What a sweep looks at, and how often one execution is recovered.
@Suite(.timeLimit(.minutes(2)))
struct SweepTests {
    private static let arn =
        "arn:aws:states:us-east-1:000000000000:execution:core-account-cleanroom-create:one"

    /// Runs the recovery until it has made its first call that is no list of executions, or has ended; every list but
    /// the first is empty.
    ///
    /// - Returns: the tasks that it has called.
    private func sweep(at time: String, listing executions: [JSONValue]) throws -> [TaskRequest] {
        let version = try TestLake.recovery.get()
        let machine = try StateMachine(parsing: version.definition)
        let start = ExecutionStart(
            machine: version.reference, name: "sweep", input: ["sweep": true],
            startedAt: try #require(Timestamp(parsing: time)), seed: 1)
        var interpreter = Interpreter(start: start, machine: machine)
        var actions = interpreter.begin()
        var tasks: [TaskRequest] = []
        while case .runTask(let task)? = actions.first {
            tasks.append(task)
            guard task.resource.action == "listExecutions" else { return tasks }
            let reply: JSONValue = ["Executions": .array(tasks.count == 1 ? executions : [])]
            actions = interpreter.answer(.result(reply), at: start.startedAt)
        }
        return tasks
    }

    private func listed(_ startDate: String) -> JSONValue {
        ["ExecutionArn": .string(Self.arn), "StartDate": .string(startDate), "Status": "FAILED"]
    }

    @Test(arguments: [
        ("2026-11-28T17:00:00.000Z", "2026-11-26T17:00:00.000Z", true),
        ("2026-11-28T17:00:00.000Z", "2026-11-26T16:59:59.999Z", false),
        ("2026-11-03T00:00:00.000Z", "2026-11-01T00:00:00.000Z", true),
        ("2026-11-02T00:00:00.000Z", "2026-10-31T00:00:00.000Z", true),
        ("2026-11-01T00:00:00.000Z", "2026-10-29T23:59:59.999Z", false),
        ("2028-03-01T00:00:00.000Z", "2028-02-28T00:00:00.000Z", true),
        ("2027-01-01T00:00:00.000Z", "2026-12-30T00:00:00.000Z", true),
        ("2027-01-02T00:00:00.000Z", "2026-12-30T23:59:59.999Z", false),
    ])
    func `a sweep ends a list at what started more than two days ago`(
        now: String, startDate: String, isLookedAt: Bool
    ) throws {
        let tasks = try sweep(at: now, listing: [listed(startDate)])
        #expect((tasks.last?.resource.action == "describeExecution") == isLookedAt)
        // Three ways to end, of two machines.
        if !isLookedAt { #expect(tasks.count == 6) }
    }

    @Test func `a sweep reads each of the lists of both machines`() throws {
        let tasks = try sweep(at: "2026-11-28T17:00:00.000Z", listing: [])
        let version = try TestLake.recovery.get()
        let lists = tasks.map {
            [$0.parameters["StateMachineArn"]?.stringValue, $0.parameters["StatusFilter"]?.stringValue]
        }
        let machines = [try TestLake.machine.get().reference.arn, version.reference.arn]
        #expect(lists == machines.flatMap { arn in ["FAILED", "TIMED_OUT", "ABORTED"].map { [arn, $0] } })
    }

    /// What a sweep starts for a recovery that did not come to its end.
    private func restart(of input: JSONValue) throws -> JSONValue? {
        let version = try TestLake.recovery.get()
        let machine = try StateMachine(parsing: version.definition)
        let time = Timestamp(milliseconds: 1_760_000_000_000)
        let recovery = version.reference.executionARN(name: "recover-it").text
        let start = ExecutionStart(
            machine: version.reference, name: "sweep", input: ["executionArn": .string(recovery)], startedAt: time,
            seed: 1)
        var interpreter = Interpreter(start: start, machine: machine)
        var actions = interpreter.begin()
        while case .runTask(let task)? = actions.first {
            if task.resource.action == "startExecution" {
                return try (task.parameters["Input"]?.stringValue).map { try JSONValue(parsing: $0) }
            }
            actions = interpreter.answer(
                .result([
                    "ExecutionArn": .string(recovery), "Status": "FAILED", "Error": "States.Runtime",
                    "Input": .string(input.text), "Name": "recover-it", "StartDate": .string(time.text),
                ]), at: time)
        }
        // Whatever it was, it does not keep the sweep from what is behind it.
        #expect(interpreter.outcome?.status == .succeeded, "\(input.text.prefix(200))")
        return nil
    }

    @Test(arguments: 1...6)
    func `a recovery that did not come to its end is made again, five times in all`(attempt: Int64) throws {
        let histories: JSONValue = ["arn": .string(Self.arn)]
        let input: JSONValue = [
            "recover": true, "executionArn": .string(Self.arn), "attempt": .integer(attempt), "histories": histories,
        ]
        let next = try restart(of: input)
        #expect(next?["attempt"] == (attempt < 5 ? .integer(attempt + 1) : nil))
        #expect(next?["executionArn"] == (attempt < 5 ? .string(Self.arn) : nil))
        // What the lost recovery had come to is read first.
        #expect(next?["histories"]?["before"] == (attempt < 5 ? histories : nil))
        let last = next?["histories"]?["arn"]?.stringValue
        #expect(last?.hasSuffix(":recover-it") == (attempt < 5 ? true : nil))
    }

    @Test func `what was started by hand without a count is not made again`() throws {
        #expect(try restart(of: ["recover": true, "executionArn": .string(Self.arn)]) == nil)
    }

    /// Whoever may start the machine may give it anything.
    @Test(
        arguments: [
            ["attempt": "1"], ["attempt": 0], ["attempt": .double(-1e300)], ["attempt": [1]], ["attempt": .null],
            ["executionArn": 7], ["histories": "x"], ["histories": ["arn": 7]], ["recover": "x", "histories": .null],
            ["note": .string(String(repeating: "x", count: 262_000))],
        ] as [JSONObject])
    func `what somebody has started by hand does not stop a sweep`(changes: JSONObject) throws {
        let sound: JSONObject = [
            "recover": true, "executionArn": .string(Self.arn), "attempt": 1,
            "histories": ["arn": .string(Self.arn)],
        ]
        #expect(try restart(of: .object(sound)) != nil)
        #expect(try restart(of: .object(sound.merging(changes))) == nil)
        for input: JSONValue in ["text", [], .null, 7, [:]] { #expect(try restart(of: input) == nil) }
    }

    /// An execution may have 25,000 events, and to look at one that has failed takes some ten.
    @Test func `a sweep hands on to another one where a list has more than a page`() async throws {
        let lake = try TestLake(faults: Faults(.init("GrantToAccount", .hangingAfter, times: 1)))
        let lost = try TestLake.request()
        _ = try await lake.interrupt(try TestLake.machine.get(), input: lost.json, name: lost.requestID.text)
        for number in 0..<120 {
            let refused = try await lake.start(input: [:], name: "refused-\(number)")
            #expect(refused.error == ExecutionError.notCreated)
        }
        _ = try lake.store.startExecution(
            of: try TestLake.recovery.get(), name: "the-sweep", input: ["sweep": true],
            at: SystemClock().now(), seed: 1)
        try await lake.recover()
        #expect(try lake.answers().count == 121)
        #expect(try lake.store.room("acme_room") == nil)
        let recovery = try TestLake.recovery.get().reference
        let sweeps = try lake.store.executions(limit: 1000).filter {
            $0.start.machine.arn == recovery.arn && $0.start.input["sweep"] != nil
        }
        #expect(sweeps.count == 3)
        for sweep in sweeps {
            #expect(sweep.status == .succeeded)
            #expect(try lake.store.history(of: sweep).count < 1000)
        }
    }

    /// What Step Functions says of an execution has its input as text, in which a quote takes two characters.
    @Test(arguments: [nil, "CreateDatabase", "GrantToAccount", "RollBack"])
    func `an execution whose description is too large is recovered`(step: String?) async throws {
        let faults =
            switch step {
            case nil: Faults()
            case "RollBack": Faults(.init("VerifyDatabase", .before), .init("RollBack", .hangingAfter))
            case let step?: Faults(.init(step, .hangingAfter))
            }
        let lake = try TestLake(faults: faults)
        let request = try TestLake.request()
        var input = try #require(request.json.objectValue)
        if step == nil {
            // The refusal keeps it beside the error, and so has more than a state may give.
            input["account"] = .string(String(repeating: "x", count: 261_900))
        } else {
            input["note"] = .string(String(repeating: "\"", count: 120_000))
        }
        let record = try await lake.interrupt(
            try TestLake.machine.get(), input: .object(input), name: request.requestID.text)
        // What is too large for a single state ends at the first of them.
        #expect((record.error == StatesError.dataLimitExceeded) == (step == nil))
        #expect(try lake.answers().isEmpty)
        _ = try lake.store.startExecution(
            of: try TestLake.recovery.get(), name: "event", input: ["executionArn": .string(record.start.arn.text)],
            at: lake.clock.now(), seed: 1)
        try await lake.recover()
        let answers = try lake.answers()
        #expect(answers.count == 1)
        #expect(answers.first?.body["requestId"] == .string(request.requestID.text))
        #expect(answers.first?.path == Answer.Path.failed)
        let message = answers.first?.body["error"]?["message"]?.stringValue
        #expect(
            message
                == (step == nil ? ErrorMessage.invalidRequest : step == "RollBack" ? .notVerified : .interrupted)
                .rawValue)
        #expect(try lake.store.room("acme_room") == nil)
        #expect(try lake.store.hasDatabase("acme_room") == false)
    }
}
