package import StatesLanguage

// The actions that workflows call, with the names of their errors.

extension ServiceAction {
    package enum Athena {
        /// Runs a statement and waits for its end.
        ///
        /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html>
        package static let runQuery = ServiceAction(
            service: "Athena", integration: "athena:startQueryExecution.sync", timeoutSeconds: 600,
            isIdempotent: false, changes: true, given: statement)
        package static let startQuery = sdk(
            "Athena", "startQueryExecution", changes: true, giving: statement)
        // Without a token of one's own the SDK makes one up, and the same statement may run twice.
        private static let statement = ["WorkGroup", "ClientRequestToken"]
        package static let stopQuery = sdk("Athena", "stopQueryExecution")
        package static let getQuery = sdk("Athena", "getQueryExecution")
    }

    package enum Glue {
        package static let getDatabase = sdk("Glue", "getDatabase", mayExceedDataLimit: true)
        package static let updateDatabase = sdk("Glue", "updateDatabase", changes: true)
        package static let getTables = sdk(
            "Glue", "getTables", mayExceedDataLimit: true, giving: ["MaxResults"])
        package static let getTags = sdk("Glue", "getTags")
        package static let tagResource = sdk("Glue", "tagResource", changes: true)
        package static let untagResource = sdk("Glue", "untagResource", changes: true)
        package static let notFound = "Glue.EntityNotFoundException"
    }

    package enum LakeFormation {
        package static let getSettings = sdk(
            "LakeFormation", "getDataLakeSettings")
        package static let registerResource = sdk(
            "LakeFormation", "registerResource", changes: true,
            giving: ["RoleArn", "UseServiceLinkedRole", "HybridAccessEnabled"])
        package static let deregisterResource = sdk(
            "LakeFormation", "deregisterResource", changes: true)
        package static let describeResource = sdk(
            "LakeFormation", "describeResource")
        package static let grantPermissions = sdk(
            "LakeFormation", "grantPermissions", changes: true)
        package static let batchGrantPermissions = sdk(
            "LakeFormation", "batchGrantPermissions", changes: true)
        package static let batchRevokePermissions = sdk(
            "LakeFormation", "batchRevokePermissions", changes: true)
        package static let listPermissions = sdk(
            "LakeFormation", "listPermissions", mayExceedDataLimit: true, giving: ["Resource", "MaxResults"])
        package static let notFound = "LakeFormation.EntityNotFoundException"
        package static let invalidInput = "LakeFormation.InvalidInputException"
        package static let alreadyExists = "LakeFormation.AlreadyExistsException"
    }

    package enum S3 {
        package static let listObjects = sdk("S3", "listObjectsV2", giving: ["Prefix", "MaxKeys"])
    }

    package enum StepFunctions {
        package static let describeExecution = sdk(
            "Sfn", "describeExecution", mayExceedDataLimit: true)
        package static let getExecutionHistory = sdk(
            "Sfn", "getExecutionHistory", mayExceedDataLimit: true, giving: ["MaxResults", "IncludeExecutionData"])
        package static let listExecutions = sdk(
            "Sfn", "listExecutions", giving: ["StateMachineArn", "StatusFilter", "MaxResults"])
        package static let startExecution = sdk(
            "Sfn", "startExecution", changes: true, giving: ["Name", "Input"])
        package static let alreadyExists = "Sfn.ExecutionAlreadyExistsException"
        package static let notFound = "Sfn.ExecutionDoesNotExistException"
    }

    package enum HTTP {
        /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html>
        package static let invoke = ServiceAction(
            service: "HTTP", integration: "http:invoke", changes: true,
            given: ["Authentication", "Headers", "RequestBody"])
    }

    // MARK: All of them

    /// The action that a resource names, if it is one of those used here.
    package static func of(_ resource: String) -> ServiceAction? { byResource[resource] }

    /// The action of a task.
    package static func of(_ resource: TaskResource) -> ServiceAction? { byIntegration[resource.name] }

    /// The action by what follows `arn:partition:states:::`.
    package static func of(integration: String) -> ServiceAction? { byIntegration[integration] }

    private static let byResource = Dictionary(uniqueKeysWithValues: registry.map { ($0.resource, $0) })
    private static let byIntegration = Dictionary(uniqueKeysWithValues: registry.map { ($0.integration, $0) })

    /// All that are used here.
    package static let registry = [
        Athena.runQuery, Athena.startQuery, Athena.stopQuery, Athena.getQuery, Glue.getDatabase, Glue.updateDatabase,
        Glue.getTables, Glue.getTags, Glue.tagResource, Glue.untagResource, LakeFormation.getSettings,
        LakeFormation.registerResource, LakeFormation.deregisterResource,
        LakeFormation.describeResource, LakeFormation.grantPermissions, LakeFormation.batchGrantPermissions,
        LakeFormation.batchRevokePermissions, LakeFormation.listPermissions, S3.listObjects,
        StepFunctions.describeExecution, StepFunctions.getExecutionHistory, StepFunctions.listExecutions,
        StepFunctions.startExecution, HTTP.invoke,
    ]
}
