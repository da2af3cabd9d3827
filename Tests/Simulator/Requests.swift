import CleanroomModel
import CleanroomService
import DurableExecution
import StatesLanguage

/// The requests of a simulation: what each kind of submission asks for.
enum Requests {
    static let account = "111122223333"

    static func request(
        _ kind: Schedule.Submission.Kind, seed: UInt64
    ) -> (executionName: String, id: String, account: String, database: String, input: JSONValue) {
        func id(_ number: UInt64) -> String {
            var random = SeededRandom(seed: seed &+ number)
            return random.uuid()
        }
        let (number, account, database): (UInt64, String, String) =
            switch kind {
            case .first, .again, .renamed: (1, account, Simulation.database)
            case .changed: (1, "999988887777", Simulation.database)
            case .misspelt: (1, "12345", Simulation.database)
            case .rival: (2, "444455556666", Simulation.database)
            case .neighbour: (3, "222233334444", "other_room")
            case .invalid, .invalidAgain: (4, "12345", "bad_room")
            case .large: (5, "333344445555", "large_room")
            case .misnamed: (1, account, "Bad-Room")
            case .ownAccount: (1, "000000000000", Simulation.database)
            case .oddlyNamed: (1, account, Simulation.database)
            }
        let id = id(number)
        var input: JSONObject = [
            "requestId": .string(id), "account": .string(account), "database": .string(database),
        ]
        // Quotes take two characters each where an input is shown as text.
        if kind == .large { input["note"] = .string(String(repeating: "\"", count: 100_000)) }
        let name =
            switch kind {
            case .renamed, .misspelt, .invalidAgain, .misnamed, .ownAccount: "\(kind.rawValue)-\(id)"
            case .oddlyNamed: "odd=\(id)"
            default: id
            }
        return (name, id, account, database, .object(input))
    }

    /// Under which `Idempotency-Key` an execution of the machine answers.
    static func key(of start: ExecutionStart) -> String { start.input["requestId"]?.stringValue ?? start.name }

    /// Whose room a call is about, by the request of its execution.
    static func target(of request: TaskRequest) -> (database: String, account: String)? {
        guard let database = request.execution.input["database"]?.stringValue,
            let account = request.execution.input["account"]?.stringValue
        else { return nil }
        return (database, account)
    }
}
