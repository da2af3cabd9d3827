import Foundation
import GRDB

/// Why an embedded lake cannot be used. Each code has a page under `docs/errors/`.
package enum LakeError: Error, Equatable, CustomStringConvertible {
    /// The folder or a file in it cannot be made or written.
    case folderNotWritable(path: String, reason: String)
    /// The database was written by a newer version of this program.
    case newerSchema(path: String)
    /// The file is not a database, or is damaged.
    case damaged(path: String, reason: String)
    /// Anything else that SQLite says, such as a full disk.
    case storage(path: String, reason: String)
    /// A requestId that is in use with other content.
    case requestIDReused(requestID: String)

    package var code: String {
        switch self {
        case .folderNotWritable: "LAKE_FOLDER_NOT_WRITABLE"
        case .newerSchema: "LAKE_NEWER_SCHEMA"
        case .damaged: "LAKE_DAMAGED"
        case .storage: "LAKE_STORAGE"
        case .requestIDReused: "REQUEST_ID_REUSED"
        }
    }

    package var description: String {
        switch self {
        case .folderNotWritable(let path, let reason):
            "\(path) cannot be written: \(reason). Give another folder with --data-dir."
        case .newerSchema(let path):
            "\(path) was written by a newer version of cleanroom, and this one leaves it alone. Use the newer version."
        case .damaged(let path, let reason):
            "\(path) is damaged or not a database of cleanroom: \(reason). Restore it from a copy."
        case .storage(let path, let reason):
            "\(path) could not be read or written: \(reason). Nothing that was acknowledged is lost."
        case .requestIDReused(let requestID):
            "the requestId \(requestID) belongs to a request with other content. Use a new requestId."
        }
    }

    /// What an error of SQLite means here.
    init(_ error: any Error, path: String) {
        guard let error = error as? DatabaseError else {
            self = error as? LakeError ?? .storage(path: path, reason: "\(error)")
            return
        }
        let reason = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_NOTADB, .SQLITE_CORRUPT: self = .damaged(path: path, reason: reason)
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
            self = .folderNotWritable(path: path, reason: reason)
        default: self = .storage(path: path, reason: reason)
        }
    }
}
