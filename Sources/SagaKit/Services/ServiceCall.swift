import StatesLanguage

/// A call of an action with its arguments. They are those of a function, so none can be forgotten or misspelt; a
/// workflow declares beside itself those of the services that only it calls.
package struct ServiceCall: Sendable {
    package let action: ServiceAction
    package let arguments: Payload

    package init(_ action: ServiceAction, _ arguments: Payload) {
        (self.action, self.arguments) = (action, arguments)
    }
}

extension ServiceCall {
    package enum StepFunctions {
        /// Describes an execution.
        package static func describeExecution(arn: Expression<String>) -> ServiceCall {
            ServiceCall(.StepFunctions.describeExecution, ["ExecutionArn": Payload(arn)])
        }

        /// A page of the events of an execution, the last first.
        package static func getExecutionHistory(
            arn: Expression<String>, limit: Expression<Int64>, after token: Expression<String>?
        ) -> ServiceCall {
            ServiceCall(
                .StepFunctions.getExecutionHistory,
                .object([
                    ("ExecutionArn", Payload(arn)), ("MaxResults", Payload(limit)), ("IncludeExecutionData", true),
                    ("ReverseOrder", true), ("NextToken", token.map { Payload($0) }),
                ]))
        }

        /// A page of the executions of a machine that ended in one way, the newest first.
        package static func listExecutions(
            of machine: Expression<String>, status: Expression<String>, limit: Int64, after token: Expression<String>?
        ) -> ServiceCall {
            ServiceCall(
                .StepFunctions.listExecutions,
                .object([
                    ("StateMachineArn", Payload(machine)), ("StatusFilter", Payload(status)),
                    ("MaxResults", Payload(literal: .integer(limit))), ("NextToken", token.map { Payload($0) }),
                ]))
        }

        /// Starts an execution.
        package static func startExecution(
            of machine: Expression<String>, name: Expression<String>, input: Expression<String>
        ) -> ServiceCall {
            ServiceCall(
                .StepFunctions.startExecution,
                ["StateMachineArn": Payload(machine), "Name": Payload(name), "Input": Payload(input)])
        }
    }

    package enum HTTP {
        /// Sends something, under a key by which it is taken in once.
        ///
        /// - Parameter connection: the connection of EventBridge with the credentials, as `name/id`.
        package static func post(
            to url: String, by connection: String, key: Expression<String>, body: Payload
        ) -> ServiceCall {
            ServiceCall(
                .HTTP.invoke,
                [
                    "ApiEndpoint": .text(url), "Method": "POST",
                    "Authentication": [
                        "ConnectionArn":
                            .text("arn:${Partition}:events:${Region}:${AccountId}:connection/\(connection)")
                    ],
                    "Headers": ["Idempotency-Key": Payload(key)], "RequestBody": body,
                ])
        }
    }
}
