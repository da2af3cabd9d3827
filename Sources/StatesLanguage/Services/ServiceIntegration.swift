/// The action of a service that a task calls: what follows `arn:partition:states:::` in its resource.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html>
package struct ServiceIntegration: Hashable, Sendable {
    /// The service as resources name it.
    package let service: String
    package let action: String
    /// Whether the service is called through the SDK, and not by an integration made for it.
    package let isSDK: Bool
    /// `sync`, `sync:2` or `waitForTaskToken`.
    package let pattern: String?

    package init?(_ resource: String) {
        let parts = resource.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 5, omittingEmptySubsequences: false)
            .map { Substring($0) }
        guard parts.count == 6, parts[0] == "arn", parts[2] == "states", parts[3].isEmpty, parts[4].isEmpty else {
            return nil
        }
        var name = parts[5]
        isSDK = name.hasPrefix("aws-sdk:")
        if isSDK { name = name.dropFirst("aws-sdk:".count) }
        guard let colon = name.firstIndex(of: ":") else { return nil }
        service = String(name[..<colon])
        let rest = name[name.index(after: colon)...].split(separator: ".", maxSplits: 1)
        action = rest.first.map(String.init) ?? ""
        pattern = rest.count > 1 ? String(rest[1]) : nil
    }

    /// The actions of integrations that are made for a service, where they are few and known.
    private static let offered: [String: [String]] = [
        "lambda": ["invoke"], "dynamodb": ["getItem", "putItem", "updateItem", "deleteItem"], "sns": ["publish"],
        "sqs": ["sendMessage"], "events": ["putEvents"], "states": ["startExecution"], "http": ["invoke"],
        "apigateway": ["invoke"],
        "athena": ["startQueryExecution", "stopQueryExecution", "getQueryExecution", "getQueryResults"],
    ]

    /// Whether AWS has the action and the pattern, as far as that is known.
    var isOffered: Bool {
        if let pattern, !(isSDK ? ["waitForTaskToken"] : ["sync", "sync:2", "waitForTaskToken"]).contains(pattern) {
            return false
        }
        return isSDK || Self.offered[service]?.contains(action) ?? true
    }

    func hint(_ problems: ProblemCollector) -> String? {
        problems.hint(for: action, among: Self.offered[service] ?? [])
    }
}

extension ServiceIntegration {
    /// Whether the task calls an HTTPS endpoint.
    var isHTTP: Bool { !isSDK && service == "http" }

    /// What the action takes; `nil` when it is not described.
    var input: ServiceShape? {
        if isHTTP { return ServiceShape.http.input }
        return described.map { ServiceShape(parsing: $0.input) }
    }

    /// What the action gives; `nil` when it is not described.
    var output: ServiceShape? {
        if isHTTP { return ServiceShape.http.output }
        // A statement that is waited for gives what is known of it when it has ended.
        if pattern != nil, described != nil {
            return ServiceModelText.actions["\(service):getQueryExecution"].map { ServiceShape(parsing: $0.output) }
        }
        return described.map { ServiceShape(parsing: $0.output) }
    }

    private var described: (input: String, output: String)? {
        isSDK || service == "athena" ? ServiceModelText.actions["\(service):\(action)"] : nil
    }

    /// The actions of the service through the SDK; `nil` when it is not known which they are.
    var siblings: [Substring]? { isSDK ? Self.actions[service] : nil }

    private static let actions = ServiceModelText.services.mapValues { $0.actions.split(separator: " ") }
}

/// The names of errors that a service can give.
package enum ServiceErrors {
    /// What any service can give, besides what its model names: throttling, and what the SDK says itself.
    private static let common = [
        "SdkClientException", "ThrottlingException", "ThrottledException", "AccessDeniedException",
        "ValidationException", "ServiceUnavailableException", "InternalFailureException",
    ]

    /// The names of errors that `States.` begins.
    private static let ofLanguage = [
        "ALL", "TaskFailed", "Timeout", "HeartbeatTimeout", "Permissions", "ResultPathMatchFailure",
        "ParameterPathFailure", "QueryEvaluationError", "BranchFailed", "NoChoiceMatched", "IntrinsicFailure",
        "ExceedToleratedFailureThreshold", "ItemReaderFailed", "ResultWriterFailed", "DataLimitExceeded", "Runtime",
    ]

    /// Those of which an error of this name would have to be one and is not; `nil` where it is, or can be: a name that
    /// says nothing of its origin can be anybody's own.
    static func missed(by name: String, of resource: ServiceIntegration?) -> [String]? {
        guard let dot = name.firstIndex(of: ".") else { return nil }
        let (prefix, rest) = (name[..<dot], name[name.index(after: dot)...])
        if prefix == "States" {
            return rest.hasPrefix("Http.") || ofLanguage.contains(String(rest)) ? nil : namesOfLanguage
        }
        guard let resource, let names = ofServices[resource.service] else { return nil }
        return names.contains(name) ? nil : sortedNames[resource.service]
    }

    private static let namesOfLanguage = ofLanguage.map { "States." + $0 }
    private static let sortedNames = ofServices.mapValues { $0.sorted() }

    /// What each service can give: what its model names, what any can give, and what comes under the service's own name.
    private static let ofServices = ServiceModelText.services.mapValues { service in
        let general = ["\(service.prefix)Exception", "Amazon\(service.prefix)Exception"]
        let names = common + general + service.errors.split(separator: " ").map(String.init)
        return Set(names.map { "\(service.prefix).\($0)" })
    }
}
