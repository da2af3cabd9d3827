import CleanroomModel
import CleanroomService
import EmbeddedLake
import Foundation
import StatesLanguage
import TestSupport
import Testing

@testable import CleanroomSimulator

/// What `make smoke` has seen of an account is what schedules are played in.
struct RecordedBehaviorTests {
    /// The file of the last `make smoke` in this working copy.
    private static let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../out/lake_behavior.json")

    @Test func `every setting of the lake can be recorded, with each of its values`() throws {
        let fields = Mirror(reflecting: LakeBehavior()).children.compactMap(\.label)
        #expect(Set(RecordedBehavior.settings.keys) == Set(fields))
        for (name, values) in RecordedBehavior.settings {
            #expect(values.count == (name == "refusalOfMissing" ? LakeBehavior.RefusalOfMissing.allCases.count : 2))
            for value in values.keys {
                let recorded = try RecordedBehavior(json: ["behavior": .object(JSONObject([(name, value)]))])
                for seed in UInt64(1)...20 {
                    let schedule = recorded.applied(to: ScheduleGenerator.schedule(seed: seed))
                    let field = Mirror(reflecting: schedule.behavior).children.first { $0.label == name }
                    #expect(field.map { "\($0.value)" } == (value.stringValue ?? value.text))
                }
            }
        }
    }

    @Test func `what was not seen stays as the schedule has it`() throws {
        let recorded = try RecordedBehavior(json: ["behavior": ["leavesFolderMark": .null]])
        let schedule = ScheduleGenerator.schedule(seed: 7)
        #expect(recorded.applied(to: schedule) == schedule)
    }

    @Test func `a setting or a value that there is not is named`() {
        #expect { try RecordedBehavior(json: ["behavior": ["leavesMark": true]]) } throws: {
            "\($0)".contains("behavior.leavesMark")
        }
        #expect { try RecordedBehavior(json: ["behavior": ["refusalOfMissing": "notFound"]]) } throws: {
            "\($0)".contains("\"accessDenied\", \"entityNotFound\", \"invalidInput\"")
        }
        #expect { try RecordedBehavior(json: [:]) } throws: { "\($0)".contains("'behavior'") }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: file.path), "no make smoke was run in this working copy"))
    func `in a lake as the account has shown it, requests leave whole rooms or nothing`() async throws {
        let recorded = try RecordedBehavior(json: JSONValue(parsing: String(contentsOf: Self.file, encoding: .utf8)))
        let player = try Player(TestLake.workflows.get(), role: .derived(for: .standard))
        let first = UInt64.random(in: 1...UInt64(UInt32.max)) << 20
        let result = await Campaign(player).play(count: 100) {
            [recorded.applied(to: ScheduleGenerator.schedule(seed: first &+ UInt64($0)))]
        }
        #expect(result.failureCount == 0, "\(result.failures.map { "\($0.0)" })")
    }
}
