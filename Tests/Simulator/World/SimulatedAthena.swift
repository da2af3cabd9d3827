import DurableExecution
import EmbeddedLake
import StatesLanguage

/// Athena as it is: a statement is taken in at one time, runs, and ends at another.
final class SimulatedAthena {
    private let lake: SimulatedLake
    private let agenda: Agenda
    private let change: (() throws -> Void) -> Void
    private var waiting: [String: [(TaskResult) -> Void]] = [:]
    /// Statements that are to end in another way than they should.
    private var oddities: [String: Happening.Kind] = [:]

    /// - Parameter change: runs what changes the lake.
    init(lake: SimulatedLake, agenda: Agenda, change: @escaping (() throws -> Void) -> Void) {
        self.lake = lake
        self.agenda = agenda
        self.change = change
    }

    /// Takes a statement in, and has it run after `duration` milliseconds unless it was taken in before.
    func start(
        _ request: TaskRequest, duration: Int64, oddity: Happening.Kind? = nil
    ) -> Result<QueryExecution, TaskFailure> {
        let call = ServiceCall(request)
        // The role may use the workgroup that it names: without one it would be the account's `primary`.
        guard call.parameters["WorkGroup"] != nil else {
            return .failure(
                TaskFailure("Athena.AccessDeniedException", "is not authorized to use the workgroup primary"))
        }
        do {
            let (query, statement) = try AthenaService.accept(call, in: lake)
            if let oddity { oddities[query.id] = oddity }
            if let statement {
                lake.set(query)
                agenda.after(duration) { self.run(query.id, statement, by: call.caller) }
            }
            return .success(query)
        } catch let error as ServiceError {
            return .failure(TaskFailure("Athena.\(error.code)", error.message))
        } catch {
            preconditionFailure("a lake in memory throws nothing else: \(error)")
        }
    }

    /// Says how the statement has ended, as soon as it has.
    func whenEnded(_ query: QueryExecution, _ reply: @escaping (TaskResult) -> Void) {
        if let now = lake.queries[query.id], let result = Self.result(of: now) {
            reply(result)
        } else {
            waiting[query.id, default: []].append(reply)
        }
    }

    /// Stops a statement that has not ended.
    func stop(_ request: TaskRequest) -> TaskResult {
        let id = request.parameters["QueryExecutionId"]?.stringValue ?? ""
        guard var query = lake.queries[id] else {
            return .failure(TaskFailure("Athena.InvalidRequestException", "QueryExecution \(id) was not found"))
        }
        if query.state == "QUEUED", oddities[id] != .stopIneffective {
            query.state = "CANCELLED"
            end(query)
        }
        return .success([:])
    }

    private func run(_ id: String, _ statement: AthenaStatement, by caller: String) {
        guard var query = lake.queries[id], query.state == "QUEUED" else { return }
        change {
            query = try AthenaService.run(
                query, statement, by: caller,
                at: Timestamp(milliseconds: SimulatedClock.beginning + self.agenda.now), in: self.lake)
        }
        if oddities[id] == .falseFailure, query.state == "SUCCEEDED" {
            query.state = "FAILED"
            query.reason = "FAILED: Execution Error, return code 1. AlreadyExistsException(message:already exists)"
        }
        end(query)
    }

    private func end(_ query: QueryExecution) {
        lake.set(query)
        guard let result = Self.result(of: query) else { return }
        for reply in waiting.removeValue(forKey: query.id) ?? [] { reply(result) }
    }

    private static func result(of query: QueryExecution) -> TaskResult? {
        switch query.state {
        case "QUEUED": nil
        case "SUCCEEDED": .success(["QueryExecution": query.json])
        default: .failure(TaskFailure(StatesError.taskFailed, query.json.text))
        }
    }
}
