import CleanroomModel
package import SagaKit

extension AccessNeeds {
    /// What the machines of this service need.
    package static let cleanroom = AccessNeeds(
        [
            (.Athena.runQuery, .runStatement), (.Athena.startQuery, .startStatement),
            (.Athena.stopQuery, .stopStatement), (.Athena.getQuery, .getStatement), (.Glue.getDatabase, .getDatabase),
            (.Glue.updateDatabase, .updateDatabase), (.Glue.getTables, .getTables),
            (.Glue.getTags, .tags("glue:GetTags")), (.Glue.tagResource, .tags("glue:TagResource")),
            (.Glue.untagResource, .tags("glue:UntagResource")),
            (.LakeFormation.getSettings, .lakeFormation("GetDataLakeSettings")),
            (.LakeFormation.registerResource, .registerLocation),
            (.LakeFormation.deregisterResource, .lakeFormation("DeregisterResource")),
            (.LakeFormation.describeResource, .lakeFormation("DescribeResource")),
            (.LakeFormation.grantPermissions, .changePermissions),
            (.LakeFormation.batchGrantPermissions, .changePermissions),
            (.LakeFormation.batchRevokePermissions, .changePermissions),
            (.LakeFormation.listPermissions, .listPermissions), (.S3.listObjects, .listObjects),
            (.StepFunctions.describeExecution, .execution("states:DescribeExecution")),
            (.StepFunctions.getExecutionHistory, .execution("states:GetExecutionHistory")),
            (.StepFunctions.listExecutions, .listExecutions), (.StepFunctions.startExecution, .startExecution),
            (.HTTP.invoke, .callEndpoint),
        ], besides: .ofEveryMachine, withoutAlias: Workflows.all.compactMap(\.recovery?.nameSuffix))
}

private func arn(_ service: String, _ resource: String) -> String {
    "arn:${Partition}:\(service):${Region}:${AccountId}:\(resource)"
}

extension Requirement.Resource {
    private static func glue(_ resource: String) -> Self { .init(AccessTemplate(arn("glue", resource))) }

    /// Glue wants an action on an entity to be allowed on all that it is in, too.
    ///
    /// Source: <https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html>
    static let catalog = glue("catalog")
    static let defaultDatabase = glue("database/default")
    static let everyDatabase = Self(AccessTemplate(arn("glue", "database/*")))

    /// - Parameter database: the value of the call that names the database.
    static func database(_ database: String) -> [Self] { [catalog, glue("database/{\(database)}")] }
    static func tables(_ name: String) -> [Self] {
        // Which tables there are is not known beforehand: IAM is asked for all of them.
        database(name) + [.init("\(arn("glue", "table/{\(name)}/*"))", allowing: [arn("glue", "table/*/*")])]
    }
    static func allOf(_ name: String) -> [Self] {
        tables(name) + [
            .init(
                "\(arn("glue", "userDefinedFunction/{\(name)}/*"))", allowing: [arn("glue", "userDefinedFunction/*/*")])
        ]
    }
}

// MARK: - Athena

extension [Requirement] {
    private static let gluePages =
        "https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html"
    private static let athenaPage = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html"
    private static let workgroup: Requirement.Resource = .init(
        "\(arn("athena", "workgroup/{WorkGroup}"))", allowing: [arn("athena", "workgroup/${Workgroup}")])

    static let startStatement =
        [
            Requirement(["athena:StartQueryExecution"], on: [workgroup], page: athenaPage),
            Requirement(
                ["athena:GetDataCatalog"], on: ["\(arn("athena", "datacatalog/AwsDataCatalog"))"], page: athenaPage),
        ] + keepResults + changeCatalog

    /// One that waits also asks how the statement is, and stops it with the execution.
    static let runStatement =
        startStatement + [
            Requirement(["athena:GetQueryExecution", "athena:StopQueryExecution"], on: [workgroup], page: athenaPage)
        ]

    /// A statement is named by its id alone; the workgroup that it runs in is the deployment's.
    private static let ownWorkgroup: Requirement.Resource = "\(arn("athena", "workgroup/${Workgroup}"))"
    private static let workgroupsPage = "https://docs.aws.amazon.com/athena/latest/ug/workgroups-iam-policy.html"
    static let stopStatement = [
        Requirement(["athena:StopQueryExecution"], on: [ownWorkgroup], page: workgroupsPage)
    ]
    static let getStatement = [Requirement(["athena:GetQueryExecution"], on: [ownWorkgroup], page: workgroupsPage)]

    /// Athena writes the results of a statement, DDL too, as the one who started it, and looks up where the bucket of a
    /// LOCATION clause is.
    private static let keepResults: [Requirement] = {
        let ours = Requirement.Key("aws:ResourceAccount", "${AccountId}", "StringEquals", ["${AccountId}"])
        let page = "https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html"
        // The deployment may know the bucket by a pattern only; what is asked for is one bucket.
        func results(_ suffix: String) -> Requirement.Resource {
            .init(
                "arn:${Partition}:s3:::${OwnResultsBucket}\(suffix)",
                allowing: ["arn:${Partition}:s3:::${ResultsBucket}" + (suffix.isEmpty ? "" : "/*")])
        }
        return [
            Requirement(
                ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"], on: [results("")],
                when: [ours], page: page),
            Requirement(
                ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
                on: [results("/Unsaved/result.txt")], when: [ours], page: page),
            Requirement(["s3:GetBucketLocation"], on: ["arn:${Partition}:s3:::${Bucket}"], page: page),
        ]
    }()

    private static let changeCatalog = [
        Requirement(
            ["glue:GetDatabase", "glue:GetDatabases", "glue:CreateDatabase"], on: [.catalog, .defaultDatabase],
            page: gluePages),
        Requirement(
            ["glue:GetDatabase", "glue:CreateDatabase"], on: Requirement.Resource.database("Statement.Database"),
            of: .equal("Statement", "CREATE DATABASE"), page: gluePages),
        // The page has glue:DeleteTable as well, for the tables that go with the database. Ours is refused while it
        // has any.
        Requirement(
            ["glue:GetDatabase"], on: Requirement.Resource.database("Statement.Database"),
            of: .equal("Statement", "DROP DATABASE"), page: gluePages),
        Requirement(
            ["glue:GetTables", "glue:GetTable"], on: Requirement.Resource.tables("Statement.Database"),
            of: .equal("Statement", "DROP DATABASE"), page: gluePages),
        Requirement(
            ["glue:DeleteDatabase"], on: Requirement.Resource.allOf("Statement.Database"),
            of: .equal("Statement", "DROP DATABASE"), page: gluePages),
        Requirement(
            ["lakeformation:GetDataAccess"], on: [.any],
            page: "https://docs.aws.amazon.com/athena/latest/ug/lf-athena-user-permissions.html",
            because: noResources),
    ]
}

// MARK: - Glue

extension [Requirement] {
    private static let gluePage = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html"

    static let getDatabase = [
        Requirement(["glue:GetDatabase"], on: Requirement.Resource.database("Name"), page: gluePage)
    ]
    static let updateDatabase = [
        Requirement(["glue:UpdateDatabase"], on: Requirement.Resource.database("Name"), page: gluePage)
    ]
    static let getTables = [
        Requirement(["glue:GetTables"], on: Requirement.Resource.tables("DatabaseName"), page: gluePage)
    ]

    /// Whoever reads or writes tags of a database has to be able to read the database.
    ///
    /// - Parameter action: the action of IAM.
    static func tags(_ action: String) -> [Requirement] {
        let database: [Requirement.Resource] = [
            .catalog, .init("{ResourceArn}", allowing: [arn("glue", "database/*")]),
        ]
        return [
            Requirement([action], on: database, page: gluePage),
            Requirement(
                ["glue:GetDatabase"], on: database,
                page: "https://docs.aws.amazon.com/glue/latest/dg/monitor-tags.html"),
        ]
    }
}

// MARK: - Lake Formation

extension [Requirement] {
    private static let noResources = "Lake Formation has no permissions on resources"
    private static let lakeFormationPage =
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslakeformation.html"

    /// - Parameter action: the action of IAM.
    static func lakeFormation(_ action: String) -> [Requirement] {
        [Requirement(["lakeformation:" + action], on: [.any], page: lakeFormationPage, because: noResources)]
    }

    static let registerLocation: [Requirement] = {
        let role = Requirement.Resource("{RoleArn}", allowing: ["${LocationRoleArn}"])
        return lakeFormation("RegisterResource") + [
            Requirement(
                ["iam:PassRole"], on: [role],
                when: [
                    .init(
                        "iam:PassedToService", "lakeformation.amazonaws.com", "StringEquals",
                        ["lakeformation.amazonaws.com"])
                ],
                of: .giving("RoleArn"),
                page: "https://docs.aws.amazon.com/lake-formation/latest/dg/registration-role.html"),
            Requirement(
                ["iam:GetRole"], on: [role], of: .giving("RoleArn"),
                page: "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/"
                    + "AmazonDataZoneGlueManageAccessRolePolicy.html"),
        ]
    }()

    /// Listing shows what the caller could see of the entities themselves.
    static let listPermissions: [Requirement] = {
        let page = "https://docs.aws.amazon.com/lake-formation/latest/dg/viewing-permissions.html"
        return lakeFormation("ListPermissions")
            + ["Resource.Database.Name", "Resource.Table.DatabaseName"].flatMap { name in
                [
                    Requirement(
                        ["glue:GetDatabases"], on: [.catalog, .everyDatabase], of: .giving(name), page: page),
                    Requirement(
                        ["glue:GetDatabase"], on: Requirement.Resource.database(name), of: .giving(name), page: page),
                    Requirement(
                        ["glue:GetTables", "glue:GetTable"], on: Requirement.Resource.tables(name), of: .giving(name),
                        page: page),
                ]
            }
    }()

    /// Whoever grants or revokes anything needs the four actions for it, an administrator too.
    static let changePermissions: [Requirement] = {
        let page = "https://docs.aws.amazon.com/lake-formation/latest/dg/required-permissions-for-grant.html"
        let (database, table) = ("Resource.Database.Name", "Resource.Table.DatabaseName")
        return [
            Requirement(
                [
                    "lakeformation:GrantPermissions", "lakeformation:BatchGrantPermissions",
                    "lakeformation:RevokePermissions", "lakeformation:BatchRevokePermissions",
                ], on: [.any], page: page, because: noResources),
            Requirement(
                ["glue:GetDatabase"], on: Requirement.Resource.database(database), of: .giving(database), page: page),
            Requirement(["glue:GetTable"], on: Requirement.Resource.tables(table), of: .giving(table), page: page),
        ] + sharing(database, as: "glue:Database") + sharing(table, as: "glue:Table")
    }()

    /// Lake Formation shares with another account through RAM, as the one who grants; a location is not shared.
    ///
    /// These are the actions of AWS's managed policy, its wildcards written out, and without those that concern
    /// organizational units.
    private static func sharing(_ name: String, as type: String) -> [Requirement] {
        let page =
            "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLakeFormationCrossAccountManager.html"
        let ofAnother = Requirement.Applicability.all([
            .giving(name), .anotherAccount("Principal.DataLakePrincipalIdentifier"),
        ])
        let madeUp = "the ARN of a share is made when it is made"
        func requirement(_ actions: [String], _ key: Requirement.Key?, because reason: String) -> Requirement {
            Requirement(
                actions, on: [.any], when: key.map { [$0] } ?? [], of: ofAnother, page: page, because: reason)
        }
        return [
            requirement(
                ["ram:CreateResourceShare"],
                .init(
                    "ram:RequestedResourceType", AccessTemplate(type), "StringLikeIfExists",
                    ["glue:Table", "glue:Database", "glue:Catalog"]), because: madeUp),
            requirement(
                [
                    "ram:UpdateResourceShare", "ram:DeleteResourceShare", "ram:AssociateResourceShare",
                    "ram:DisassociateResourceShare",
                ], .init("ram:ResourceShareName", "LakeFormation-V4-SHARE", "StringLike", ["LakeFormation*"]),
                because: madeUp),
            requirement(
                ["ram:AssociateResourceSharePermission"],
                .init(
                    "ram:PermissionArn", "arn:${Partition}:ram::aws:permission/AWSRAMLFEnabledPermission", "ArnLike",
                    ["arn:${Partition}:ram::aws:permission/AWSRAMLFEnabled*"]), because: madeUp),
            requirement(
                [
                    "organizations:DescribeAccount", "organizations:DescribeOrganization", "ram:GetPermission",
                    "ram:GetResourcePolicies", "ram:GetResourceShareAssociations", "ram:GetResourceShareInvitations",
                    "ram:GetResourceShares", "ram:ListPendingInvitationResources", "ram:ListPermissionAssociations",
                    "ram:ListPermissionVersions", "ram:ListPermissions", "ram:ListPrincipals",
                    "ram:ListReplacePermissionAssociationsWork", "ram:ListResources",
                    "ram:ListResourceSharePermissions", "ram:ListResourceTypes", "ram:ListSourceAssociations",
                ], nil, because: "listing has no permissions on resources"),
            Requirement(
                ["glue:PutResourcePolicy", "glue:DeleteResourcePolicy"], on: Requirement.Resource.tables(name),
                of: ofAnother, page: page),
        ]
    }
}

// MARK: - S3, Step Functions and HTTP

extension [Requirement] {
    static let listObjects = [
        Requirement(
            ["s3:ListBucket"],
            on: [.init("arn:${Partition}:s3:::{Bucket}", allowing: ["arn:${Partition}:s3:::${Bucket}"])],
            when: [.init("s3:prefix", "{Prefix}", "StringLike", [LocationLayout.root + "*"])],
            page: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html")
    ]

    private static let statesPage =
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html"
    private static func machine(_ machine: Workflow.Machine) -> String {
        arn("states", "stateMachine:${Name}" + machine.nameSuffix)
    }
    private static let every = Workflows.all.flatMap(\.machines).map(machine)
    /// Those that are started from outside, each by its alias.
    private static let started = Workflows.all.map(\.machine).map(machine)
    private static let recoveries = Workflows.all.compactMap(\.recovery).map(machine)

    /// The recovery looks at executions of its workflow, its own too: `$$.StateMachine.Id` in it is itself.
    static func execution(_ action: String) -> [Requirement] {
        let allowed = every.map { $0.replacing(":stateMachine:", with: ":execution:") + ":*" }
        return [Requirement([action], on: [.init("{ExecutionArn}", allowing: allowed)], page: statesPage)]
    }

    static let listExecutions = [
        Requirement(
            ["states:ListExecutions"], on: [.init("{StateMachineArn}", allowing: every)], page: statesPage)
    ]
    static let startExecution = [
        Requirement(["states:StartExecution"], on: [.init("{StateMachineArn}", allowing: recoveries)], page: statesPage)
    ]

    /// The URLs to which outcomes are delivered, each once.
    private static let endpoints = Workflows.all.flatMap { [$0.contract.success.url, $0.contract.error.url] }
        .reduce(into: [String]()) { urls, url in if !urls.contains(url) { urls.append(url) } }

    static let callEndpoint: [Requirement] = {
        let page = "https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html"
        let keys = [
            Requirement.Key("states:HTTPMethod", "{Method}", "StringEquals", ["POST"]),
            Requirement.Key(
                "states:HTTPEndpoint", "{ApiEndpoint}", "StringEquals",
                endpoints),
        ]
        func invoke(_ machine: AccessTemplate, allowing allowed: [String], _ name: String) -> Requirement {
            Requirement(
                ["states:InvokeHTTPEndpoint"], on: [.init(machine, allowing: allowed)], when: keys, of: .giving(name),
                page: page)
        }
        return [
            invoke("{Machine}", allowing: every, "Machine"),
            invoke("{Machine.Alias}", allowing: started.map { $0 + ":*" }, "Machine.Alias"),
            invoke("{Machine.Version}", allowing: started.map { $0 + ":*" }, "Machine.Version"),
            Requirement(
                ["events:RetrieveConnectionCredentials"],
                on: [
                    .init(
                        "{Authentication.ConnectionArn}", allowing: [arn("events", "connection/${ApiAuthorization}")])
                ], page: page),
            // EventBridge names the secret after the connection and adds an id of its own.
            Requirement(
                ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
                on: [
                    .init(
                        "\(arn("secretsmanager", "secret:events!connection/${Connection}/id"))",
                        allowing: [arn("secretsmanager", "secret:events!connection/${Connection}/*")])
                ], page: page),
        ]
    }()
}

// MARK: - Behind the scenes

extension [Requirement] {
    /// What a state machine with logs and traces needs, though no call of it shows.
    static let ofEveryMachine = [
        Requirement(
            [
                "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
                "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies",
                "logs:DescribeLogGroups",
            ], on: [.any], page: "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
            because: "the delivery of logs has no permissions on resources"),
        Requirement(
            [
                "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
            ], on: [.any], page: "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html",
            because: "X-Ray has no permissions on resources"),
    ]
}
