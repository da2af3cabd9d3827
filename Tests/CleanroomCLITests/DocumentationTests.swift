import CleanroomModel
import CleanroomServer
import EmbeddedLake
import Foundation
import StatesLanguage
import TestSupport
import Testing

/// The pages that last, held against the program.
struct DocumentationTests {
    private static let codes: Set<String> = Set(allCodes)
    private static let allCodes: [String] =
        ErrorMessage.allCases.map(\.rawValue) + [ExecutionError.notCreated, ExecutionError.leftovers]
        + Problem.Code.allCases.map(\.rawValue)
        + [
            LakeError.folderNotWritable(path: "", reason: ""), .newerSchema(path: ""), .damaged(path: "", reason: ""),
            .storage(path: "", reason: ""), .requestIDReused(requestID: ""), .folderNotPrivate(path: "", reason: ""),
            .folderInUse(path: ""), .notThere(path: ""), .folderGone(path: "", reason: ""),
        ].map(\.code)
        + [ServerError.credentialsRequired(host: ""), .cannotListen(host: "", port: 0, reason: "")].map(\.code)
        + ProblemDetails.Code.allCases.map(\.rawValue)
        + [
            "INVALID_DEFINITION", "SERVER_UNREACHABLE", "AMBIGUOUS_NAME", "NOT_RUNNING", "NOT_SET_ASIDE",
            "NOT_STOPPED_YET",
        ]

    @Test(arguments: codes)
    func `every error code has a page that is listed`(code: String) throws {
        let folder = Project.root.appending(path: "docs/errors")
        let page = try String(contentsOf: folder.appending(path: code + ".md"), encoding: .utf8)
        #expect(page.hasPrefix("# \(code)\n"))
        let index = try String(contentsOf: folder.appending(path: "README.md"), encoding: .utf8)
        #expect(index.contains("[\(code)](\(code).md)"))
    }

    @Test func `the index says of each message whether a new attempt can help`() throws {
        let file = Project.root.appending(path: "docs/errors/README.md")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        for message in ErrorMessage.allCases {
            let line = lines.first { $0.contains("[\(message.rawValue)]") }
            #expect(line?.hasSuffix(message.mayHelpToTryAgain ? "| yes |" : "| no |") == true)
        }
    }

    @Test func `what clients' machines may call stands in the page that tells how to serve`() throws {
        let page = try String(contentsOf: Project.root.appending(path: "docs/serve.md"), encoding: .utf8)
        for resource in LakeServices.resources { #expect(page.contains("`\(resource.name)`"), "\(resource.name)") }
    }

    @Test func `links between pages lead somewhere`() throws {
        let root = Project.root
        var pages = [root.appending(path: "README.md")]
        let docs = FileManager.default.enumerator(at: root.appending(path: "docs"), includingPropertiesForKeys: nil)
        while let file = docs?.nextObject() as? URL { if file.pathExtension == "md" { pages.append(file) } }
        for page in pages {
            let text = try String(contentsOf: page, encoding: .utf8)
            for match in text.matches(of: /\]\(([^)#:]+)(#[^)]*)?\)/) {
                let target = page.deletingLastPathComponent().appending(path: String(match.output.1))
                let isThere = FileManager.default.fileExists(atPath: target.path)
                #expect(isThere, "\(page.lastPathComponent): \(target.path)")
            }
        }
    }

    @Test func `every test that the security page names exists`() throws {
        let page = try String(contentsOf: Project.root.appending(path: "docs/security.md"), encoding: .utf8)
        var sources = ""
        for folder in ["Tests", "infra/checks"] {
            let files = FileManager.default.enumerator(
                at: Project.root.appending(path: folder), includingPropertiesForKeys: nil)
            while let file = files?.nextObject() as? URL {
                if ["swift", "py"].contains(file.pathExtension) {
                    sources += try String(contentsOf: file, encoding: .utf8)
                }
            }
        }
        var count = 0
        for row in page.split(separator: "\n") where row.hasPrefix("| ") {
            let shown = row.split(separator: "|").last ?? ""
            for match in shown.matches(of: /`([^`]+)`/) {
                let name = String(match.output.1)
                count += 1
                let isThere =
                    sources.contains("func `\(name)`(") || sources.contains("def \(name)(")
                    || FileManager.default.fileExists(atPath: Project.root.appending(path: name).path)
                    || name == "infra/checks" || name.hasPrefix("make ")
                #expect(isThere, "no test is called `\(name)`")
            }
        }
        #expect(count > 30)
    }
}
