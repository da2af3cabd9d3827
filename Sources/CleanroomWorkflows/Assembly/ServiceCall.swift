/// A call of an action with its parameters. They are those of a function here, so none can be forgotten or misspelt.
struct ServiceCall: Sendable {
    let action: ServiceAction
    let parameters: Argument

    private init(_ action: ServiceAction, _ parameters: Argument) {
        (self.action, self.parameters) = (action, parameters)
    }

    /// A statement of Athena. Under one token the same statement runs once.
    struct Statement: Sendable {
        let text: Argument
        let token: Argument
    }

    enum Athena {
        static func runQuery(_ statement: Statement) -> ServiceCall { call(.Athena.runQuery, statement) }
        static func startQuery(_ statement: Statement) -> ServiceCall { call(.Athena.startQuery, statement) }

        private static func call(_ action: ServiceAction, _ statement: Statement) -> ServiceCall {
            ServiceCall(
                action,
                ["QueryString": statement.text, "WorkGroup": "${Workgroup}", "ClientRequestToken": statement.token])
        }

        static func stopQuery(id: Place) -> ServiceCall {
            ServiceCall(.Athena.stopQuery, ["QueryExecutionId": Argument(id)])
        }

        static func getQuery(id: Place) -> ServiceCall {
            ServiceCall(.Athena.getQuery, ["QueryExecutionId": Argument(id)])
        }
    }

    enum Glue {
        static func getDatabase(name: Place) -> ServiceCall {
            ServiceCall(.Glue.getDatabase, ["Name": Argument(name)])
        }

        /// Replaces all of a database but its tables.
        static func updateDatabase(
            name: Place, description: Place, location: Place, properties: Argument, tableDefaults: Argument
        ) -> ServiceCall {
            ServiceCall(
                .Glue.updateDatabase,
                [
                    "Name": Argument(name),
                    "DatabaseInput": [
                        "Name": Argument(name), "Description": Argument(description),
                        "LocationUri": Argument(location), "Parameters": properties,
                        "CreateTableDefaultPermissions": tableDefaults,
                    ],
                ])
        }

        /// The tags of a database.
        static func getTags(database: Place) -> ServiceCall {
            ServiceCall(.Glue.getTags, ["ResourceArn": arn(of: database)])
        }

        /// Adds tags to those of a database, key by key.
        static func tagResource(database: Place, tags: Argument) -> ServiceCall {
            ServiceCall(.Glue.tagResource, ["ResourceArn": arn(of: database), "TagsToAdd": tags])
        }

        /// Takes tags off a database; those that it does not have are no error.
        static func untagResource(database: Place, keys: Argument) -> ServiceCall {
            ServiceCall(.Glue.untagResource, ["ResourceArn": arn(of: database), "TagsToRemove": keys])
        }

        private static func arn(of database: Place) -> Argument {
            .format("arn:${Partition}:glue:${Region}:${AccountId}:database/{}", Argument(database))
        }

        static func getTables(database: Place, limit: Int64) -> ServiceCall {
            ServiceCall(.Glue.getTables, ["DatabaseName": Argument(database), "MaxResults": .number(limit)])
        }
    }

    enum LakeFormation {
        static func getSettings() -> ServiceCall { ServiceCall(.LakeFormation.getSettings, [:]) }

        /// Registers a location under the location role, for everybody who reads it.
        static func registerResource(arn: Place) -> ServiceCall {
            ServiceCall(
                .LakeFormation.registerResource,
                [
                    "ResourceArn": Argument(arn), "UseServiceLinkedRole": false, "RoleArn": "${LocationRoleArn}",
                    "HybridAccessEnabled": false,
                ])
        }

        static func deregisterResource(arn: Place) -> ServiceCall {
            ServiceCall(.LakeFormation.deregisterResource, ["ResourceArn": Argument(arn)])
        }

        static func describeResource(arn: Place) -> ServiceCall {
            ServiceCall(.LakeFormation.describeResource, ["ResourceArn": Argument(arn)])
        }

        static func grantPermissions(
            _ permissions: [Permission], on resource: PermittedResource, to principal: Principal
        ) -> ServiceCall {
            ServiceCall(
                .LakeFormation.grantPermissions,
                [
                    "Principal": principal.template, "Resource": resource.template,
                    "Permissions": permissions.template,
                ])
        }

        static func batchGrantPermissions(_ entries: [BatchPermissions.Entry]) -> ServiceCall {
            ServiceCall(.LakeFormation.batchGrantPermissions, ["Entries": entries.template])
        }

        static func batchRevokePermissions(_ entries: [BatchPermissions.Entry]) -> ServiceCall {
            ServiceCall(.LakeFormation.batchRevokePermissions, ["Entries": entries.template])
        }

        static func listPermissions(on resource: PermittedResource, after token: Place?) -> ServiceCall {
            ServiceCall(
                .LakeFormation.listPermissions,
                ["Resource": resource.template, "NextToken": token.map(Argument.init)])
        }
    }

    enum S3 {
        static func listObjects(prefix: Place, limit: Int64) -> ServiceCall {
            ServiceCall(
                .S3.listObjects, ["Bucket": "${Bucket}", "Prefix": Argument(prefix), "MaxKeys": .number(limit)])
        }
    }

    enum StepFunctions {
        static func describeExecution(arn: Place) -> ServiceCall {
            ServiceCall(.StepFunctions.describeExecution, ["ExecutionArn": Argument(arn)])
        }

        /// A page of the events of an execution, the last first.
        static func getExecutionHistory(arn: Place, limit: Int64, after token: Place?) -> ServiceCall {
            ServiceCall(
                .StepFunctions.getExecutionHistory,
                [
                    "ExecutionArn": Argument(arn), "MaxResults": .number(limit), "IncludeExecutionData": true,
                    "ReverseOrder": true,
                    "NextToken": token.map(Argument.init),
                ])
        }

        /// A page of the executions of a machine that ended in one way, the newest first.
        static func listExecutions(
            of machine: Argument, status: Argument, limit: Int64, after token: Place?
        ) -> ServiceCall {
            ServiceCall(
                .StepFunctions.listExecutions,
                [
                    "StateMachineArn": machine, "StatusFilter": status, "MaxResults": .number(limit),
                    "NextToken": token.map(Argument.init),
                ])
        }

        static func startExecution(of machine: Argument, name: Argument, input: Argument) -> ServiceCall {
            ServiceCall(
                .StepFunctions.startExecution, ["StateMachineArn": machine, "Name": name, "Input": input])
        }
    }

    enum HTTP {
        /// Tells the one who asks for rooms something, under a key by which it is taken in once.
        static func post(to url: String, key: Place, body: Argument) -> ServiceCall {
            ServiceCall(
                .HTTP.invoke,
                [
                    "ApiEndpoint": .text(url), "Method": "POST",
                    "Authentication": [
                        "ConnectionArn":
                            "arn:${Partition}:events:${Region}:${AccountId}:connection/${ApiAuthorization}"
                    ],
                    "Headers": ["Idempotency-Key": Argument(key)], "RequestBody": body,
                ])
        }
    }
}
