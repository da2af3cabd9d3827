import CleanroomService
import Foundation
import StatesLanguage
import TestSupport
import Testing

/// The real program, as people and scripts run it.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct CommandLineTests {
    private static let id = "6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11"

    private let folder = TemporaryFolder()

    private func cleanroom(_ arguments: String..., environment: [String: String] = [:]) throws -> ProgramResult {
        try run(
            Project.program("cleanroom"), arguments,
            environment: ["CLEANROOM_DATA_DIR": folder.path].merging(environment) { $1 })
    }

    private func create(_ database: String = "acme_room", _ more: String...) throws -> ProgramResult {
        try run(
            Project.program("cleanroom"),
            ["create", "--account", "111122223333", "--database", database, "--data-dir", folder.path] + more)
    }

    /// The one document on standard output.
    private func document(_ result: ProgramResult) throws -> JSONValue {
        let document = try JSONValue(parsing: result.output)
        #expect(document["formatVersion"] == 1)
        return document
    }

    @Test func `create prints one document with the outcome and ends with 0`() throws {
        let result = try create("acme_room", "--request-id", Self.id, "--output", "json")
        #expect(result.status == 0)
        let document = try document(result)
        #expect(document["requestId"] == .string(Self.id))
        #expect(document["account"] == "111122223333")
        #expect(document["database"] == "acme_room")
        #expect(document["status"] == "SUCCEEDED")
        #expect(document["location"] == "s3://mytiki-ocean/cleanroom/acme_room/")
        #expect(document["executionArn"]?.stringValue?.hasSuffix(":core-account-cleanroom-create:\(Self.id)") == true)
        #expect(document["outcome"] == ["status": "SUCCEEDED"])
        #expect(document["delivery"]?["path"] == "/api/latest/ocean/cleanroom/create")
        #expect(document["delivery"]?["body"] == ["requestId": .string(Self.id)])
        #expect(document["delivery"]?["status"] == "KEPT")
        #expect(document["durationMs"]?.integerValue != nil)
    }

    @Test func `a room that was made is listed and shown`() throws {
        _ = try create("acme_room", "--request-id", Self.id)
        let room = try document(cleanroom("show", "acme_room", "--output", "json"))
        #expect(room["database"] == "acme_room")
        #expect(room["requestId"] == .string(Self.id))
        #expect(room["registered"] == true)
        #expect(room["tables"] == 0)
        #expect(room["createdAt"]?.stringValue.flatMap(Timestamp.init(parsing:)) != nil)
        #expect(
            room["grants"]?[2] == [
                "principal": "111122223333", "resource": ["kind": "TABLES", "name": "acme_room"],
                "permissions": ["DESCRIBE", "SELECT"], "grantable": ["DESCRIBE", "SELECT"],
            ])
        let list = try document(cleanroom("list", "--output", "json"))
        #expect(list["cleanrooms"]?.arrayValue?.count == 1)
        let executions = try document(cleanroom("executions", "list", "--output", "json"))
        #expect(executions["executions"]?[0]?["request"]?["requestId"] == .string(Self.id))
        let execution = try document(cleanroom("executions", "show", Self.id, "--output", "json"))
        #expect(execution["status"] == "SUCCEEDED")
        #expect(execution["request"]?["delivery"]?["status"] == "KEPT")
        let events = try document(cleanroom("executions", "history", Self.id, "--output", "json"))["events"]?.arrayValue
        #expect(events?.first?["type"] == "ExecutionStarted")
        #expect(events?.last?["type"] == "ExecutionSucceeded")
        #expect(events?.map { $0["id"]?.integerValue } == (1...(events?.count ?? 0)).map { Int64($0) })
    }

    @Test func `on a terminal each step is shown, and at the end what became of the request`() throws {
        let made = try create("acme_room", "--request-id", Self.id)
        for task in ["CreateDatabase", "GrantToAccount", "NotifySuccess"] {
            #expect(made.output.contains("✓ \(task)"))
        }
        #expect(made.output.contains("The cleanroom acme_room stands at"))
        let repeated = try create("acme_room", "--request-id", Self.id)
        #expect(repeated.status == 0)
        #expect(repeated.output.contains("was made before"))
        let taken = try create()
        #expect(taken.status == 1)
        #expect(taken.output.contains("DatabaseAlreadyExists"))
        #expect(taken.output.contains("Nothing of it is left behind."))
    }

    @Test func `a wrong command line ends with 64 and tells every problem in words`() throws {
        let result = try cleanroom(
            "create", "--account", "12", "--database", "Acme", "--request-id", "x", "--bucket", "B", "--output", "json")
        #expect(result.status == 64)
        let problems = try document(result)["error"]?["problems"]?.arrayValue?.compactMap(\.stringValue) ?? []
        #expect(problems.count == 4)
        for (problem, field) in zip(problems, ["requestId", "account", "database", "Bucket"]) {
            #expect(problem.hasPrefix(field))
            #expect(result.errors.contains(problem))
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path))
        #expect(try cleanroom("create", "--account", "111122223333").status == 64)
        #expect(try cleanroom("list", "--limit", "0").status == 64)
        #expect(try cleanroom("nonsense").status == 64)
        #expect(try cleanroom("help", "executions", "lst").errors.contains("did you mean `list`?"))
        #expect(try cleanroom("help", "nonsense").status == 64)
        #expect(try cleanroom("help", "executions", "list").status == 0)
    }

    @Test func `a requestId with other content ends with 64`() throws {
        _ = try create("acme_room", "--request-id", Self.id)
        let result = try create("other_room", "--request-id", Self.id, "--output", "json")
        #expect(result.status == 64)
        #expect(try document(result)["error"]?["code"] == "REQUEST_ID_REUSED")
    }

    @Test func `the parameters of a deployment come from flags, the environment and a file, in this order`() throws {
        let file = folder.path + ".json"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try Data(#"{"bucket":"from-file","name":"from-file","workgroup":"from-file"}"#.utf8)
            .write(to: URL(fileURLWithPath: file))
        let result = try cleanroom(
            "create", "--account", "111122223333", "--database", "acme_room", "--output", "json", "--config", file,
            "--bucket", "from-flag", environment: ["CLEANROOM_BUCKET": "from-env", "CLEANROOM_NAME": "from-env"])
        let document = try document(result)
        #expect(document["location"] == "s3://from-flag/cleanroom/acme_room/")
        #expect(document["executionArn"]?.stringValue?.contains(":execution:from-env:") == true)
        let missing = try create("acme_room", "--config", "/nowhere.json")
        #expect(missing.status == 64)
    }

    @Test func `an answer that cannot be delivered is kept for later, and the room is told to stand`() throws {
        // Nobody listens on port 1 of this machine.
        let result = try cleanroom(
            "create", "--account", "111122223333", "--database", "acme_room", "--output", "json", "--api-endpoint",
            "127.0.0.1:1", "--patience", "1")
        #expect(result.status == 0)
        let document = try document(result)
        #expect(document["status"] == "SUCCEEDED")
        #expect(document["delivery"]?["status"] == "UNDELIVERED")
    }

    @Test func `many processes on one folder each get their room made`() async throws {
        let path = folder.path
        let statuses = try await withThrowingTaskGroup { group in
            for index in 0..<8 {
                group.addTask {
                    try run(
                        Project.program("cleanroom"),
                        ["create", "--account", "111122223333", "--database", "room_\(index)", "--data-dir", path]
                    ).status
                }
            }
            return try await group.reduce(into: [Int32]()) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 0, count: 8))
        let list = try document(cleanroom("list", "--output", "json"))
        #expect(list["cleanrooms"]?.arrayValue?.count == 8)
    }

    @Test func `reading makes nothing`() throws {
        for command in Self.reading {
            let result = try cleanroomOf(command)
            #expect(result.status == 2, "\(command)")
            #expect(try document(result)["error"]?["code"] == "LAKE_NOT_THERE", "\(command)")
            #expect(result.errors.contains("there is no lake in \(folder.path)"))
        }
        // This one has no other output than the picture.
        #expect(try cleanroom("graph", "--request", Self.id).status == 2)
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }

    private static let reading = [
        ["list"], ["show", "acme_room"], ["executions", "list"], ["executions", "show", id],
        ["executions", "history", id], ["executions", "stop", id], ["executions", "retry", id], ["answers", "list"],
        ["answers", "redeliver", "--all"],
    ]

    private func cleanroomOf(_ command: [String]) throws -> ProgramResult {
        try run(
            Project.program("cleanroom"), command + ["--output", "json"],
            environment: ["CLEANROOM_DATA_DIR": folder.path])
    }

    @Test func `a lake whose database is gone is damaged, and not one that is not there`() throws {
        _ = try create()
        for file in ["lake.sqlite", "lake.sqlite-wal", "lake.sqlite-shm"] {
            try? FileManager.default.removeItem(atPath: folder.path + "/" + file)
        }
        for command in Self.reading {
            let result = try cleanroomOf(command)
            #expect(result.status == 2)
            #expect(try document(result)["error"]?["code"] == "LAKE_DAMAGED", "\(command)")
        }
    }

    @Test func `stopping what had ended is told, and is no success`() throws {
        _ = try create("acme_room", "--request-id", Self.id)
        let arn = try document(cleanroomOf(["executions", "show", Self.id]))["executionArn"]?.stringValue ?? ""
        // An execution is addressed by its ARN, too.
        for name in [Self.id, arn] {
            let result = try cleanroomOf(["executions", "stop", name])
            #expect(result.status == 1)
            #expect(try document(result)["error"]?["code"] == "NOT_RUNNING")
            #expect(result.errors == "Error: \(name) was not stopped, it had ended before: SUCCEEDED\n")
        }
    }

    @Test func `compile writes the same bytes each time, those that the engine runs`() throws {
        let output = folder.path + "/out"
        #expect(try cleanroom("compile", "--output", output).status == 0)
        func texts(_ machines: [CompiledMachine]) throws -> [String] {
            try machines.map { try String(contentsOfFile: "\(output)/\($0.fileName)", encoding: .utf8) }
        }
        let machines = try CompiledWorkflow.all().flatMap(\.machines)
        let first = try texts(machines)
        #expect(try cleanroom("compile", "--output", output).status == 0)
        #expect(try texts(machines) == first)
        #expect(first == machines.map(\.text))
        let policy = try JSONValue(parsing: Array(Data(contentsOf: URL(fileURLWithPath: output + "/policy.json"))))
        #expect(policy["Statement"]?.arrayValue?.isEmpty == false)
    }

    @Test(arguments: [
        ["create"], ["list"], ["show"], ["executions"], ["executions", "list"], ["executions", "show"],
        ["executions", "history"], ["answers"], ["answers", "list"], ["answers", "redeliver"], ["serve"],
        ["compile"], ["graph"], [],
    ])
    func `the help of every command has an example`(command: [String]) throws {
        let result = try run(Project.program("cleanroom"), command + ["--help"])
        #expect(result.status == 0)
        #expect(result.output.contains("Example:\n"))
        #expect(result.output.contains("cleanroom " + command.joined(separator: " ")))
    }
}
