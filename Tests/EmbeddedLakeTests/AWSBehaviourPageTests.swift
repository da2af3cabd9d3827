import EmbeddedLake
import Foundation
import TestSupport
import Testing

/// `docs/aws-behaviour.md`, held against the code.
struct AWSBehaviourPageTests {
    /// What AWS was found to do otherwise than it had been built here, by the names of the rows on the page.
    static let facts = [
        "comment-and-properties", "folder-mark", "queued-statements", "reserved-words", "comments-and-aliases",
        "lower-case", "tags", "tags-of-dropped", "administrator-alters", "all-beside-others", "creator",
        "external-super", "grant-option", "refusal-of-missing", "principal-needs-resource", "filtered-reads",
        "below-version-4", "service-linked-role", "settings", "stale-administrator", "four-actions",
        "registering-needs-role", "location-role-trust", "resource-policy", "shares",
    ]

    /// A row of a table: the cells behavior, source, setting and tests.
    private struct Row {
        let name: String
        let source: String
        let setting: String
        let tests: String
    }

    private func rows() throws -> [Row] {
        let page = try String(contentsOf: Project.root.appending(path: "docs/aws-behaviour.md"), encoding: .utf8)
        return try page.split(separator: "\n").filter { $0.hasPrefix("| **") }.map { line in
            let cells = line.dropFirst().dropLast().components(separatedBy: "|").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            try #require(cells.count == 4, "\(line.prefix(60)) has \(cells.count) cells")
            let name = try #require(cells[0].firstMatch(of: /^\*\*([a-z0-9-]+)\*\* ./)?.output.1)
            return Row(name: String(name), source: cells[1], setting: cells[2], tests: cells[3])
        }
    }

    private func quoted(_ text: String) -> [String] {
        text.matches(of: /`([^`]+)`/).map { String($0.output.1) }
    }

    @Test func `every fact has a row, and every row a source and a test or a reason why there is none`() throws {
        let rows = try rows()
        #expect(Set(Self.facts).subtracting(rows.map(\.name)).isEmpty)
        #expect(Set(rows.map(\.name)).count == rows.count, "a name comes twice")
        for row in rows {
            #expect(row.source.contains("`[?]`") || row.source.count > 10, "\(row.name) has no source")
            #expect(row.tests.hasPrefix("none") ? row.tests.count > 30 : !quoted(row.tests).isEmpty, "\(row.name)")
            // What is open has a setting that plays either answer.
            #expect(!row.source.hasPrefix("`[?]`") || !row.setting.isEmpty, "\(row.name) has no setting")
        }
    }

    @Test func `every setting of the lake's behavior is on the page with its default, and no other`() throws {
        let shown = try rows().flatMap { row in
            row.setting.matches(of: /`(\w+)` = `(\w+)`/).map { "\($0.output.1) = \($0.output.2)" }
        }
        let fields = Mirror(reflecting: LakeBehavior()).children.map { "\($0.label ?? "") = \($0.value)" }
        #expect(fields.count > 8)
        #expect(shown.sorted() == fields.sorted())
    }

    @Test func `every test that the page names exists`() throws {
        var sources = ""
        for folder in ["Tests", "infra"] {
            let files = FileManager.default.enumerator(
                at: Project.root.appending(path: folder), includingPropertiesForKeys: nil)
            while let file = files?.nextObject() as? URL {
                if ["swift", "py"].contains(file.pathExtension) {
                    sources += try String(contentsOf: file, encoding: .utf8)
                }
            }
        }
        let names = try rows().filter { !$0.tests.hasPrefix("none") || $0.tests.contains("`test_") }
            .flatMap { quoted($0.tests) }.filter {
                $0.hasPrefix("test_") || $0.contains(" ") && !$0.hasPrefix("make ")
            }
        #expect(names.count > 30)
        for name in names {
            #expect(
                sources.contains("func `\(name)`(") || sources.contains("def \(name)("), "no test is called `\(name)`")
        }
    }
}
