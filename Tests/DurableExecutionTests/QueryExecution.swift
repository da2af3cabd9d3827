import DurableExecution
import StatesLanguage
import TestSupport

/// An execution of a machine in JSONata whose first state is `A`.
struct QueryExecution {
    static let begin = Timestamp(milliseconds: 1_750_000_000_000)

    var interpreter: Interpreter
    var actions: [ExecutionAction]
    private(set) var entries: [JournalEntry] = []
    let machine: StateMachine
    let start: ExecutionStart

    /// - Parameter top: fields of the machine, with a comma behind each.
    init(
        _ states: String, _ input: JSONValue = [:], top: String = #""QueryLanguage":"JSONata","#, seed: UInt64 = 1
    ) throws {
        machine = try StateMachine(parsing: #"{\#(top)"StartAt":"A","States":{\#(states)}}"#)
        let reference = StateMachineReference(
            arn: "arn:aws:states:us-east-1:111111111111:stateMachine:m", name: "m", roleARN: "role",
            definitionHash: "")
        start = ExecutionStart(machine: reference, name: "e", input: input, startedAt: Self.begin, seed: seed)
        interpreter = Interpreter(start: start, machine: machine, recording: HistoryWindow())
        actions = interpreter.begin()
    }

    mutating func answer(_ answer: Reply, at time: Timestamp = QueryExecution.begin) {
        guard interpreter.awaited.count == 1, let awaited = interpreter.awaited.first else { return }
        let event: ExecutionEvent
        switch awaited {
        case .task(let request): event = answer.event(id: request.id)
        case .timer(let id): event = .timerFired(id: id)
        }
        entries.append(JournalEntry(at: time, event: event))
        actions = interpreter.apply(event, at: time)
    }

    var output: JSONValue? { if case .succeeded(let output) = interpreter.outcome { output } else { nil } }

    var error: String? { if case .failed(let error, _) = interpreter.outcome { error } else { nil } }

    /// What has failed, without what AWS says of the state before it.
    var cause: String? {
        guard case .failed(_, let cause?) = interpreter.outcome else { return nil }
        return cause.firstRange(of: "). ").map { String(cause[$0.upperBound...]) } ?? cause
    }

    var task: TaskRequest? { if case .runTask(let request) = actions.first { request } else { nil } }

    var wakingTime: Timestamp? { if case .wait(let time, _) = actions.first { time } else { nil } }
}

/// What an expression gives as the output of a Pass, or why it fails.
func evaluated(_ expression: String, _ input: JSONValue = [:], assigning variables: String = "") throws -> String {
    let text = JSONValue.string("{% \(expression) %}").text
    let execution = try QueryExecution(
        #""A":{"Type":"Pass","Assign":{\#(variables)},"Next":"B"},"B":{"Type":"Pass","Output":\#(text),"End":true}"#,
        input)
    return execution.output?.text ?? execution.cause ?? "\(String(describing: execution.interpreter.outcome))"
}
