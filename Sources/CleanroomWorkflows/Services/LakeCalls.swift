import SagaKit

// The calls of the services that a data lake is made of.

extension ServiceCall {
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
}

// MARK: What a permission is for, as Lake Formation takes it

extension Principal {
    var template: Argument {
        let identifier: Argument =
            switch self {
            case .maker: "${RoleArn}"
            case .customer: .request.account
            case .everybody: "IAM_ALLOWED_PRINCIPALS"
            }
        return ["DataLakePrincipalIdentifier": identifier]
    }
}

extension PermittedResource {
    var template: Argument {
        switch self {
        case .location: ["DataLocation": ["ResourceArn": .room.locationARN]]
        case .database: ["Database": ["Name": .request.database]]
        case .tables: ["Table": ["DatabaseName": .request.database, "TableWildcard": [:]]]
        }
    }
}

extension [Permission] {
    var template: Argument { .texts(map(\.rawValue)) }
}

extension [BatchPermissions.Entry] {
    var template: Argument { .list(enumerated().map { $1.template(id: $0) }) }
}

extension BatchPermissions.Entry {
    fileprivate func template(id: Int) -> Argument {
        [
            "Id": "\(id)", "Principal": principal.template, "Resource": resource.template,
            "Permissions": permissions.template,
            "PermissionsWithGrantOption": (isGrantable ? permissions : []).template,
        ]
    }
}
