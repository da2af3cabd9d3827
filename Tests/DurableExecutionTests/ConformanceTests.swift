import DurableExecution
import Foundation
import StatesLanguage
import TestSupport
import Testing

/// Executions recorded from AWS, run again here: those whose machines need nothing that is not supported.
@Suite(.enabled(if: Project.hasRecordings, "the recorded behaviour of AWS is not beside the project"))
struct ConformanceTests {
    /// What the language has and this engine does not, by the recordings' own names for it. Nothing else is left out.
    static let unsupported = [
        "waitForTaskToken", "activity", "credentials",
    ]

    @Test(arguments: [("exec.json", 400), ("exec-jsonata.json", 67)])
    func `executions recorded from AWS give the same status, output, error, cause and history`(
        name: String, count: Int
    ) throws {
        let file = try #require(Project.conformance(name))
        let recordings = try JSONValue(parsing: Array(Data(contentsOf: file))).arrayValue ?? []
        var leftOut: [String: Int] = [:]
        var passed = 0
        for json in recordings {
            let recording = Recording(json)
            if let reason = recording.unsupportedFeature {
                leftOut[reason, default: 0] += 1
                continue
            }
            let difference = try recording.play()
            #expect(difference == nil, "\(recording.id): \(difference ?? "")")
            if difference == nil { passed += 1 }
        }
        let features = leftOut.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        print("\(name): \(passed) of \(recordings.count) play the same; not supported: \(features)")
        #expect(passed > count)
    }
}

/// One recorded execution.
private struct Recording {
    let json: JSONValue
    let id: String
    let definition: String

    init(_ json: JSONValue) {
        self.json = json
        id = json["id"]?.stringValue ?? ""
        definition = json["definition"]?.stringValue ?? ""
    }

    var unsupportedFeature: String? {
        let features = (json["features"]?.arrayValue ?? []).compactMap(\.stringValue)
        if let feature = ConformanceTests.unsupported.first(where: features.contains) { return feature }
        if definition.contains("HeartbeatSeconds") { return "heartbeats" }
        if definition.contains("DISTRIBUTED") { return "distributed Map states" }
        if definition.firstMatch(of: /"Resource": ?"arn:aws:lambda:/) != nil { return "functions called by their ARN" }
        if json["api"] == "start_sync_execution" { return "synchronous express executions" }
        if features.contains("type:Task"), (json["mocks"]?.objectValue ?? [:]).isEmpty { return "no recorded answer" }
        return nil
    }

    /// Runs the recording and says what is different, if anything is.
    func play() throws -> String? {
        let machine = try StateMachine(parsing: definition)
        let reference = StateMachineReference(
            arn: "arn:aws:states:us-east-1:111111111111:stateMachine:case", name: "case",
            roleARN: "arn:aws:iam::111111111111:role/cleanroom", definitionHash: "")
        let start = ExecutionStart(
            machine: reference, name: "execution", input: try JSONValue(parsing: json["input"]?.stringValue ?? "{}"),
            startedAt: Timestamp(milliseconds: 1_750_000_000_000), seed: 1)
        var interpreter = Interpreter(start: start, machine: machine, recording: HistoryWindow())
        var mocks = Mocks(json["mocks"]?.objectValue ?? [:])
        var now = start.startedAt
        var actions = interpreter.begin()[...]
        while let action = actions.popFirst() {
            switch action {
            case .runTask(let request):
                let answer = mocks.answer(request.stateName)
                actions += interpreter.apply(answer.event(id: request.id), at: now)
            case .wait(let until, let id):
                now = max(now, until)
                actions += interpreter.apply(.timerFired(id: id), at: now)
            case .finish, .goOn, .cancel: break
            }
        }
        guard let outcome = interpreter.outcome else { return "it did not end" }
        return compare(outcome, interpreter.takeHistory())
    }

    private func compare(_ outcome: ExecutionOutcome, _ history: [HistoryEvent]) -> String? {
        let expected = json["expected"] ?? [:]
        // One was recorded before it ended.
        guard let status = expected["status"]?.stringValue else { return nil }
        if status != outcome.status.rawValue { return "status \(outcome)" }
        switch outcome {
        case .succeeded(let output):
            if let expected = expected["output"], let difference = difference(expected, output, "output") {
                return difference
            }
        case .failed(let error, let cause):
            if let expected = expected["error"], let difference = difference(expected, .string(error ?? ""), "error") {
                return difference
            }
            if let expected = expected["cause"], let difference = difference(expected, .string(cause ?? ""), "cause") {
                return difference
            }
        default: break
        }
        guard let types = expected["eventTypes"]?.arrayValue?.compactMap(\.stringValue) else { return nil }
        if expected["parallelNormalised"] == true { return compareUnordered(expected, history) }
        let history = types.first == "ExecutionStarted" ? history : history.reversed()
        if types != history.map(\.kind.name) { return "event types \(history.map(\.kind.name)), not \(types)" }
        for (expected, event) in zip(expected["events"]?.arrayValue ?? [], history) {
            // What the service had said when a job was submitted is not in the recorded answers.
            if event.kind == .taskSubmitted { continue }
            if let difference = difference(expected, event.json, "event \(event.id)") { return difference }
        }
        return nil
    }

    /// The events of a Parallel state were sorted when they were recorded, their numbers were lost, and its success is not
    /// among them, nor its failure where that was caught.
    private func compareUnordered(_ expected: JSONValue, _ history: [HistoryEvent]) -> String? {
        let hasFailed = expected["eventTypes"]?.arrayValue?.contains("ParallelStateFailed") == true
        var found = history.filter {
            $0.kind != .parallelStateSucceeded && (hasFailed || $0.kind != .parallelStateFailed)
        }.map(\.json)
        for event in expected["events"]?.arrayValue ?? [] {
            let isNumbered = event["id"]?.integerValue != nil
            let position = found.firstIndex { candidate in
                if isNumbered { return difference(event, candidate, "") == nil }
                return difference(Self.unnumbered(event), Self.unnumbered(candidate), "") == nil
            }
            guard let position else { return "no event is like \(event.text.prefix(300))" }
            found.remove(at: position)
        }
        return found.isEmpty ? nil : "\(found.count) events are too many: \(found.map(\.text))"
    }

    private static func unnumbered(_ event: JSONValue) -> JSONValue {
        guard case .object(var members) = event else { return event }
        (members["id"], members["previousEventId"]) = (nil, nil)
        return .object(members)
    }

    // MARK: Recorded values, some of which stand for others

    /// Texts that stand for whatever changes from run to run.
    private static let wildcards: Set<String> = [
        "timestamp", "datetime", "snf_role_arn", "sfn_role_arn", "start-time", "entered-time", "start-date",
        "stop-date", "date", "uuid", "json-input", "execution-arn", "state-machine-arn", "uuid-generated",
        "RandomNumberGenerated",
    ]

    private func difference(_ expected: JSONValue, _ actual: JSONValue, _ place: String) -> String? {
        switch (expected, actual) {
        case (.object, .string(let text)), (.array, .string(let text)), (.integer, .string(let text)):
            guard let parsed = try? JSONValue(parsing: text) else { return "\(place): \(text)" }
            return difference(expected, parsed, place)
        case (.object(let expected), .object(let actual)):
            for (name, value) in expected where name != "timestamp" {
                guard let found = actual[name] else { return "\(place).\(name) is missing" }
                if let difference = difference(value, found, "\(place).\(name)") { return difference }
            }
            for name in actual.names where name != "timestamp" && expected[name] == nil {
                if !expected.names.contains(where: { $0.contains("<") }) { return "\(place).\(name) is too many" }
            }
            return nil
        case (.array(let expected), .array(let actual)):
            if expected.count != actual.count { return "\(place): \(actual.count) elements, not \(expected.count)" }
            for (index, (expected, actual)) in zip(expected, actual).enumerated() {
                if let difference = difference(expected, actual, "\(place)[\(index)]") { return difference }
            }
            return nil
        case (.string(let text), _) where Self.wildcards.contains(text):
            return nil
        case (.string(let text), .string(let found)):
            if text == found || Self.fits(found, text) { return nil }
            if let left = try? JSONValue(parsing: text) {
                let right = (try? JSONValue(parsing: found)) ?? actual
                if left != expected, difference(left, right, place) == nil || left == actual { return nil }
            }
        case (.string(let text), _):
            // What is no object is recorded as its text.
            if let parsed = try? JSONValue(parsing: text), difference(parsed, actual, place) == nil { return nil }
        default:
            if expected == actual { return nil }
            if let left = expected.doubleValue, let right = actual.doubleValue, abs(left - right) < 1e-9 { return nil }
        }
        return "\(place): \(actual.text.prefix(300)), not \(expected.text.prefix(300))"
    }

    /// Whether a text fits another in which `<…>` and an account of twelve ones stand for anything.
    private static func fits(_ text: String, _ pattern: String) -> Bool {
        let parts = pattern.split(separator: /<[A-Za-z_][^<>]*>|111111111111/, omittingEmptySubsequences: false)
        if parts.count < 2 { return false }
        var rest = text[...]
        for (index, part) in parts.enumerated() {
            if index == 0 {
                if !rest.hasPrefix(part) { return false }
                rest = rest.dropFirst(part.count)
            } else if index == parts.count - 1 {
                return rest.hasSuffix(part)
            } else {
                guard let range = rest.firstRange(of: part) else { return false }
                rest = rest[range.upperBound...]
            }
        }
        return true
    }
}

/// The recorded answers of services, state by state in their order.
private struct Mocks {
    private var answers: [String: [JSONValue]]

    init(_ json: JSONObject) {
        answers = Dictionary(uniqueKeysWithValues: json.map { ($0, $1.arrayValue ?? []) })
    }

    mutating func answer(_ state: String) -> Reply {
        // Of a Parallel state it was not recorded which of its tasks was answered.
        let state = answers[state] == nil ? "?" : state
        guard var list = answers[state], let first = list.first else {
            return .error(TaskFailure("Test.NoAnswer", "nothing is recorded for \(state)"))
        }
        // The last answer stands for all later ones.
        if list.count > 1 { list.removeFirst() }
        answers[state] = list
        if let result = first["Return"] {
            return .result(result)
        }
        let cause = first["Throw"]?["Cause"].flatMap { $0 == .null ? nil : $0 }
        return .error(
            TaskFailure(first["Throw"]?["Error"]?.stringValue ?? "", cause?.stringValue ?? cause?.text ?? ""))
    }
}
