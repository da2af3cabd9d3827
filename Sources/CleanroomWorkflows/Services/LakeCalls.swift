import SagaKit

// The calls of the services that a data lake is made of.

extension ServiceCall {
    enum Glue {
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
        static func deregisterResource(arn: Place) -> ServiceCall {
            ServiceCall(.LakeFormation.deregisterResource, ["ResourceArn": Argument(arn)])
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

        static func batchRevokePermissions(_ entries: [BatchPermissions.Entry]) -> ServiceCall {
            ServiceCall(.LakeFormation.batchRevokePermissions, ["Entries": entries.template])
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
