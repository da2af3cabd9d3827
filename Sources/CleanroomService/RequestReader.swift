import CleanroomModel
package import DurableExecution
package import EmbeddedLake
package import StatesLanguage

/// Finds out what became of requests, and writes it down as one document.
package struct RequestReader: Sendable {
    private let store: LakeStore
    /// The bucket in which rooms are made; `nil` where a folder is read without its deployment.
    private let bucket: String?

    package init(store: LakeStore, bucket: String? = nil) {
        (self.store, self.bucket) = (store, bucket)
    }

    // MARK: What became of it

    /// What became of a request so far; `nil` when it was never made.
    ///
    /// - Parameter machine: the ARN of the machine that was asked.
    package func outcome(
        of requestID: String, on machine: StateMachineReference, isRepeat: Bool = false
    ) throws -> RequestOutcome? {
        // A client may have had a machine of this name before the service had.
        try store.execution(named: machine.executionARN(name: requestID)).flatMap {
            $0.isOwn ? try outcome(of: $0, isRepeat: isRepeat) : nil
        }
    }

    /// What became of the request for which an execution was started.
    ///
    /// An execution that has joined an earlier one of the same request leaves the outcome to it; one that could not tell
    /// its outcome is seen to by a recovery, and that by the next one where it could not either.
    package func outcome(of asked: ExecutionRecord, isRepeat: Bool = false) throws -> RequestOutcome {
        var (record, recovery, count) = (asked, ExecutionRecord?.none, Int64(0))
        var seen: Set<ExecutionARN> = []
        while true {
            let last = recovery ?? record
            if last.status == .succeeded, last.answer == nil, let first = last.output?["execution"]?.stringValue,
                seen.insert(record.start.arn).inserted, let other = try store.execution(named: ExecutionARN(first))
            {
                (record, recovery, count) = (other, nil, 0)
            } else if last.isLost, let next = try self.recovery(after: last.start.arn, of: record.start.arn) {
                (recovery, count) = (next, count + 1)
            } else {
                return RequestOutcome(record: record, recovery: recovery, recoveryCount: count, isRepeat: isRepeat)
            }
        }
    }

    /// The recovery that is started when an execution is lost. Any other machine may have an execution of that name.
    private func recovery(after lost: ExecutionARN, of execution: ExecutionARN) throws -> ExecutionRecord? {
        try store.executions(named: Self.recoveryName(of: lost), limit: Self.maximumNamesakes)
            .first { $0.isOwn && $0.recovers == execution.text }
    }

    /// How many executions of one name are looked at. The service's own come first.
    private static let maximumNamesakes = 20

    /// The name of the execution that sees to the outcome of another one.
    static func recoveryName(of execution: ExecutionARN) -> String {
        "recover-" + StateMachineVersion.sha256(execution.text)
    }

    // MARK: What was done

    /// What has come to pass in a request: the events of its execution that those who follow it are told of, then those
    /// of its recovery, without what went in and came out.
    package func history(of outcome: RequestOutcome) throws -> [HistoryEvent] {
        try ([outcome.record] + (outcome.recovery.map { [$0] } ?? [])).flatMap {
            try store.history(of: $0, HistoryWindow(.followed))
        }
    }

    /// The steps of these events, of each execution in their order.
    static func steps(of events: [HistoryEvent]) -> [RequestStep] {
        var steps: [(execution: ExecutionARN, steps: RequestSteps)] = []
        for event in events {
            if steps.last?.execution != event.execution { steps.append((event.execution, RequestSteps())) }
            _ = steps[steps.count - 1].steps.take(event)
        }
        return steps.flatMap(\.steps.steps)
    }

    // MARK: The document

    /// What became of a request, as the command line, the JSON API, its events and lists print it.
    ///
    /// - Parameter hasSteps: whether the steps are told; a list of many leaves them out.
    package func document(
        _ outcome: RequestOutcome, now: Timestamp, hasSteps: Bool = true
    ) throws -> JSONObject {
        let record = outcome.record
        let steps = Self.steps(of: try history(of: outcome))
        var document: JSONObject = ["requestId": .string(outcome.requestID)]
        if let account = outcome.account { document["account"] = .string(account) }
        if let database = outcome.database {
            document["database"] = .string(database)
            if let bucket { document["location"] = .string(LocationLayout.location(of: database, in: bucket)) }
        }
        document["status"] = .string(outcome.status.rawValue)
        document["repeated"] = .bool(outcome.isRepeat)
        document["executionArn"] = .string(record.start.arn.text)
        document["startedAt"] = .string(record.start.startedAt.text)
        if outcome.isFinal, let end = outcome.last.stoppedAt { document["endedAt"] = .string(end.text) }
        document["durationMs"] = .integer(outcome.duration(now: now))
        if let recovery = outcome.recovery { document["recoveredBy"] = .string(recovery.start.arn.text) }
        if hasSteps { document["steps"] = .array(steps.map(\.json)) }
        document["outcome"] = Self.decision(outcome)
        document["delivery"] = try delivery(of: outcome, steps)
        return document
    }

    /// `null` until it is decided.
    private static func decision(_ outcome: RequestOutcome) -> JSONValue {
        guard outcome.isDecided else { return .null }
        var document: JSONObject = ["status": .string(outcome.status.rawValue)]
        if let error = outcome.error {
            document["error"] = ["message": .string(error.message), "cause": .string(error.cause)]
            document["leftovers"] = .bool(outcome.mayLeaveSomething)
        }
        return .object(document)
    }

    /// `null` until there is an answer.
    private func delivery(of outcome: RequestOutcome, _ steps: [RequestStep]) throws -> JSONValue {
        guard let answer = outcome.answer else { return .null }
        let telling = steps.last { $0.isDelivery }
        var document: JSONObject = [
            "status": .string(answer.status.rawValue), "path": .string(answer.path), "body": answer.body,
            "attempts": .integer(telling?.attempts ?? 0), "redriveCount": .integer(outcome.last.redriveCount),
        ]
        guard answer.status == .undelivered else { return .object(document) }
        if let failure = telling?.failure { document["failure"] = failure.json }
        if let time = try store.wakingTime(of: outcome.last) { document["nextAttemptAt"] = .string(time.text) }
        document["isGivenUp"] = .bool(outcome.isFinal)
        return .object(document)
    }
}

extension RequestStep {
    package var json: JSONValue {
        var document: JSONObject = [
            "name": .string(name), "role": .string(role.rawValue), "status": .string(status.rawValue),
            "startedAt": .string(startedAt.text),
            "attempts": .integer(attempts),
        ]
        if let endedAt { document["endedAt"] = .string(endedAt.text) }
        if foundNothing { document["found"] = false }
        if let failure { document["failure"] = failure.json }
        return .object(document)
    }
}

extension TaskFailure {
    fileprivate var json: JSONValue { ["error": .string(error), "cause": .string(cause)] }
}
