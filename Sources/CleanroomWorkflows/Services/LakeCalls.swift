import SagaKit
import StatesLanguage

// The calls of the services that a data lake is made of.

extension ServiceCall {
    /// A statement of Athena. Under one token the same statement runs once.
    struct Statement: Sendable {
        let text: Expression<String>
        let token: Expression<String>
    }

    enum Athena {
        static func runQuery(_ statement: Statement) -> ServiceCall { call(.Athena.runQuery, statement) }
        static func startQuery(_ statement: Statement) -> ServiceCall { call(.Athena.startQuery, statement) }

        private static func call(_ action: ServiceAction, _ statement: Statement) -> ServiceCall {
            ServiceCall(
                action,
                [
                    "QueryString": Payload(statement.text), "WorkGroup": "${Workgroup}",
                    "ClientRequestToken": Payload(statement.token),
                ])
        }

        static func stopQuery(id: Expression<String>) -> ServiceCall {
            ServiceCall(.Athena.stopQuery, ["QueryExecutionId": Payload(id)])
        }

        static func getQuery(id: Expression<String>) -> ServiceCall {
            ServiceCall(.Athena.getQuery, ["QueryExecutionId": Payload(id)])
        }
    }

    enum Glue {
        static func getDatabase(name: Expression<String>) -> ServiceCall {
            ServiceCall(.Glue.getDatabase, ["Name": Payload(name)])
        }

        static func getTables(database: Expression<String>, limit: Int64) -> ServiceCall {
            ServiceCall(
                .Glue.getTables, ["DatabaseName": Payload(database), "MaxResults": Payload(literal: .integer(limit))])
        }

        /// The tags of a database.
        static func getTags(database: Expression<String>) -> ServiceCall {
            ServiceCall(.Glue.getTags, ["ResourceArn": arn(of: database)])
        }

        /// Replaces all of a database but its tables.
        static func updateDatabase(
            name: Expression<String>, description: Expression<String>, location: Expression<String>,
            properties: Payload, tableDefaults: Payload
        ) -> ServiceCall {
            ServiceCall(
                .Glue.updateDatabase,
                [
                    "Name": Payload(name),
                    "DatabaseInput": [
                        "Name": Payload(name), "Description": Payload(description), "LocationUri": Payload(location),
                        "Parameters": properties, "CreateTableDefaultPermissions": tableDefaults,
                    ],
                ])
        }

        /// Adds tags to those of a database, key by key.
        static func tagResource(database: Expression<String>, tags: Expression<JSONValue>) -> ServiceCall {
            ServiceCall(.Glue.tagResource, ["ResourceArn": arn(of: database), "TagsToAdd": Payload(tags)])
        }

        /// Takes tags off a database; those that it does not have are no error.
        static func untagResource(database: Expression<String>, keys: Expression<[String]>) -> ServiceCall {
            ServiceCall(.Glue.untagResource, ["ResourceArn": arn(of: database), "TagsToRemove": Payload(keys)])
        }

        private static func arn(of database: Expression<String>) -> Payload {
            Payload(.format("arn:${Partition}:glue:${Region}:${AccountId}:database/{}", database))
        }
    }

    enum LakeFormation {
        static func describeResource(arn: Expression<String>) -> ServiceCall {
            ServiceCall(.LakeFormation.describeResource, ["ResourceArn": Payload(arn)])
        }

        /// Registers a location under the location role, for everybody who reads it.
        static func registerResource(arn: Expression<String>) -> ServiceCall {
            ServiceCall(
                .LakeFormation.registerResource,
                [
                    "ResourceArn": Payload(arn), "UseServiceLinkedRole": false, "RoleArn": "${LocationRoleArn}",
                    "HybridAccessEnabled": false,
                ])
        }

        static func deregisterResource(arn: Expression<String>) -> ServiceCall {
            ServiceCall(.LakeFormation.deregisterResource, ["ResourceArn": Payload(arn)])
        }

        static func grantPermissions(
            _ permissions: [Permission], on resource: PermittedResource, to principal: Principal
        ) -> ServiceCall {
            ServiceCall(
                .LakeFormation.grantPermissions,
                [
                    "Principal": principal.payload, "Resource": resource.payload,
                    "Permissions": .texts(permissions.map(\.rawValue)),
                ])
        }

        static func batchGrantPermissions(_ entries: [BatchPermissions.Entry]) -> ServiceCall {
            ServiceCall(
                .LakeFormation.batchGrantPermissions,
                ["Entries": .list(entries.enumerated().map { $1.payload(id: $0) })])
        }

        static func batchRevokePermissions(_ entries: [BatchPermissions.Entry]) -> ServiceCall {
            ServiceCall(
                .LakeFormation.batchRevokePermissions,
                ["Entries": .list(entries.enumerated().map { $1.payload(id: $0) })])
        }

        static func getSettings() -> ServiceCall { ServiceCall(.LakeFormation.getSettings, [:]) }

        /// So few that a page stays far below the 256 KiB that a state may have.
        private static let permissionsPerPage: Int64 = 100

        /// A page of who may do what on a resource.
        static func listPermissions(
            on resource: Expression<JSONValue>, after token: Expression<String>? = nil
        ) -> ServiceCall {
            ServiceCall(
                .LakeFormation.listPermissions,
                .object([
                    ("Resource", Payload(resource)), ("MaxResults", Payload(literal: .integer(permissionsPerPage))),
                    ("NextToken", token.map { Payload($0) }),
                ]))
        }
    }

    enum S3 {
        static func listObjects(prefix: Expression<String>, limit: Int64) -> ServiceCall {
            ServiceCall(
                .S3.listObjects,
                ["Bucket": "${Bucket}", "Prefix": Payload(prefix), "MaxKeys": Payload(literal: .integer(limit))])
        }
    }
}

extension BatchPermissions.Entry {
    fileprivate func payload(id: Int) -> Payload {
        [
            "Id": .text("\(id)"), "Principal": principal.payload, "Resource": resource.payload,
            "Permissions": .texts(permissions.map(\.rawValue)),
            "PermissionsWithGrantOption": .texts((isGrantable ? permissions : []).map(\.rawValue)),
        ]
    }
}

extension Principal {
    fileprivate var payload: Payload {
        let identifier: Payload =
            switch self {
            case .maker: "${RoleArn}"
            case .customer: Payload(RoomValues.account)
            case .everybody: "IAM_ALLOWED_PRINCIPALS"
            }
        return ["DataLakePrincipalIdentifier": identifier]
    }
}

extension PermittedResource {
    /// The resource as Lake Formation takes it.
    var payload: Payload {
        switch self {
        case .location: ["DataLocation": ["ResourceArn": Payload(RoomValues.locationARN)]]
        case .database: ["Database": ["Name": Payload(RoomValues.database)]]
        case .tables: ["Table": ["DatabaseName": Payload(RoomValues.database), "TableWildcard": [:]]]
        }
    }
}

/// What `ValidateRequest` has laid out.
enum RoomValues {
    private typealias Value = Expression<JSONValue?>

    static let requestID = Value.request.requestID.trusted(as: String.self)
    static let account = Value.request.account.trusted(as: String.self)
    static let database = Value.request.database.trusted(as: String.self)
    static let execution = Value.execution.id.trusted(as: String.self)
    static let startTime = Value.execution.startTime.trusted(as: String.self)
    static let marker = Value.room.marker.trusted(as: String.self)
    static let location = Value.room.location.trusted(as: String.self)
    static let locationARN = Value.room.locationARN.trusted(as: String.self)
    static let prefix = Value.room.prefix.trusted(as: String.self)
    /// Whether the execution answers for another one.
    static let isRepeat = Value.mode.repeat == true
}
