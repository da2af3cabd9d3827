import ArgumentParser
import CleanroomService
import DurableExecution
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

    /// The lake of a folder.
    ///
    /// - Throws: `LakeError.notThere` where there is none; then nothing is made.
    func existingStore() throws(LakeError) -> LakeStore {
        try folder.requireLake()
        return try LakeStore(folder: folder)
    }

    /// The execution that is meant by its ARN, or by a name that only it has; a request comes before executions of
    /// clients' machines that have its requestId as their name.
    func execution(_ name: String, _ printer: Printer) throws -> (LakeStore, ExecutionRecord) {
        let store = try existingStore()
        let found =
            name.hasPrefix("arn:")
            ? try store.execution(named: ExecutionARN(name)).map { [$0] } ?? []
            : try store.executions(named: name, limit: Self.maximumChoices)
        let requests = found.filter(\.isRequest)
        let meant = requests.isEmpty ? found : requests
        guard let record = meant.first else {
            throw printer.fail(
                ["there is no execution \(name) in \(folder.path)"], code: "NOT_FOUND", exit: Exit.notMade)
        }
        if meant.count > 1 {
            let choices = meant.map { "  \($0.start.arn)  \($0.status.rawValue)" }
            throw printer.fail(
                (["several executions are called \(name); give the ARN of one:"] + choices),
                code: "AMBIGUOUS_NAME", exit: Exit.usage)
        }
        return (store, record)
    }

    /// How many executions of one name are told.
    private static let maximumChoices = 20
}

/// Where the lake is, and how results are printed: what nearly all commands take.
struct FolderOptions: ParsableArguments {
    @OptionGroup var data: DataFolderOptions
    @OptionGroup var output: OutputOptions

    var folder: DataFolder { data.folder }
    var folderSource: String { data.folderSource }
    func existingStore() throws(LakeError) -> LakeStore { try data.existingStore() }
}
