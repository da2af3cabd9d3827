package import StatesLanguage

/// Holds a policy against the tasks that are carried out under it: it allows what they need, and nothing that none needs.
package struct PolicyCheck {
    private let resources: Set<String>
    private let policy: JSONValue

    /// - Parameter scopes: the machines that act under the policy.
    package init(_ policy: JSONValue, _ scopes: [MachineScope]) {
        self.policy = policy
        resources = Set(
            scopes.flatMap { scope in
                scope.inOrder.compactMap { if case .task(let task) = $0.kind { task.resource } else { nil } }
            })
    }

    package func problems() -> [Problem] {
        let place = ProblemPath.root.appending("Statement")
        var problems: [Problem] = []
        var allowed: Set<String> = []
        let needed = Set(resources.flatMap(Self.needed)).union(Self.ofEveryMachine)
        for (index, statement) in (policy["Statement"]?.arrayValue ?? []).enumerated() {
            for (position, action) in (statement["Action"]?.arrayValue ?? []).compactMap(\.stringValue).enumerated() {
                allowed.insert(action)
                if needed.contains(action) { continue }
                problems.append(
                    Problem(
                        .sagaUnusedAction, at: place.appending(index).appending("Action").appending(position),
                        "no task needs \(action)"))
            }
        }
        for action in needed.subtracting(allowed).sorted() {
            problems.append(Problem(.sagaMissingAction, at: place, "a task needs \(action), which nothing allows"))
        }
        return problems
    }

    // MARK: What tasks need, by the name of the action and by what AWS does behind it

    private static func needed(by resource: String) -> [String] {
        guard let call = ServiceIntegration(resource) else { return [] }
        let name = call.action.prefix(1).uppercased() + call.action.dropFirst()
        switch (call.service, call.action, call.pattern) {
        case ("http", _, _):
            return [
                "states:InvokeHTTPEndpoint", "events:RetrieveConnectionCredentials", "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
            ]
        case ("athena", "startQueryExecution", let pattern):
            // A statement is carried out with the permissions of the one who starts it.
            let waiting = pattern == nil ? [] : ["athena:GetQueryExecution", "athena:StopQueryExecution"]
            return waiting + [
                "athena:StartQueryExecution", "athena:GetDataCatalog", "s3:GetBucketLocation", "s3:ListBucket",
                "s3:ListBucketMultipartUploads", "s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts", "glue:CreateDatabase", "glue:GetDatabase", "glue:GetDatabases",
                "glue:DeleteDatabase", "lakeformation:GetDataAccess",
            ]
        case ("lakeformation", "registerResource", _): return ["lakeformation:RegisterResource", "iam:PassRole"]
        case ("lakeformation", "batchGrantPermissions", _), ("lakeformation", "batchRevokePermissions", _):
            // Each entry of a batch is checked as a call of its own; sharing with another account goes through RAM.
            return ["lakeformation:\(name)", "lakeformation:GrantPermissions"] + sharing
        case ("s3", "listObjectsV2", _): return ["s3:ListBucket"]
        case ("sfn", _, _): return ["states:\(name)"]
        default: return ["\(call.service):\(name)"]
        }
    }

    private static let sharing = [
        "ram:CreateResourceShare", "ram:UpdateResourceShare", "ram:DeleteResourceShare", "ram:AssociateResourceShare",
        "ram:DisassociateResourceShare", "ram:AssociateResourceSharePermission", "ram:GetPermission",
        "ram:GetResourcePolicies", "ram:GetResourceShareAssociations", "ram:GetResourceShares", "ram:ListPermissions",
        "ram:ListPrincipals", "ram:ListResources", "ram:ListResourceSharePermissions", "ram:ListResourceTypes",
        "organizations:DescribeAccount", "organizations:DescribeOrganization", "glue:PutResourcePolicy",
        "glue:DeleteResourcePolicy",
    ]

    private static let ofEveryMachine = [
        "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
        "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
    ]
}
