import SagaKit
import StatesLanguage

// The calls of the services that a data lake is made of, by states in JSONata.

extension ServiceQuery {
    enum Glue {
        static func getDatabase(name: Expression<String>) -> ServiceQuery {
            ServiceQuery(.Glue.getDatabase, ["Name": Payload(name)])
        }

        static func getTables(database: Expression<String>, limit: Int64) -> ServiceQuery {
            ServiceQuery(
                .Glue.getTables, ["DatabaseName": Payload(database), "MaxResults": Payload(literal: .integer(limit))])
        }

        /// The tags of a database.
        static func getTags(database: Expression<String>) -> ServiceQuery {
            let arn = Expression.format("arn:${Partition}:glue:${Region}:${AccountId}:database/{}", database)
            return ServiceQuery(.Glue.getTags, ["ResourceArn": Payload(arn)])
        }
    }

    enum LakeFormation {
        static func describeResource(arn: Expression<String>) -> ServiceQuery {
            ServiceQuery(.LakeFormation.describeResource, ["ResourceArn": Payload(arn)])
        }

        /// A page of who may do what on a resource.
        static func listPermissions(
            on resource: Expression<JSONValue>, after token: Expression<String>? = nil
        ) -> ServiceQuery {
            let resource = Payload(resource)
            guard let token else { return ServiceQuery(.LakeFormation.listPermissions, ["Resource": resource]) }
            return ServiceQuery(
                .LakeFormation.listPermissions, ["Resource": resource, "NextToken": Payload(token)])
        }
    }

    enum S3 {
        static func listObjects(prefix: Expression<String>, limit: Int64) -> ServiceQuery {
            ServiceQuery(
                .S3.listObjects,
                ["Bucket": "${Bucket}", "Prefix": Payload(prefix), "MaxKeys": Payload(literal: .integer(limit))])
        }
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

/// What `ValidateRequest` has laid out, as states in JSONata read it.
enum RoomValues {
    private typealias Value = Expression<JSONValue?>

    static let requestID = Value.request.requestID.trusted(as: String.self)
    static let account = Value.request.account.trusted(as: String.self)
    static let database = Value.request.database.trusted(as: String.self)
    static let location = Value.room.location.trusted(as: String.self)
    static let locationARN = Value.room.locationARN.trusted(as: String.self)
    static let prefix = Value.room.prefix.trusted(as: String.self)
    /// Whether the execution answers for another one.
    static let isRepeat = Value.mode.repeat == true
}
