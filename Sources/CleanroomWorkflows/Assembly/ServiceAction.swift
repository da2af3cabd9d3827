import StatesLanguage

/// An action of an AWS service as a task calls it.
struct ServiceAction: Sendable {
    /// The service as error names begin with it, such as `LakeFormation`.
    let service: String
    /// What follows `arn:partition:states:::`.
    let integration: String
    var timeoutSeconds: Int64 = 60
    /// Whether an attempt whose reply was lost may simply be made again.
    var isIdempotent = true

    var resource: String { "arn:${Partition}:states:::\(integration)" }

    private static func sdk(_ service: String, _ action: String) -> ServiceAction {
        ServiceAction(service: service, integration: "aws-sdk:\(service.lowercased()):\(action)")
    }

    enum Athena {
        /// Runs a statement and waits for its end.
        ///
        /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html>
        static let runQuery = ServiceAction(
            service: "Athena", integration: "athena:startQueryExecution.sync", timeoutSeconds: 600,
            isIdempotent: false)
        static let startQuery = sdk("Athena", "startQueryExecution")
        static let stopQuery = sdk("Athena", "stopQueryExecution")
        static let getQuery = sdk("Athena", "getQueryExecution")
    }

    enum Glue {
        static let getDatabase = sdk("Glue", "getDatabase")
        static let updateDatabase = sdk("Glue", "updateDatabase")
        static let getTables = sdk("Glue", "getTables")
        static let notFound = "Glue.EntityNotFoundException"
        static let invalidInput = "Glue.InvalidInputException"
    }

    enum LakeFormation {
        static let registerResource = sdk("LakeFormation", "registerResource")
        static let deregisterResource = sdk("LakeFormation", "deregisterResource")
        static let describeResource = sdk("LakeFormation", "describeResource")
        static let grantPermissions = sdk("LakeFormation", "grantPermissions")
        static let batchGrantPermissions = sdk("LakeFormation", "batchGrantPermissions")
        static let batchRevokePermissions = sdk("LakeFormation", "batchRevokePermissions")
        static let listPermissions = sdk("LakeFormation", "listPermissions")
        static let notFound = "LakeFormation.EntityNotFoundException"
        static let alreadyExists = "LakeFormation.AlreadyExistsException"
    }

    enum S3 {
        static let listObjects = sdk("S3", "listObjectsV2")
    }

    enum StepFunctions {
        static let describeExecution = sdk("Sfn", "describeExecution")
        static let getExecutionHistory = sdk("Sfn", "getExecutionHistory")
        static let listExecutions = sdk("Sfn", "listExecutions")
        static let startExecution = sdk("Sfn", "startExecution")
        static let alreadyExists = "Sfn.ExecutionAlreadyExistsException"
        static let notFound = "Sfn.ExecutionDoesNotExistException"
    }

    enum HTTP {
        /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html>
        static let invoke = ServiceAction(service: "HTTP", integration: "http:invoke")
    }

    // MARK: Retries

    /// Throttling and passing faults, with a growing, random and capped delay.
    var retriers: JSONValue {
        var retriers: [JSONValue] = [Self.retrier(passingFaults, attempts: 8)]
        if service == "LakeFormation" {
            // Throttling may come as `InvalidInputException: Rate exceeded`, and a principal made a moment ago is
            // not known everywhere yet. Where the input really is invalid this costs a few seconds.
            retriers.append(Self.retrier(["LakeFormation.InvalidInputException"], attempts: 4))
        }
        if isIdempotent { retriers.append(Self.retrier(["States.Timeout"], attempts: 2)) }
        return .array(retriers)
    }

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

    /// Looks again for what is not there, since a read may lag behind a write: for seven seconds, without jitter, which
    /// could make all of them next to nothing.
    static func lookAgain(for error: String) -> JSONValue {
        ["ErrorEquals": [.string(error)], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 2]
    }

    static func retrier(_ errors: [String], attempts: Int64) -> JSONValue {
        [
            "ErrorEquals": .strings(errors), "IntervalSeconds": 1, "MaxAttempts": .integer(attempts),
            "BackoffRate": 2, "MaxDelaySeconds": 20, "JitterStrategy": "FULL",
        ]
    }
}
