import CleanroomWorkflows
import Foundation
import SagaKit
import StatesLanguage
import Testing

/// The compiled machines and the policy of their role as they stand in the repository, so that whoever reviews a change of
/// a workflow reads what becomes of the machine. `make golden` renews the files.
struct GoldenDefinitionTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/golden")

    /// How many lines of a difference are shown.
    private static let shownLines = 60

    private static let machines = Workflows.all.flatMap(\.machines)

    @Test(arguments: machines.indices)
    func `a compiled machine is the one in the repository (make golden)`(index: Int) throws {
        let machine = Self.machines[index]
        try compare(machine.fileName, machine.assemble().definition)
    }

    @Test func `the policy of the machines' role is the one in the repository (make golden)`() throws {
        let scopes = Self.machines.compactMap { DefinitionReading($0.assemble().definition).scope }
        try compare("policy.json", AccessNeeds.cleanroom.policy(for: scopes))
    }

    private func compare(_ name: String, _ json: JSONValue) throws {
        let file = Self.folder.appending(path: name)
        let text = json.prettyText + "\n"
        if ProcessInfo.processInfo.environment["CLEANROOM_GOLDEN"] == "renew" {
            try Data(text.utf8).write(to: file)
            return
        }
        let golden = try String(contentsOf: file, encoding: .utf8)
        if text == golden { return }
        Issue.record("\(name) is not what is compiled; `make golden` renews it:\n\(difference(text, from: golden))")
    }

    private func difference(_ text: String, from golden: String) -> String {
        func lines(_ text: String) -> [Substring] { text.split(separator: "\n") }
        let changes = lines(text).difference(from: lines(golden)).map { change in
            switch change {
            case .remove(let offset, let line, _): (offset, "-", line)
            case .insert(let offset, let line, _): (offset, "+", line)
            }
        }
        let shown = changes.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.prefix(Self.shownLines)
        let rest = changes.count > shown.count ? "\n… \(changes.count - shown.count) more" : ""
        return shown.map { "\($1)\($0 + 1): \($2)" }.joined(separator: "\n") + rest
    }
}
