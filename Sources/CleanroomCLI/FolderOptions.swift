import ArgumentParser
import EmbeddedLake
import Foundation

/// Where the lake is, and how results are printed: what all commands take.
struct FolderOptions: ParsableArguments {
    @Option(help: "The folder that holds everything (else CLEANROOM_DATA_DIR, else .cleanroom here).")
    var dataDir: String?

    @OptionGroup var output: OutputOptions

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
}

struct OutputOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
    }

    @Option(help: "How to print: text for people, or json for exactly one JSON document.")
    var output = Format.text
}
