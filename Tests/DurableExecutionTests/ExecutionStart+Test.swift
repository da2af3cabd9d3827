import DurableExecution
import StatesLanguage

extension ExecutionStart {
    /// An execution of the machine of a test.
    static func test(_ input: JSONValue, seed: UInt64 = 1) -> ExecutionStart {
        ExecutionStart(
            machine: StateMachineReference(
                arn: "arn:aws:states:us-east-1:111111111111:stateMachine:m", name: "m", roleARN: "role",
                definitionHash: ""),
            name: "e", input: input, startedAt: Timestamp(milliseconds: 1_750_000_000_000), seed: seed)
    }
}
