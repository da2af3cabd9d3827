import StatesLanguage

/// An action of an AWS service; `ServiceCall` has its parameters.
package struct ServiceAction: Sendable {
    /// The service as error names begin with it, such as `LakeFormation`.
    package let service: String
    /// What follows `arn:partition:states:::`.
    package let integration: String
    package let timeoutSeconds: Int64
    /// Whether an attempt whose reply was lost may simply be made again.
    package let isIdempotent: Bool
    /// Whether it leaves something that has to be taken back.
    package let changes: Bool
    /// Whether a reply may have more than the 256 KiB that a state may have, since others decide how much is in it.
    ///
    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
    package let mayExceedDataLimit: Bool
    /// The parameters that every call here gives, though AWS does not require them.
    package let given: [String]

    private static let prefix = "arn:${Partition}:states:::"

    /// The `Resource` of a task.
    package var resource: String { Self.prefix + integration }

    package init(
        service: String, integration: String, timeoutSeconds: Int64 = 60, isIdempotent: Bool = true,
        changes: Bool = false, mayExceedDataLimit: Bool = false, given: [String] = []
    ) {
        (self.service, self.integration, self.timeoutSeconds) = (service, integration, timeoutSeconds)
        (self.isIdempotent, self.changes, self.given) = (isIdempotent, changes, given)
        self.mayExceedDataLimit = mayExceedDataLimit
    }

    /// An action of an AWS SDK.
    package static func sdk(
        _ service: String, _ action: String, changes: Bool = false, mayExceedDataLimit: Bool = false,
        giving given: [String] = []
    ) -> ServiceAction {
        ServiceAction(
            service: service, integration: "aws-sdk:\(service.lowercased()):\(action)", changes: changes,
            mayExceedDataLimit: mayExceedDataLimit, given: given)
    }

    /// The page of AWS that describes the call.
    package var page: String {
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

    // MARK: Retries

    /// Throttling and passing faults, with a growing, random and capped delay.
    package var retries: [RetryRule] {
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
    package var transientErrors: [String] { retries.flatMap(\.errors) }

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
