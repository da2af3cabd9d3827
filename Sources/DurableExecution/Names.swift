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

/// The service action that a task calls, taken out of its resource.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html>
package struct TaskResource: Hashable, Sendable {
    /// Such as `aws-sdk:glue` or `athena`.
    package let service: String
    /// Such as `getDatabase` or `startQueryExecution.sync`.
    package let action: String

    package init(service: String, action: String) {
        self.service = service
        self.action = action
    }

    /// Takes `arn:aws:states:::service:action` apart; `nil` for a resource of another form.
    package init?(_ resource: String) {
        let parts = resource.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 7, parts[0] == "arn", parts[2] == "states", parts[3].isEmpty, parts[4].isEmpty else {
            return nil
        }
        if parts[5] == "aws-sdk", parts.count >= 8 {
            self.init(service: "aws-sdk:" + parts[6], action: parts[7...].joined(separator: ":"))
        } else {
            self.init(service: String(parts[5]), action: parts[6...].joined(separator: ":"))
        }
    }

    /// Service and action as a resource writes them.
    package var name: String { service + ":" + action }
}
