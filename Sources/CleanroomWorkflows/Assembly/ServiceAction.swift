import StatesLanguage

/// An action of an AWS service; `ServiceCall` has its parameters.
struct ServiceAction: Sendable {
    /// The service as error names begin with it, such as `LakeFormation`.
    let service: String
    /// What follows `arn:partition:states:::`.
    let integration: String
    var timeoutSeconds: Int64 = 60
    /// Whether an attempt whose reply was lost may simply be made again.
    var isIdempotent = true
    /// Whether it leaves something that has to be taken back.
    var changes = false
    /// The parameters that every call here gives, though AWS does not require them.
    var given: [String] = []
    /// What AWS wants the role to be allowed behind a call.
    var needs: [Requirement] = []

    private static let prefix = "arn:${Partition}:states:::"

    var resource: String { Self.prefix + integration }

    private static func sdk(
        _ service: String, _ action: String, changes: Bool = false, giving given: [String] = [],
        needing needs: [Requirement] = []
    ) -> ServiceAction {
        ServiceAction(
            service: service, integration: "aws-sdk:\(service.lowercased()):\(action)", changes: changes, given: given,
            needs: needs)
    }

    /// The page of AWS that describes the call.
    var page: String {
        let action = integration.split(separator: ":").last ?? ""
        let name = action.prefix(1).uppercased() + action.dropFirst()
        switch integration.split(separator: ":").first {
        case "athena": return "https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html"
        case "http": return "https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html"
        default: break
        }
        let reference =
            switch service {
            case "Athena": "athena/latest/APIReference"
            case "Glue": "glue/latest/webapi"
            case "LakeFormation": "lake-formation/latest/APIReference"
            case "S3": "AmazonS3/latest/API"
            case "Sfn": "step-functions/latest/apireference"
            default: preconditionFailure("it is not known where \(integration) is described")
            }
        return "https://docs.aws.amazon.com/\(reference)/API_\(name).html"
    }

    /// What AWS wants the role to be allowed behind a call; nothing is called for which that is not known.
    var requirements: [Requirement] {
        precondition(!needs.isEmpty, "it is not known what \(integration) needs")
        return needs
    }

    /// The values of a call that access depends on.
    var factNames: Set<String> { Self.factNames[integration] ?? [] }

    private static let factNames: [String: Set<String>] = byIntegration.mapValues { action in
        action.requirements.reduce(into: []) { $0.formUnion($1.names) }
    }

    /// The action that a resource names, if it is one of those used here.
    static func of(_ resource: String) -> ServiceAction? { byResource[resource] }

    static func of(_ resource: TaskResource) -> ServiceAction? { byIntegration[resource.name] }

    static func of(integration: String) -> ServiceAction? { byIntegration[integration] }

    private static let byResource = Dictionary(uniqueKeysWithValues: registry.map { ($0.resource, $0) })
    private static let byIntegration = Dictionary(uniqueKeysWithValues: registry.map { ($0.integration, $0) })

    /// All that are used here.
    static let registry = [
        Athena.runQuery, Athena.startQuery, Athena.stopQuery, Athena.getQuery, Glue.getDatabase, Glue.updateDatabase,
        Glue.getTables, Glue.getTags, Glue.tagResource, Glue.untagResource, LakeFormation.getSettings,
        LakeFormation.registerResource, LakeFormation.deregisterResource,
        LakeFormation.describeResource, LakeFormation.grantPermissions, LakeFormation.batchGrantPermissions,
        LakeFormation.batchRevokePermissions, LakeFormation.listPermissions, S3.listObjects,
        StepFunctions.describeExecution, StepFunctions.getExecutionHistory, StepFunctions.listExecutions,
        StepFunctions.startExecution, HTTP.invoke,
    ]

    enum Athena {
        /// Runs a statement and waits for its end.
        ///
        /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html>
        static let runQuery = ServiceAction(
            service: "Athena", integration: "athena:startQueryExecution.sync", timeoutSeconds: 600,
            isIdempotent: false, changes: true, given: statement, needs: .runStatement)
        static let startQuery = sdk(
            "Athena", "startQueryExecution", changes: true, giving: statement, needing: .startStatement)
        // Without a token of one's own the SDK makes one up, and the same statement may run twice.
        private static let statement = ["WorkGroup", "ClientRequestToken"]
        static let stopQuery = sdk("Athena", "stopQueryExecution", needing: .stopStatement)
        static let getQuery = sdk("Athena", "getQueryExecution", needing: .getStatement)
    }

    enum Glue {
        static let getDatabase = sdk("Glue", "getDatabase", needing: .getDatabase)
        static let updateDatabase = sdk("Glue", "updateDatabase", changes: true, needing: .updateDatabase)
        static let getTables = sdk("Glue", "getTables", giving: ["MaxResults"], needing: .getTables)
        static let getTags = sdk("Glue", "getTags", needing: .tags("glue:GetTags"))
        static let tagResource = sdk("Glue", "tagResource", changes: true, needing: .tags("glue:TagResource"))
        static let untagResource = sdk("Glue", "untagResource", changes: true, needing: .tags("glue:UntagResource"))
        static let notFound = "Glue.EntityNotFoundException"
        static let invalidInput = "Glue.InvalidInputException"
    }

    enum LakeFormation {
        static let getSettings = sdk(
            "LakeFormation", "getDataLakeSettings", needing: .lakeFormation("GetDataLakeSettings"))
        static let registerResource = sdk(
            "LakeFormation", "registerResource", changes: true,
            giving: ["RoleArn", "UseServiceLinkedRole", "HybridAccessEnabled"], needing: .registerLocation)
        static let deregisterResource = sdk(
            "LakeFormation", "deregisterResource", changes: true, needing: .lakeFormation("DeregisterResource"))
        static let describeResource = sdk(
            "LakeFormation", "describeResource", needing: .lakeFormation("DescribeResource"))
        static let grantPermissions = sdk(
            "LakeFormation", "grantPermissions", changes: true, needing: .changePermissions)
        static let batchGrantPermissions = sdk(
            "LakeFormation", "batchGrantPermissions", changes: true, needing: .changePermissions)
        static let batchRevokePermissions = sdk(
            "LakeFormation", "batchRevokePermissions", changes: true, needing: .changePermissions)
        static let listPermissions = sdk(
            "LakeFormation", "listPermissions", giving: ["Resource"], needing: .listPermissions)
        static let notFound = "LakeFormation.EntityNotFoundException"
        static let invalidInput = "LakeFormation.InvalidInputException"
        static let alreadyExists = "LakeFormation.AlreadyExistsException"
    }

    enum S3 {
        static let listObjects = sdk("S3", "listObjectsV2", giving: ["Prefix", "MaxKeys"], needing: .listObjects)
    }

    enum StepFunctions {
        static let describeExecution = sdk(
            "Sfn", "describeExecution", needing: .describeExecution)
        static let getExecutionHistory = sdk(
            "Sfn", "getExecutionHistory", giving: ["MaxResults", "IncludeExecutionData"],
            needing: .getHistory)
        static let listExecutions = sdk(
            "Sfn", "listExecutions", giving: ["StateMachineArn", "StatusFilter", "MaxResults"],
            needing: .listExecutions)
        static let startExecution = sdk(
            "Sfn", "startExecution", changes: true, giving: ["Name", "Input"], needing: .startExecution)
        static let alreadyExists = "Sfn.ExecutionAlreadyExistsException"
        static let notFound = "Sfn.ExecutionDoesNotExistException"
    }

    enum HTTP {
        /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html>
        static let invoke = ServiceAction(
            service: "HTTP", integration: "http:invoke", changes: true,
            given: ["Authentication", "Headers", "RequestBody"], needs: .callEndpoint)
    }

    // MARK: Retries

    /// Throttling and passing faults, with a growing, random and capped delay.
    var retries: [RetryRule] {
        var retries = [RetryRule(passingFaults, attempts: 8)]
        if service == "LakeFormation" {
            // Throttling may come as `InvalidInputException: Rate exceeded`, and a principal made a moment ago is
            // not known everywhere yet. Where the input really is invalid this costs a few seconds.
            retries.append(RetryRule(["LakeFormation.InvalidInputException"], attempts: 4))
        }
        if isIdempotent { retries.append(RetryRule(["States.Timeout"], attempts: 2)) }
        return retries
    }

    /// The errors after which a call of the action is made again.
    var transientErrors: [String] { retries.flatMap(\.errors) }

    private var passingFaults: [String] {
        let modelled =
            switch service {
            case "Athena": ["TooManyRequestsException", "InternalServerException", "AmazonAthenaException"]
            case "Glue":
                [
                    "ConcurrentModificationException", "OperationTimeoutException", "InternalServiceException",
                    "ThrottlingException",
                ]
            case "LakeFormation":
                [
                    "ConcurrentModificationException", "OperationTimeoutException", "InternalServiceException",
                    "ThrottledException", "ThrottlingException",
                ]
            default: [String]()
            }
        // An error that is not in the service's model comes under the service's own name.
        return (modelled + ["\(service)Exception", "SdkClientException"]).map { "\(service).\($0)" }
    }
}

/// Which errors of a task it is tried again for.
struct RetryRule: Sendable {
    let errors: [String]
    let attempts: Int64
    /// Whether it waits for what is not seen yet, and so must not be cut short at random.
    let isWaiting: Bool

    init(_ errors: [String], attempts: Int64) {
        (self.errors, self.attempts, isWaiting) = (errors, attempts, false)
    }

    /// The rule for the other errors; `nil` where there are none.
    func without(_ expected: [String]) -> RetryRule? {
        let others = errors.filter { !expected.contains($0) }
        return others.isEmpty ? nil : RetryRule(others, attempts: attempts)
    }

    private init(waitingFor error: String) {
        (errors, attempts, isWaiting) = ([error], 3, true)
    }

    /// Looks again for what is not there, since a read may lag behind a write: for seven seconds, without jitter, which
    /// could make all of them next to nothing.
    static func lookAgain(for error: String) -> RetryRule { RetryRule(waitingFor: error) }

    var json: JSONValue {
        var json: JSONObject = [
            "ErrorEquals": .strings(errors), "IntervalSeconds": 1, "MaxAttempts": .integer(attempts), "BackoffRate": 2,
        ]
        if !isWaiting {
            json["MaxDelaySeconds"] = 20
            json["JitterStrategy"] = "FULL"
        }
        return .object(json)
    }
}
