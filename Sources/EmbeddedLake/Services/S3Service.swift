import DurableExecution
import StatesLanguage

/// Amazon S3, over the warehouse folder.
struct S3Service: CatalogService {
    static let name = "S3"
    static let resources = sdk("listObjectsV2")

    func read(_ call: ServiceCall, in catalog: some CatalogReading) throws -> JSONValue? {
        switch call.action {
        case "listObjectsV2": try listObjects(call, catalog)
        default: nil
        }
    }

    func write(_ call: ServiceCall, in catalog: some LakeCatalog) -> JSONValue? { nil }

    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
    private func listObjects(_ call: ServiceCall, _ catalog: some CatalogReading) throws -> JSONValue {
        let (bucket, prefix) = (try call.string("Bucket"), call.parameters["Prefix"]?.stringValue ?? "")
        let limit = try call.limit("MaxKeys", default: 1000, maximum: 1000)
        // One more says whether the list is cut off.
        guard let objects = try catalog.objects(in: bucket, prefix: prefix, limit: limit + 1) else {
            throw ServiceError("S3Exception", "the prefix '\(prefix)' is not one of folders")
        }
        return [
            "Name": .string(bucket), "Prefix": .string(prefix), "MaxKeys": .integer(Int64(limit)),
            "KeyCount": .integer(Int64(min(objects.count, limit))), "IsTruncated": .bool(objects.count > limit),
            "Contents": .array(
                objects.prefix(limit).map { ["Key": .string(prefix + $0.key), "Size": .integer($0.size)] }),
        ]
    }
}
