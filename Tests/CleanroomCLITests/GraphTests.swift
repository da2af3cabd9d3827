import Foundation
import StatesLanguage
import TestSupport
import Testing

/// `cleanroom graph`, as people run it.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct GraphTests {
    private static let (made, refused) = (
        "6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11", "6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e12"
    )

    private let folder = TemporaryFolder()

    private func cleanroom(_ arguments: String...) throws -> ProgramResult {
        try run(Project.program("cleanroom"), arguments, environment: ["CLEANROOM_DATA_DIR": folder.path])
    }

    /// A file of the test with a content.
    private func file(_ name: String, _ content: String) throws -> String {
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        let path = folder.path + "/" + name
        try Data(content.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test func `without a file our own machine is drawn, in every format`() throws {
        let svg = try cleanroom("graph")
        #expect(svg.status == 0)
        #expect(svg.output.hasPrefix("<svg ") && svg.output.hasSuffix("</svg>\n"))
        for state in ["ValidateRequest", "CreateDatabase", "GrantToAccount", "NotifySuccess", "RollBack", "NotCreated"]
        {
            #expect(svg.output.contains(">\(state)</text>"))
        }
        #expect(try cleanroom("graph", "--format", "mermaid").output.contains("flowchart TD\n"))
        #expect(try cleanroom("graph", "--format", "dot").output.hasPrefix("digraph {\n"))
        #expect(try cleanroom("graph", "--recovery").output.contains(">WhatIsToRecover</text>"))
        let overview = try cleanroom("graph", "--overview").output
        #expect(overview.contains(">CreateDatabase</text>") && !overview.contains(">ValidateRequest</text>"))
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }

    @Test func `a file is drawn, and what cannot be drawn is refused with its place`() throws {
        let file = try file("a.json", #"{"StartAt":"Only","States":{"Only":{"Type":"Succeed"}}}"#)
        #expect(try cleanroom("graph", file).output.contains(">Only</text>"))
        let output = folder.path + "/a.svg"
        let written = try cleanroom("graph", file, "--output", output)
        #expect(written.status == 0 && written.output.isEmpty)
        #expect(try String(contentsOfFile: output, encoding: .utf8) == cleanroom("graph", file).output)
        let broken = try self.file("b.json", #"{"States":{"Only":{"Type":"Succeed"}}}"#)
        let refused = try cleanroom("graph", broken)
        #expect(refused.status == 1 && refused.output.isEmpty)
        #expect(refused.errors.contains("/StartAt"))
        #expect(try cleanroom("graph", try self.file("c.json", "{")).status == 1)
        #expect(try cleanroom("graph", folder.path + "/nowhere.json").status == 64)
        #expect(try cleanroom("graph", file, "--request", Self.made).status == 64)
        #expect(try cleanroom("graph", "--output", folder.path + "/nowhere/a.svg").status == 64)
    }

    @Test func `for a request the way that it took is shown, and what became of each state`() throws {
        let room = ["create", "--account", "111122223333", "--database", "acme_room", "--data-dir", folder.path]
        for request in [Self.made, Self.refused] {
            _ = try run(Project.program("cleanroom"), room + ["--request-id", request])
        }
        let made = try cleanroom("graph", "--request", Self.made)
        #expect(made.status == 0)
        #expect(made.output.contains("\(Self.made): SUCCEEDED after "))
        #expect(made.output.contains(#"class="box succeeded""#))
        // That nothing is there is an error that is caught.
        #expect(made.output.contains(#"class="box caught""#))
        #expect(made.output.contains(#"class="box unreached""#))
        let refused = try cleanroom("graph", "--request", Self.refused).output
        #expect(refused.contains("\(Self.refused): FAILED after "))
        #expect(refused.contains("CleanroomNotCreated"))
        #expect(refused.contains(#"class="box failed""#))
        for format in ["mermaid", "dot"] {
            #expect(try cleanroom("graph", "--request", Self.made, "--format", format).output.contains("#eaf6e6"))
        }
        let overview = try cleanroom("graph", "--request", Self.made, "--overview").output
        #expect(overview.contains(#"class="way taken""#))
        let unknown = try cleanroom("graph", "--request", "unknown")
        #expect(unknown.status == 1 && unknown.errors.contains("there is no execution unknown"))
        #expect(try cleanroom("graph", "--request", Self.made, "--recovery").status == 1)
    }

    @Test func `what goes on and is tried again is shown, too`() throws {
        // Nobody listens on port 1 of this machine.
        _ = try run(
            Project.program("cleanroom"),
            [
                "create", "--account", "111122223333", "--database", "acme_room", "--request-id", Self.made,
                "--data-dir", folder.path, "--api-endpoint", "127.0.0.1:1", "--patience", "4",
            ])
        let running = try cleanroom("graph", "--request", Self.made).output
        #expect(running.contains("\(Self.made): running for "))
        #expect(running.contains(#"class="box running""#))
        #expect(running.contains(#/ · \d+ retr(y|ies)</#))
    }

    @Test(arguments: [
        ("create.svg", ["--overview"]), ("create-whole.svg", []),
    ])
    func `the pictures in the pages are those of the machines (make images)`(
        name: String, arguments: [String]
    ) throws {
        let picture = try String(
            contentsOf: Project.root.appending(path: "docs/images/\(name)"), encoding: .utf8)
        let drawn = try run(Project.program("cleanroom"), ["graph"] + arguments).output
        #expect(drawn == picture)
        #expect(picture.utf8.count < 300_000)
    }
}
