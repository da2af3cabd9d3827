import Foundation
import StatesLanguage
import TestSupport
import Testing

/// What a config file may have, by the real program: what is not understood is refused, since what it was to keep out
/// would be let in.
@Suite(.timeLimit(.minutes(2)))
struct ConfigFileTests {
    private let folder = TemporaryFolder()

    /// What `serve --print-config` says of a config file with this content.
    private func read(
        _ content: String, mode: Int = 0o600, environment: [String: String] = [:]
    ) throws -> (status: Int32, problems: [String]) {
        let file = try write(content, mode: mode)
        let result = try run(
            Project.program("cleanroom"), ["serve", "--print-config", "--config", file, "--output", "json"],
            environment: environment)
        let error = try JSONValue(parsing: result.output)["error"]
        #expect(result.status == 0 || error?["code"] == "INVALID_REQUEST")
        let problems = error?["problems"]?.arrayValue?.compactMap(\.stringValue) ?? []
        // Whatever is wrong with it, it stands in front which file it is.
        return (result.status, problems.map { $0.replacingOccurrences(of: file, with: "FILE") })
    }

    private func write(_ content: String, mode: Int) throws -> String {
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        let file = folder.path + "/config.json"
        try Data(content.utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }

    @Test(arguments: [
        (
            #"{"AccessKeys":["AKIDOP:0123456789abcdef"]}"#,
            ["FILE: AccessKeys \"•••\" is not a setting; did you mean accessKeys?"]
        ),
        (#"{"tokenHash":["x"]}"#, ["FILE: tokenHash \"•••\" is not a setting; did you mean tokenHashes?"]),
        (
            #"{"maximumExecution":5}"#,
            ["FILE: maximumExecution \"•••\" is not a setting; did you mean maximumExecutions?"]
        ),
        (
            #"{"connection":{"apikey":{"value":"x"}}}"#,
            ["FILE: connection.apikey \"•••\" is not a setting; did you mean connection.apiKey?"]
        ),
        (
            #"{"connection":{"oauth":{"clientid":"x"}}}"#,
            ["FILE: connection.oauth.clientid \"•••\" is not a setting; did you mean connection.oauth.clientId?"]
        ),
        (#"{"apiKey":{"value":"x"}}"#, ["FILE: apiKey \"•••\" is not a setting; did you mean connection.apiKey?"]),
        (#"{"credentials":{"key":"x"}}"#, ["FILE: credentials \"•••\" is not a setting: docs/serve.md lists them"]),
        (
            #"{"dataDir":"/x"}"#,
            [
                "FILE: dataDir \"•••\" is not a setting of a config file: it comes from the environment, as "
                    + "CLEANROOM_DATA_DIR"
            ]
        ),
    ])
    func `a key that is no setting is refused, with the one that was probably meant`(
        content: String, problems: [String]
    ) throws {
        #expect(try read(content) == (64, problems))
    }

    @Test(arguments: [
        (#"{"accessKeys":"AKIDOP:0123456789abcdef"}"#, #"FILE: accessKeys "•••" is not a list of texts"#),
        (#"{"tokenHashes":"x"}"#, #"FILE: tokenHashes "•••" is not a list of texts"#),
        (#"{"httpHosts":["x.com",5]}"#, #"FILE: httpHosts "•••" is not a list of texts"#),
        (#"{"host":5}"#, #"FILE: host "5" is not a text"#),
        (#"{"bucket":null}"#, #"FILE: bucket "null" is not a text"#),
        (#"{"port":1.5}"#, #"FILE: port "1.5" is not a whole number"#),
        (#"{"port":{"value":1}}"#, ##"FILE: port "{\"value\":1}" is not a whole number"##),
        (#"{"connection":"x"}"#, #"FILE: connection "•••" is not an object with settings"#),
        (#"{"connection":{"apiKey":{"value":5}}}"#, #"FILE: connection.apiKey.value "•••" is not a text"#),
        (#"["x"]"#, #"FILE "JSON" is not an object with settings"#),
    ])
    func `a value of another kind is refused, with the kind that it has to be`(
        content: String, problem: String
    ) throws {
        #expect(try read(content) == (64, [problem]))
    }

    @Test func `everything that is wrong is told at once, and no value of a secret`() throws {
        let (status, problems) = try read(
            #"{"accessKeys":"s3cret-s3cret-s3cret","tokenHash":["s3cret"],"port":true,"connection":{"basic":"s3cret"}}"#,
            mode: 0o644, environment: ["CLEANROOM_ACCESS_KEY": "id:s3cret"])
        #expect(status == 64)
        let fields = problems.map { $0.prefix { $0 != "\"" } }
        #expect(
            fields == [
                "CLEANROOM_ACCESS_KEY ", "FILE: accessKeys ", "FILE: tokenHash ", "FILE: port ",
                "FILE: connection.basic ", "FILE ",
            ])
        #expect(!problems.joined().contains("s3cret"))
    }

    @Test(arguments: [
        #"{"accessKey":["id:0123456789abcdef"]}"#, #"{"accessKeys":"id:0123456789abcdef"}"#,
        #"{"credentials":{"password":"x"}}"#, #"{"connection":{"apiKey":{"Value":"x"}}}"#,
        #"{"connection":{"oauth":{"clientSecret":["x"]}}}"#, #"{"token":"x"}"#,
    ])
    func `what may be a secret that is misspelt keeps the file from others, too`(content: String) throws {
        #expect(try read(content, mode: 0o644).problems.last?.contains("chmod 600 FILE") == true)
        #expect(try read(content, mode: 0o600).problems.last?.contains("chmod 600") == false)
    }

    @Test func `an environment variable that misspells a setting is refused, and another program's is not`() throws {
        let (status, problems) = try read("{}", environment: ["CLEANROOM_TOKEN_HASH": "x", "CLEANROOM_PROGRAM": "y"])
        #expect(status == 64)
        #expect(problems == [#"CLEANROOM_TOKEN_HASH "•••" is not a setting; did you mean CLEANROOM_TOKEN_HASHES?"#])
    }

    @Test func `a host that clients may not call as a public one is refused with where it belongs`() throws {
        let problems = try read(#"{"httpHosts":["localhost:18896","10.0.0.1","https://x.com"]}"#).problems
        let rule = "is not a public host: it is this machine or one of its network, which stands in httpPrivateHosts"
        #expect(
            problems == [
                #"httpHosts[0] "localhost:18896" \#(rule)"#, #"httpHosts[1] "10.0.0.1" \#(rule)"#,
                #"httpHosts[2] "https://x.com" is not host or host:port, without https:// or a path"#,
            ])
    }

    @Test func `a file that cannot be read is told in the system's words`() throws {
        for (path, reason) in [(folder.path + "/none.json", "No such file or directory"), ("/", "Is a directory")] {
            let result = try run(Project.program("cleanroom"), ["serve", "--print-config", "--config", path])
            #expect(result.status == 64)
            #expect(
                result.errors == "Error: \(path) \"--config\" is not a file of JSON that can be read: \(reason)\n")
        }
    }

    @Test func `a file may have every setting, a number as a text, and sections by their path`() throws {
        let content = """
            {"port":"1","maximumWaiting":7,"connection.apiKey.value":"x","connection":{"headers":["a=b"]},
             "httpHosts":["example.com"],"name":"by-file"}
            """
        let result = try run(
            Project.program("cleanroom"),
            ["serve", "--print-config", "--output", "json", "--config", write(content, mode: 0o600)],
            environment: ["CLEANROOM_CONNECTION_QUERY": "c=d"])
        let settings = try JSONValue(parsing: result.output)["settings"]
        #expect(settings?["port"]?["value"] == "1")
        #expect(settings?["maximumWaiting"]?["value"] == "7")
        #expect(settings?["connection"]?["value"] == "API key in the header Authorization, and a, c")
        #expect(settings?["connection"]?["source"]?.stringValue == "environment, \(folder.path)/config.json")
        #expect(settings?["locationRole"] == ["value": "(none)", "source": "default"])
    }

    @Test func `every setting stands in the page that tells how to serve`() throws {
        let shown = try run(Project.program("cleanroom"), ["serve", "--print-config", "--output", "json"])
        let page = try String(contentsOf: Project.root.appending(path: "docs/serve.md"), encoding: .utf8)
        let keys = try #require(JSONValue(parsing: shown.output)["settings"]?.objectValue?.map(\.0))
        // The folder comes from elsewhere, and a part of the connection stands in its own page.
        for key in keys where key != "dataDir" && !key.contains(".") {
            #expect(page.contains("`\(key)`"), "\(key)")
        }
    }
}
