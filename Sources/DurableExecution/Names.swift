/// The Amazon Resource Name of an execution: `arn:aws:states:region:account:execution:machine:name`.
package struct ExecutionARN: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// The name of the execution called `name` of the machine with this ARN.
    package init(machine: String, name: String) {
        text = machine.replacing(":stateMachine:", with: ":execution:", maxReplacements: 1) + ":" + name
    }

    package var description: String { text }
}

/// A state machine as an execution knows it: its names, and which version of its definition it runs.
package struct StateMachineReference: Hashable, Sendable {
    package let arn: String
    package let name: String
    /// The role under which the machine acts.
    package let roleARN: String
    /// The SHA-256 of the definition with its substitutions applied, in hexadecimal.
    package let definitionHash: String

    package init(arn: String, name: String, roleARN: String, definitionHash: String) {
        self.arn = arn
        self.name = name
        self.roleARN = roleARN
        self.definitionHash = definitionHash
    }

    /// The name of the execution called `name`.
    package func executionARN(name: String) -> ExecutionARN {
        ExecutionARN(machine: arn, name: name)
    }
}
