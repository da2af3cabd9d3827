/// An object of S3.
package struct StoredObject: Hashable, Sendable {
    /// What follows the prefix that was asked for; empty for a folder's mark, whose key is the prefix itself.
    package let key: String
    /// In bytes.
    package let size: Int64

    package init(key: String, size: Int64) {
        self.key = key
        self.size = size
    }
}
