import Foundation
import GRDB
import StatesLanguage

/// Why an embedded lake cannot be used. Each code has a page under `docs/errors/`.
package enum LakeError: Error, Equatable, CustomStringConvertible {
    /// There is no lake in the folder, and nothing is made by reading.
    case notThere(path: String)
    /// The folder or a file in it cannot be made or written.
    case folderNotWritable(path: String, reason: String)
    /// Others could read or change what is kept in the folder.
    case folderNotPrivate(path: String, reason: String)
    /// The database was written by a newer version of this program.
    case newerSchema(path: String)
    /// The file is not a database, or is damaged.
    case damaged(path: String, reason: String)
    /// Anything else that SQLite says, such as a full disk.
    case storage(path: String, reason: String)
    /// Another process runs the executions of the folder.
    case folderInUse(path: String)
    /// The folder, or a file in it, was removed, moved or replaced while it was open.
    case folderGone(path: String, reason: String)
    /// A requestId that is in use with other content.
    case requestIDReused(requestID: String)

    package var code: String {
        switch self {
        case .notThere: "LAKE_NOT_THERE"
        case .folderNotWritable: "LAKE_FOLDER_NOT_WRITABLE"
        case .folderNotPrivate: "LAKE_FOLDER_NOT_PRIVATE"
        case .newerSchema: "LAKE_NEWER_SCHEMA"
        case .damaged: "LAKE_DAMAGED"
        case .storage: "LAKE_STORAGE"
        case .folderInUse: "LAKE_FOLDER_IN_USE"
        case .folderGone: "LAKE_FOLDER_GONE"
        case .requestIDReused: "REQUEST_ID_REUSED"
        }
    }

    package var description: String {
        switch self {
        case .notThere(let path):
            "there is no lake in \(path). Give its folder with --data-dir, or make a room in it first."
        case .folderNotWritable(let path, let reason):
            "\(path) cannot be written: \(reason). Give another folder with --data-dir."
        case .folderNotPrivate(let path, let reason):
            "\(path) is not private: \(reason). Give a folder of your own with --data-dir."
        case .newerSchema(let path):
            "\(path) was written by a newer version of cleanroom, and this one leaves it alone. Use the newer version."
        case .damaged(let path, let reason):
            "\(path) is damaged or not a database of cleanroom: \(reason). Restore it from a copy."
        case .storage(let path, let reason):
            "\(path) could not be read or written: \(reason). Nothing that was acknowledged is lost."
        case .folderInUse(let path):
            "another process runs the executions of \(path): a 'cleanroom serve', most likely. Use that one, or stop it."
        case .folderGone(let path, let reason):
            "\(path) is not what it was when it was opened: \(reason). Nothing more is acknowledged. Stop this process, "
                + "put back what was there, and start again."
        case .requestIDReused(let requestID):
            "the requestId \(requestID) belongs to a request with other content. Use a new requestId."
        }
    }

    /// Whether the folder is not the one that was opened.
    package var isFolderGone: Bool { if case .folderGone = self { true } else { false } }

    /// Whether something in the file cannot be read, and never can.
    var isDamage: Bool { if case .damaged = self { true } else { false } }

    /// What an error of SQLite means here, or of reading what SQLite gave.
    init(_ error: any Error, path: String) {
        switch error {
        case let error as LakeError: self = error
        case let error as DatabaseError:
            let reason = error.message ?? "\(error.resultCode)"
            switch error.resultCode {
            case .SQLITE_NOTADB, .SQLITE_CORRUPT: self = .damaged(path: path, reason: reason)
            case .SQLITE_FULL: self = .storage(path: path, reason: "\(reason); make room on the disk")
            case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
                self = .folderNotWritable(path: path, reason: reason)
            default:
                // A table that is not there: the file was cut, and SQLite took what is left for an empty database.
                let isCut = error.resultCode == .SQLITE_ERROR && reason.hasPrefix("no such ")
                self = isCut ? .damaged(path: path, reason: reason) : .storage(path: path, reason: reason)
            }
        // What was written can be read; so this was written by nobody. A row's content stays out of the message.
        case let error as JSONSyntaxError: self = .damaged(path: path, reason: "a document in it is no JSON: \(error)")
        case is DefinitionError:
            self = .damaged(path: path, reason: "a definition in it is not one that this program reads")
        case is RowDecodingError:
            self = .damaged(path: path, reason: "a row in it has not the columns that this program writes")
        default: self = .storage(path: path, reason: "\(error)")
        }
    }

    /// What the error number of a call of the system means here.
    static func system(_ number: Int32, path: String) -> LakeError {
        var reason = String(cString: strerror(number))
        if number == ENOSPC || number == EDQUOT { reason += "; make room on the disk" }
        let isFull = [ENOSPC, EDQUOT, EFBIG, EIO, EMFILE, ENFILE].contains(number)
        return isFull ? .storage(path: path, reason: reason) : .folderNotWritable(path: path, reason: reason)
    }
}
