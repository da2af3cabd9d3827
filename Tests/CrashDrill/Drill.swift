import CleanroomModel
import EmbeddedLake
import Foundation
import GRDB
import StatesLanguage
import TestSupport

/// What a drill has found out.
struct DrillReport {
    /// Its figures, for the summary.
    var figures: [String] = []
    /// What must not be, in words.
    var violations: [String] = []

    static func + (left: DrillReport, right: DrillReport) -> DrillReport {
        DrillReport(figures: left.figures + right.figures, violations: left.violations + right.violations)
    }
}

/// How far the drills go.
struct DrillBounds {
    var seed: UInt64
    /// How many processes are killed.
    var kills: Int
    /// How many fill levels a full disk is tried at, and how many places of a file are damaged.
    var places: Int
}

extension SeededRandom {
    mutating func request(_ database: String, account: String = "111122223333") throws -> CleanroomRequest {
        try CleanroomRequest(requestID: uuid(), account: account, database: database)
    }

    mutating func chance(_ one: Int, in many: Int) -> Bool { Int.random(in: 0..<many, using: &self) < one }
}

extension LakeStore {
    /// How many executions of a folder have not ended.
    static func unfinished(in folder: String) throws -> Int {
        try DatabaseQueue.lake(in: folder).read { db in
            try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM execution WHERE status = 'RUNNING'") ?? 0
        }
    }
}
