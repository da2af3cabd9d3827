import ArgumentParser
import EmbeddedLake
import Foundation

/// Where the lake is.
struct DataFolderOptions: ParsableArguments {
    @Option(help: "The folder that holds everything (else CLEANROOM_DATA_DIR, else .cleanroom here).")
    var dataDir: String?

    var folder: DataFolder {
        let path = dataDir ?? ProcessInfo.processInfo.environment["CLEANROOM_DATA_DIR"] ?? ".cleanroom"
        return DataFolder(path: URL(fileURLWithPath: path).path)
    }

    /// What says which folder it is.
    var folderSource: String {
        if dataDir != nil { return "command line" }
        return ProcessInfo.processInfo.environment["CLEANROOM_DATA_DIR"] == nil ? "default" : "environment"
    }

    /// The lake of a folder in which something has been kept; `nil` otherwise, and then nothing is made.
    func existingStore() throws -> LakeStore? {
        folder.isThere ? try LakeStore(folder: folder) : nil
    }

    /// The execution for a request.
    func execution(_ requestID: String, _ printer: Printer) throws -> (LakeStore, ExecutionRecord) {
        guard let store = try existingStore(), let record = try store.execution(named: requestID) else {
            throw printer.fail(
                ["there is no execution \(requestID) in \(folder.path)"], code: "NOT_FOUND", exit: Exit.notMade)
        }
        return (store, record)
    }
}

/// Where the lake is, and how results are printed: what nearly all commands take.
struct FolderOptions: ParsableArguments {
    @OptionGroup var data: DataFolderOptions
    @OptionGroup var output: OutputOptions

    var folder: DataFolder { data.folder }
    var folderSource: String { data.folderSource }
    func existingStore() throws -> LakeStore? { try data.existingStore() }
}

struct OutputOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
    }

    @Option(help: "How to print: text for people, or json for exactly one JSON document.")
    var output = Format.text
}
