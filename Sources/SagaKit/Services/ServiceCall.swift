/// A call of an action with its parameters. They are those of a function, so none can be forgotten or misspelt; a
/// workflow declares beside itself those of the services that only it calls.
package struct ServiceCall: Sendable {
    package let action: ServiceAction
    package let parameters: Argument

    package init(_ action: ServiceAction, _ parameters: Argument) {
        (self.action, self.parameters) = (action, parameters)
    }
}

/// A call of an action by a state in JSONata.
package struct ServiceQuery: Sendable {
    package let action: ServiceAction
    package let arguments: Payload

    package init(_ action: ServiceAction, _ arguments: Payload) {
        (self.action, self.arguments) = (action, arguments)
    }
}

extension ServiceCall {
    package enum StepFunctions {
        /// Describes an execution.
        package static func describeExecution(arn: Place) -> ServiceCall {
            ServiceCall(.StepFunctions.describeExecution, ["ExecutionArn": Argument(arn)])
        }

        /// A page of the events of an execution, the last first.
        package static func getExecutionHistory(arn: Place, limit: Int64, after token: Place?) -> ServiceCall {
            ServiceCall(
                .StepFunctions.getExecutionHistory,
                [
                    "ExecutionArn": Argument(arn), "MaxResults": .number(limit), "IncludeExecutionData": true,
                    "ReverseOrder": true,
                    "NextToken": token.map(Argument.init),
                ])
        }

        /// A page of the executions of a machine that ended in one way, the newest first.
        package static func listExecutions(
            of machine: Argument, status: Argument, limit: Int64, after token: Place?
        ) -> ServiceCall {
            ServiceCall(
                .StepFunctions.listExecutions,
                [
                    "StateMachineArn": machine, "StatusFilter": status, "MaxResults": .number(limit),
                    "NextToken": token.map(Argument.init),
                ])
        }

        /// Starts an execution.
        package static func startExecution(of machine: Argument, name: Argument, input: Argument) -> ServiceCall {
            ServiceCall(
                .StepFunctions.startExecution, ["StateMachineArn": machine, "Name": name, "Input": input])
        }
    }

    package enum HTTP {
        /// Sends something, under a key by which it is taken in once.
        ///
        /// - Parameter connection: the connection of EventBridge with the credentials, as `name/id`.
        package static func post(to url: String, by connection: String, key: Place, body: Argument) -> ServiceCall {
            ServiceCall(
                .HTTP.invoke,
                [
                    "ApiEndpoint": .text(url), "Method": "POST",
                    "Authentication": [
                        "ConnectionArn":
                            .text("arn:${Partition}:events:${Region}:${AccountId}:connection/\(connection)")
                    ],
                    "Headers": ["Idempotency-Key": Argument(key)], "RequestBody": body,
                ])
        }
    }
}
