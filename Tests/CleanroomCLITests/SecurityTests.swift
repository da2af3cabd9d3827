import AWSClient
import CleanroomService
import Foundation
import StatesLanguage
import TestSupport
import Testing

/// What docs/security.md says of one machine, by the real program.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct SecurityTests {
    private static let secret = "s3cret-0f-the-c0nnection"

    private let folder = TemporaryFolder()
    private let manager = FileManager.default

    private func create(
        _ more: [String] = [], database: String = "acme_room", in path: String? = nil, umask: String = "022",
        environment: [String: String] = [:]
    ) throws -> ProgramResult {
        let arguments = ["create", "--account", "111122223333", "--database", database, "--output", "json"]
        return try run(
            URL(fileURLWithPath: "/bin/sh"),
            ["-c", "umask \(umask); exec \"$@\"", "sh", Project.program("cleanroom").path] + arguments
                + ["--data-dir", path ?? folder.path] + more, environment: environment)
    }

    private func mode(_ path: String) throws -> Int {
        try #require(manager.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    /// Every file and folder of the lake, with what is wrong with its mode.
    private func openToOthers() throws -> [String] {
        let files = try manager.subpathsOfDirectory(atPath: folder.path).map { folder.path + "/" + $0 } + [folder.path]
        return try files.filter { try mode($0) & 0o077 != 0 }
    }

    // MARK: Secrets

    @Test func `the connection's key is in no output, no file and no command line`() throws {
        let key = ["CLEANROOM_CONNECTION_API_KEY_VALUE": Self.secret]
        // Nobody listens on port 1 of this machine, so the answer is tried, and the error kept.
        let result = try create(["--api-endpoint", "127.0.0.1:1", "--patience", "1"], environment: key)
        #expect(result.status == 0)
        #expect(!(result.output + result.errors).contains(Self.secret))
        let wrong = try create(["--api-endpoint", "not a host", "--name", "NO"], environment: key)
        #expect(wrong.status == 64)
        #expect(!(wrong.output + wrong.errors).contains(Self.secret))
        var size = 0
        for file in try manager.subpathsOfDirectory(atPath: folder.path) {
            guard let data = manager.contents(atPath: folder.path + "/" + file) else { continue }
            size += data.count
            #expect(data.firstRange(of: Data(Self.secret.utf8)) == nil, "\(file)")
        }
        #expect(size > 100_000)
        // There is no option that takes it, so it is on no command line.
        let help = try run(Project.program("cleanroom"), ["create", "--help"]).output.lowercased()
        #expect(!help.contains("api-key") && !help.contains("secret") && !help.contains("password"))
    }

    @Test(arguments: [0o640, 0o604, 0o644, 0o660, 0o622, 0o777])
    func `a config file with secrets that others can read or write is refused with what to do`(mode: Int) throws {
        let file = folder.path + ".json"
        defer { try? manager.removeItem(atPath: file) }
        for key in [
            #"{"connection":{"apiKey":{"value":"\#(Self.secret)"}}}"#, #"{"accessKeys":["id:\#(Self.secret)"]}"#,
            #"{"connection":{"headers":["X-Key=\#(Self.secret)"]}}"#,
            #"{"connection":{"oauth":{"endpoint":"https://u:\#(Self.secret)@x/"}}}"#,
        ] {
            try Data(key.utf8).write(to: URL(fileURLWithPath: file))
            try manager.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
            let result = try run(
                Project.program("cleanroom"), ["serve", "--print-config", "--config", file, "--output", "json"])
            #expect(result.status == 64)
            let problem = try JSONValue(parsing: result.output)["error"]?["problems"]?[0]?.stringValue ?? ""
            #expect(problem.hasPrefix("\(file) \"mode 0\(String(mode, radix: 8))\" is not"))
            #expect(problem.contains("chmod 600 \(file)"))
            #expect(!(result.output + result.errors).contains(Self.secret))
        }
        // What has no secret in it may be read by everybody.
        try Data(#"{"bucket":"b-1","httpHosts":["example.com"]}"#.utf8).write(to: URL(fileURLWithPath: file))
        try manager.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        let result = try run(
            Project.program("cleanroom"), ["serve", "--print-config", "--config", file, "--output", "json"])
        #expect(result.status == 0)
        let settings = try JSONValue(parsing: result.output)["settings"]
        #expect(settings?["httpHosts"]?["value"] == "example.com")
    }

    @Test func `a password in a URL is shown by no setting and no error`() throws {
        let environment = [
            "CLEANROOM_CONNECTION_OAUTH_ENDPOINT": "https://us:\(Self.secret)@example.com/token?k=\(Self.secret)",
            "CLEANROOM_CONNECTION_OAUTH_CLIENT_ID": "c", "CLEANROOM_CONNECTION_OAUTH_CLIENT_SECRET": Self.secret,
        ]
        let shown = try run(Project.program("cleanroom"), ["serve", "--print-config"], environment: environment)
        #expect(shown.status == 0)
        #expect(shown.output.contains("https://example.com/token"))
        #expect(!(shown.output + shown.errors).contains(Self.secret))
        let wrong = try run(
            Project.program("cleanroom"),
            ["serve", "--print-config", "--api-endpoint", "us:\(Self.secret)@example.com"],
            environment: environment.merging(["CLEANROOM_CONNECTION_OAUTH_ENDPOINT": "ftp://\(Self.secret)@x"]) { $1 })
        #expect(wrong.status == 64)
        #expect(wrong.errors.contains("ApiEndpoint") && wrong.errors.contains("connection.oauth.endpoint"))
        #expect(!(wrong.output + wrong.errors).contains(Self.secret))
    }

    @Test func `a secret shows in no description, and not where a receiver sends it back`() throws {
        let secret = Secret(Self.secret)
        let connection = try Connection(authorization: .apiKey(name: "Authorization", value: secret))
        var dumped = ""
        dump(connection, to: &dumped)
        for text in ["\(secret)", "\(connection)", String(reflecting: connection), dumped] {
            #expect(!text.contains(Self.secret))
        }
        #expect(connection.redact("bad key '\(Self.secret)'") == "bad key '‹secret›'")
    }

    @Test func `answers go to the endpoint by HTTPS alone, with the connection's credentials`() throws {
        for machine in try CompiledWorkflow.all().flatMap(\.machines) {
            let states = try #require(try JSONValue(parsing: machine.text)["States"]?.objectValue)
            let tellers = states.filter { $0.1["Resource"]?.stringValue?.hasSuffix(":http:invoke") == true }
            #expect(!tellers.isEmpty)
            for (name, state) in tellers {
                let arguments = state["Arguments"]
                let endpoint = arguments?["ApiEndpoint"]?.stringValue ?? ""
                #expect(endpoint.hasPrefix("https://${ApiEndpoint}/api/latest/ocean/"), "\(name): \(endpoint)")
                #expect(arguments?["Authentication"]?["ConnectionArn"] != nil, "\(name)")
            }
        }
    }

    // MARK: Files

    @Test(arguments: ["000", "022", "077"])
    func `folder and files are their owner's alone whatever the umask is`(umask: String) throws {
        #expect(try create(umask: umask).status == 0)
        #expect(try manager.subpathsOfDirectory(atPath: folder.path).count >= 3)
        #expect(try openToOthers() == [])
    }

    @Test func `a lake that was open to others is closed by the next command`() throws {
        #expect(try create().status == 0)
        for file in try manager.contentsOfDirectory(atPath: folder.path) {
            try manager.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path + "/" + file)
        }
        try manager.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
        #expect(try run(Project.program("cleanroom"), ["list", "--data-dir", folder.path]).status == 0)
        #expect(try openToOthers() == [])
    }

    @Test func `a folder with other things in it is left as it is, and refused if others may write to it`() throws {
        try manager.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: folder.path + "/notes.txt"))
        try manager.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
        let refused = try create()
        #expect(refused.status == 2)
        #expect(try JSONValue(parsing: refused.output)["error"]?["code"] == "LAKE_FOLDER_NOT_PRIVATE")
        #expect(try manager.contentsOfDirectory(atPath: folder.path) == ["notes.txt"])
        #expect(try mode(folder.path) == 0o777)
        try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
        #expect(try create().status == 0)
        #expect(try mode(folder.path) == 0o755)
        #expect(try openToOthers().sorted() == [folder.path, folder.path + "/notes.txt"])
    }

    @Test(arguments: ["lake.sqlite", "lake.sqlite-wal", "engine.lock", "schema.lock", "warehouse"])
    func `a symbolic link in the data folder is not followed`(name: String) throws {
        let elsewhere = TemporaryFolder()
        try manager.createDirectory(atPath: elsewhere.path, withIntermediateDirectories: true)
        try manager.createDirectory(
            atPath: folder.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try manager.createSymbolicLink(
            atPath: folder.path + "/" + name, withDestinationPath: elsewhere.path + (name == "warehouse" ? "" : "/x"))
        let result = try create()
        #expect(result.status == 2)
        #expect(try JSONValue(parsing: result.output)["error"]?["code"] == "LAKE_FOLDER_NOT_PRIVATE")
        #expect(try manager.contentsOfDirectory(atPath: elsewhere.path).isEmpty)
    }

    @Test(arguments: ["mytiki-ocean", "mytiki-ocean/cleanroom/acme_room"])
    func `a symbolic link in the warehouse leads no room out of it, and keeps no other from being made`(
        place: String
    ) throws {
        let elsewhere = TemporaryFolder()
        try manager.createDirectory(atPath: elsewhere.path, withIntermediateDirectories: true)
        let link = folder.path + "/warehouse/" + place
        try manager.createDirectory(
            atPath: URL(fileURLWithPath: link).deletingLastPathComponent().path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        try manager.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path)
        try manager.createSymbolicLink(atPath: link, withDestinationPath: elsewhere.path)
        let result = try create()
        #expect(result.status == 1)
        let error = try JSONValue(parsing: result.output)["outcome"]?["error"]
        #expect(error?["message"] == "DatabaseNotCreated")
        let cause = try #require(error?["cause"]?.stringValue)
        #expect(cause.contains("\(place): it is a symbolic link") && !cause.contains(folder.path))
        #expect(try manager.contentsOfDirectory(atPath: elsewhere.path).isEmpty)
        #expect(try manager.destinationOfSymbolicLink(atPath: link) == elsewhere.path)
        if place.hasSuffix("acme_room") { #expect(try create(database: "other_room").status == 0) }
        // With the link gone there is room for it.
        try manager.removeItem(atPath: link)
        #expect(try create().status == 0)
    }

    @Test(arguments: ["../../etc", "a/b", "a\u{0}b", "..", "a`b", "a'; DROP DATABASE b; --", "A", "é"])
    func `a database name that would lead elsewhere is refused before there is a folder`(name: String) throws {
        // A zero byte ends an argument, so what arrives then is the part before it.
        let arguments = ["create", "--account", "111122223333", "--database=" + name.replacing("\0", with: "\n")]
        let result = try run(Project.program("cleanroom"), arguments + ["--data-dir", folder.path])
        #expect(result.status == 64)
        #expect(!manager.fileExists(atPath: folder.path))
    }
}
