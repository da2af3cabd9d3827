/// Where a room lies: a folder of its own in the bucket of its deployment, by the name of its database.
package enum LocationLayout {
    /// The prefix of all rooms in a bucket.
    package static let root = "cleanroom/"

    /// The prefix of the objects of a room.
    package static func prefix(of database: String) -> String { "\(root)\(database)/" }

    /// The location as databases have it.
    package static func location(of database: String, in bucket: String) -> String {
        "s3://\(bucket)/\(prefix(of: database))"
    }

    /// The location as Lake Formation has it.
    package static func arn(of database: String, in bucket: String, partition: String) -> String {
        "arn:\(partition):s3:::\(bucket)/\(prefix(of: database))"
    }
}
