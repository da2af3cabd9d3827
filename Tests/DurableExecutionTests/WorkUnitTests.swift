import DurableExecution
import StatesLanguage
import Testing

/// A unit of work stands for so many steps, whatever a state is made of: what is counted off a budget is what is done.
struct WorkUnitTests {
    private static let time = Timestamp(milliseconds: 1_750_000_000_000)
    /// An array in an array, and so on: two hundred bytes.
    private static let nested = (0..<99).reduce(JSONValue.array([])) { value, _ in .array([value]) }
    private static let members = JSONValue.array((0..<2000).map { ["x": .integer($0)] })
    private static let text = JSONValue.string(String(repeating: "a,", count: 60_000))

    struct Stress: Sendable, CustomTestStringConvertible {
        let name: String
        /// What a state evaluates again and again: a path, or a function of the language.
        let expression: String
        let input: JSONValue
        /// Whether a state before it leaves nothing of the input but the context.
        var isInContext = false

        var testDescription: String { name }

        /// A loop over a state that evaluates the expression.
        var definition: JSONValue {
            var states: JSONObject = ["Done": ["Type": "Succeed"]]
            if isInContext { states["Empty"] = ["Type": "Pass", "Result": [:], "Next": "A"] }
            if expression.hasPrefix("$") {
                states["A"] = [
                    "Type": "Choice", "Choices": [["Variable": .string(expression), "IsPresent": true, "Next": "A"]],
                    "Default": "Done",
                ]
            } else {
                states["A"] = [
                    "Type": "Pass", "Parameters": ["x.$": .string(expression)], "ResultPath": .null, "Next": "Again",
                ]
                states["Again"] = [
                    "Type": "Choice", "Choices": [["Variable": "$.input", "IsPresent": true, "Next": "A"]],
                    "Default": "Done",
                ]
            }
            return ["StartAt": isInContext ? "Empty" : "A", "States": .object(states)]
        }
    }

    static let stresses = [
        Stress(name: "one descent", expression: "$..x", input: ["list": members]),
        Stress(name: "every value", expression: "$..*", input: ["list": members]),
        Stress(name: "two descents", expression: "$..*..*", input: nested),
        Stress(name: "two descents over much", expression: "$..*..x", input: ["list": members]),
        Stress(name: "three descents over little", expression: "$..*..*..*.z", input: nested),
        Stress(name: "the context", expression: "$$..x", input: ["list": members], isInContext: true),
        Stress(name: "the context twice", expression: "$$..*..x", input: ["list": members], isInContext: true),
        Stress(name: "a filter", expression: "$.list[?(@.x == 1 || @.x == 2 || @.y == 3)]", input: ["list": members]),
        Stress(name: "a filter over all for each", expression: "$.list[?($.list == @)]", input: ["list": members]),
        Stress(name: "a filter in a descent", expression: "$..[?(@..x)]", input: nested),
        Stress(name: "the same names", expression: "$" + String(repeating: "['a','a']", count: 12), input: named),
        Stress(name: "a text split", expression: "States.StringSplit($.input,',')", input: ["input": text]),
        Stress(name: "a text joined", expression: "States.Format('{}{}', $.input, 1)", input: ["input": text]),
        Stress(name: "a hash", expression: "States.Hash($.input, 'SHA-512')", input: ["input": members]),
        Stress(name: "each once", expression: "States.ArrayUnique($.input)", input: ["input": members]),
    ]

    private static let named = (0..<12).reduce(JSONValue.integer(1)) { value, _ in ["a": value] }

    private func interpreter(_ stress: Stress) throws -> Interpreter {
        let start = ExecutionStart(
            machine: StateMachineReference(arn: "a:b", name: "m", roleARN: "r", definitionHash: ""), name: "e",
            input: stress.input, startedAt: Self.time, seed: 1)
        return Interpreter(start: start, machine: try StateMachine(stress.definition))
    }

    @Test(arguments: stresses)
    func `an event takes no more steps than its units stand for, and little beyond`(stress: Stress) throws {
        var interpreter = try interpreter(stress)
        interpreter.budget = WorkBudget.event
        #expect(interpreter.begin() == [.goOn])
        let steps = interpreter.evaluationSteps
        #expect(steps <= 2 * WorkBudget.event * StateWeight.stepsPerUnit, "\(steps)")
    }

    @Test(arguments: stresses)
    func `what is counted off a slice is what was done in it`(stress: Stress) throws {
        let begun = try interpreter(stress)
        let budget = 20_000
        var interpreter = begun
        interpreter.budget = 0
        _ = interpreter.begin()
        let (events, before) = (interpreter.eventCount, interpreter.evaluationSteps)
        let evaluation = Evaluation(of: interpreter, budget: budget)
        let steps = evaluation.interpreter.evaluationSteps - before
        // What one event may go beyond is what one state may.
        let most = (budget + WorkBudget.event + StateWeight.maximumSearch) * StateWeight.stepsPerUnit
        #expect(steps <= most, "\(steps)")
        #expect(evaluation.interpreter.eventCount > events)
    }

    @Test func `a search for which the units were measured is foreseen as what it takes`() throws {
        let machine = try StateMachine(Self.stresses[0].definition)
        let input = Self.stresses[0].input
        let weight = try #require(machine.state("A")?.weight)
        let foreseen = weight.cost(bytes: input.text.utf8.count, contextBytes: 0).most
        var interpreter = try interpreter(Self.stresses[0])
        interpreter.budget = foreseen
        _ = interpreter.begin()
        let units = interpreter.evaluationSteps / StateWeight.stepsPerUnit
        #expect(units <= foreseen && 2 * units >= foreseen, "\(units) of \(foreseen)")
    }
}
