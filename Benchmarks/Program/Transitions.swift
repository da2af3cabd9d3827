import DurableExecution
import StatesLanguage

/// Goes through a machine of Pass states alone, in memory.
struct Transitions {
    private static let states = 1000
    private let count: Int

    init(_ options: Options) throws {
        count = try options.number("count")
    }

    func run() throws -> JSONValue {
        let states = (0..<Self.states).map { number -> (String, JSONValue) in
            let isLast = number == Self.states - 1
            return ("S\(number)", ["Type": "Pass", isLast ? "End" : "Next": isLast ? true : "S\(number + 1)"])
        }
        let machine = try StateMachine(["StartAt": "S0", "States": .object(JSONObject(states))])
        let reference = StateMachineReference(
            arn: "arn:aws:states:us-east-1:000000000000:stateMachine:pass", name: "pass", roleARN: "role",
            definitionHash: "")
        let begin = ContinuousClock.now
        for number in 0..<(count / Self.states) {
            let start = ExecutionStart(
                machine: reference, name: "\(number)", input: ["number": .integer(Int64(number))],
                startedAt: Timestamp(milliseconds: 0), seed: 1)
            var interpreter = Interpreter(start: start, machine: machine)
            _ = interpreter.begin()
            guard interpreter.outcome?.status == .succeeded else {
                throw Options.Invalid(description: "the machine has not come to its end")
            }
        }
        return ["perSecond": .double(Double(count) / (ContinuousClock.now - begin).seconds)]
    }
}
