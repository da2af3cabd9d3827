package import StatesLanguage

/// A statement of an IAM policy that a task needs to be carried out.
struct IAMStatement: Hashable, Sendable {
    let actions: [String]
    /// ARNs with `${…}` for what a deployment sets; `*` only where AWS has no finer one, and then with a reason.
    let resources: [String]
    var condition: JSONValue?
    var reason: String?

    init(_ actions: [String], on resources: [String], when condition: JSONValue? = nil, because reason: String? = nil) {
        precondition(!resources.contains("*") || reason != nil, "a resource * has a reason: \(actions)")
        precondition(!actions.contains { $0.contains("*") }, "no action is a pattern: \(actions)")
        self.actions = actions
        self.resources = resources
        self.condition = condition
        self.reason = reason
    }

    fileprivate var json: JSONValue {
        var members: JSONObject = [
            "Effect": "Allow", "Action": .strings(actions.sorted()), "Resource": .strings(resources),
        ]
        if let condition { members["Condition"] = condition }
        return .object(members)
    }
}

/// The policy of the role under which the machines act, derived from their tasks.
package enum MachinePolicy {
    /// The policy document that the tasks of machines need, and nothing besides, with the reason of each `*`.
    package static func document(for machines: [MachineScope]) -> JSONValue {
        var statements: [IAMStatement] = []
        let prefix = "arn:${Partition}:states:::"
        for state in machines.flatMap(\.inOrder) {
            guard case .task(let task) = state.kind else { continue }
            let action = String(task.resource.dropFirst(task.resource.hasPrefix(prefix) ? prefix.count : 0))
            guard let needed = IAMStatement.needed[action] else {
                preconditionFailure("it is not known what \(action) needs")
            }
            for statement in needed where !statements.contains(statement) { statements.append(statement) }
        }
        for statement in IAMStatement.ofEveryMachine where !statements.contains(statement) {
            statements.append(statement)
        }
        return [
            "Version": "2012-10-17", "Statement": .array(statements.map(\.json)),
            "Reasons": .object(
                JSONObject(
                    statements.compactMap { statement in
                        statement.reason.map { (statement.actions.sorted().joined(separator: " "), .string($0)) }
                    })),
        ]
    }
}

// MARK: - What each action needs

extension IAMStatement {
    private static func arn(_ service: String, _ resource: String) -> String {
        "arn:${Partition}:\(service):${Region}:${AccountId}:\(resource)"
    }

    /// By what follows `arn:partition:states:::` in a task's resource.
    fileprivate static let needed: [String: [IAMStatement]] = [
        "athena:startQueryExecution.sync": statements,
        "aws-sdk:athena:startQueryExecution": statements,
        "aws-sdk:athena:stopQueryExecution": [runStatements],
        "aws-sdk:athena:getQueryExecution": [runStatements],
        "aws-sdk:glue:getDatabase": [manageDatabases],
        "aws-sdk:glue:updateDatabase": [manageDatabases],
        "aws-sdk:glue:getTables": [manageDatabases],
        "aws-sdk:lakeformation:registerResource": [registerLocation, passLocationRole],
        "aws-sdk:lakeformation:deregisterResource": [registerLocation],
        "aws-sdk:lakeformation:describeResource": [registerLocation],
        "aws-sdk:lakeformation:grantPermissions": [managePermissions],
        "aws-sdk:lakeformation:batchGrantPermissions": [managePermissions] + sharing,
        "aws-sdk:lakeformation:batchRevokePermissions": [managePermissions] + sharing,
        "aws-sdk:lakeformation:listPermissions": [managePermissions],
        "aws-sdk:s3:listObjectsV2": [
            IAMStatement(
                ["s3:ListBucket"], on: ["arn:${Partition}:s3:::${Bucket}"],
                when: ["StringLike": ["s3:prefix": "cleanroom/*"]])
        ],
        "aws-sdk:sfn:describeExecution": [readExecutions],
        "aws-sdk:sfn:getExecutionHistory": [readExecutions],
        "aws-sdk:sfn:listExecutions": [
            IAMStatement(["states:ListExecutions"], on: [arn("states", "stateMachine:${Name}")])
        ],
        "aws-sdk:sfn:startExecution": [
            IAMStatement(["states:StartExecution"], on: [arn("states", "stateMachine:${Name}-recover")])
        ],
        "http:invoke": telling,
    ]

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html>
    private static let statements = [
        runStatements,
        IAMStatement(["athena:GetDataCatalog"], on: [arn("athena", "datacatalog/AwsDataCatalog")]),
        IAMStatement(
            [
                "s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetObject",
                "s3:PutObject",
                "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts",
            ], on: ["arn:${Partition}:s3:::${ResultsBucket}", "arn:${Partition}:s3:::${ResultsBucket}/*"],
            when: ["StringEquals": ["aws:ResourceAccount": "${AccountId}"]]),
        IAMStatement(["s3:GetBucketLocation"], on: ["arn:${Partition}:s3:::${Bucket}"]),
        manageDatabases,
        IAMStatement(
            ["lakeformation:GetDataAccess"], on: ["*"], because: "Lake Formation has no permissions on resources"),
    ]

    private static let runStatements = IAMStatement(
        ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:StopQueryExecution"],
        on: [arn("athena", "workgroup/${Workgroup}")])

    /// The name of a room comes with its request, so a database can be any: Lake Formation guards what is another's.
    private static let manageDatabases = IAMStatement(
        [
            "glue:CreateDatabase", "glue:GetDatabase", "glue:GetDatabases", "glue:UpdateDatabase",
            "glue:DeleteDatabase", "glue:GetTables",
        ],
        on: [
            arn("glue", "catalog"), arn("glue", "database/*"), arn("glue", "table/*/*"),
            arn("glue", "userDefinedFunction/*/*"),
        ])

    private static let managePermissions = IAMStatement(
        [
            "lakeformation:GrantPermissions", "lakeformation:BatchGrantPermissions",
            "lakeformation:BatchRevokePermissions", "lakeformation:ListPermissions",
        ], on: ["*"], because: "Lake Formation has no permissions on resources")

    private static let registerLocation = IAMStatement(
        ["lakeformation:RegisterResource", "lakeformation:DescribeResource", "lakeformation:DeregisterResource"],
        on: ["*"], because: "Lake Formation has no permissions on resources")

    private static let passLocationRole = IAMStatement(
        ["iam:PassRole"], on: ["${LocationRoleArn}"],
        when: ["StringEquals": ["iam:PassedToService": "lakeformation.amazonaws.com"]])

    /// Lake Formation shares with another account through RAM, as the one who grants.
    ///
    /// Source: <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLakeFormationCrossAccountManager.html>
    private static let sharing = [
        IAMStatement(
            ["ram:CreateResourceShare"], on: ["*"],
            when: [
                "StringLikeIfExists": ["ram:RequestedResourceType": ["glue:Table", "glue:Database", "glue:Catalog"]]
            ], because: "the ARN of a share is made when it is made"),
        IAMStatement(
            [
                "ram:UpdateResourceShare", "ram:DeleteResourceShare", "ram:AssociateResourceShare",
                "ram:DisassociateResourceShare",
            ], on: ["*"], when: ["StringLike": ["ram:ResourceShareName": "LakeFormation*"]],
            because: "the ARN of a share is made when it is made"),
        IAMStatement(
            ["ram:AssociateResourceSharePermission"], on: ["*"],
            when: ["ArnLike": ["ram:PermissionArn": "arn:${Partition}:ram::aws:permission/AWSRAMLFEnabled*"]],
            because: "the ARN of a share is made when it is made"),
        IAMStatement(
            [
                "organizations:DescribeAccount", "organizations:DescribeOrganization", "ram:GetPermission",
                "ram:GetResourcePolicies", "ram:GetResourceShareAssociations", "ram:GetResourceShares",
                "ram:ListPermissions", "ram:ListPrincipals", "ram:ListResources", "ram:ListResourceSharePermissions",
                "ram:ListResourceTypes",
            ], on: ["*"], because: "listing has no permissions on resources"),
        IAMStatement(
            ["glue:PutResourcePolicy", "glue:DeleteResourcePolicy"],
            on: [arn("glue", "catalog"), arn("glue", "database/*"), arn("glue", "table/*/*")]),
    ]

    private static let readExecutions = IAMStatement(
        ["states:DescribeExecution", "states:GetExecutionHistory"], on: [arn("states", "execution:${Name}:*")])

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html>
    private static let telling = [
        IAMStatement(
            ["states:InvokeHTTPEndpoint"],
            on: [arn("states", "stateMachine:${Name}"), arn("states", "stateMachine:${Name}-recover")],
            when: [
                "StringEquals": [
                    "states:HTTPMethod": "POST",
                    "states:HTTPEndpoint": .strings(Telling.endpoints),
                ]
            ]),
        IAMStatement(["events:RetrieveConnectionCredentials"], on: [arn("events", "connection/${ApiAuthorization}")]),
        IAMStatement(
            ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
            on: [arn("secretsmanager", "secret:events!connection/${Connection}/*")]),
    ]

    /// What a state machine with logs and traces needs.
    ///
    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html>
    fileprivate static let ofEveryMachine = [
        IAMStatement(
            [
                "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
                "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies",
                "logs:DescribeLogGroups",
            ], on: ["*"], because: "the delivery of logs has no permissions on resources"),
        IAMStatement(
            [
                "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
            ], on: ["*"], because: "X-Ray has no permissions on resources"),
    ]
}
