import CleanroomModel
import EmbeddedLake
import Foundation
import StatesLanguage
import TestSupport

/// Lets the disk be full at many levels: a process then ends with a clear error or a room, and when there is room on the
/// disk again the same request is carried to its end.
enum FullDiskDrill {
    static func run(_ bounds: DrillBounds) throws -> DrillReport {
        var report = DrillReport()
        var (levels, refused) = (0, 0)
        func drill(_ what: String, _ body: (inout [String]) throws -> Bool) throws {
            levels += 1
            var violations: [String] = []
            if try !body(&violations) { refused += 1 }
            report.violations += violations.map { "\(what): \($0)" }
        }
        // A lake takes about 600 KiB, its write-ahead log included.
        let step = max(4, 640 / max(1, bounds.places))
        if Namespace.canMount {
            for free in stride(from: 4, to: 640, by: step) {
                try drill("a disk of \(free) KiB") { try smallDisk(free, &$0) }
            }
            for free in stride(from: 0, to: 240, by: step) {
                try drill("a disk with \(free) KiB left beside a room") { try filledDisk(free, &$0) }
            }
        }
        for limit in stride(from: 0, to: 640, by: step) {
            for isIgnored in [true, false] {
                try drill("files of at most \(limit) KiB") { try limitedFiles(limit, isIgnored, &$0) }
            }
        }
        report.figures = [
            "\(levels) levels of a full disk (\(Namespace.canMount ? "tmpfs and " : "")RLIMIT_FSIZE), "
                + "\(refused) refused and finished later"
        ]
        return report
    }

    /// A process that has not the space may say so, or be killed by the system's signal for it; nothing else.
    private static func attempt(
        _ cleanroom: Cleanroom, _ request: CleanroomRequest, _ folder: String, mayBeKilled: Bool = false,
        _ violations: inout [String]
    ) throws -> Bool {
        let (result, document) = try cleanroom.create(request, in: folder)
        let code = document?["error"]?["code"]?.stringValue ?? ""
        let isClear = result.status == 2 && ["LAKE_STORAGE", "LAKE_FOLDER_NOT_WRITABLE"].contains(code)
        // env hands the number of a signal on as 128 more.
        let isKilled = mayBeKilled && (result.wasKilled || result.status == 128 + SIGXFSZ)
        if result.status != 0, !isClear, !isKilled {
            violations.append("ended with \(result.status): \(result.output)\(result.errors)")
        }
        return result.status == 0
    }

    /// With enough space the same request is carried to its end.
    private static func finish(
        _ requests: [CleanroomRequest], _ folder: String, _ violations: inout [String]
    ) throws {
        for request in requests {
            let (result, _) = try Cleanroom.standard.create(request, in: folder)
            if result.status != 0 {
                violations.append("with enough space ended with \(result.status): \(result.output)\(result.errors)")
            }
        }
        violations += try LakeInvariants(folder: folder).violations(of: requests)
    }

    private static func onDisk(_ kibibytes: Int, _ body: (String) throws -> Bool) throws -> Bool {
        let folder = TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        try Namespace.mount("mount", "-t", "tmpfs", "-o", "size=\(kibibytes)k,mode=0700", "none", folder.path)
        let result = Result { try body(folder.path) }
        try Namespace.mount("umount", "-l", folder.path)
        return try result.get()
    }

    private static func smallDisk(_ free: Int, _ violations: inout [String]) throws -> Bool {
        try onDisk(free) { folder in
            let request = try CleanroomRequest(requestID: UUID().uuidString, account: "111122223333", database: "a")
            let isDone = try attempt(.standard, request, folder, &violations)
            try Namespace.mount("mount", "-o", "remount,size=64m", folder)
            try finish([request], folder, &violations)
            return isDone
        }
    }

    private static func filledDisk(_ free: Int, _ violations: inout [String]) throws -> Bool {
        try onDisk(65_536) { folder in
            let lake = folder + "/lake"
            let requests = try ["stood", "a"].map {
                try CleanroomRequest(requestID: UUID().uuidString, account: "111122223333", database: $0)
            }
            try finish([requests[0]], lake, &violations)
            let left = try FileManager.default.attributesOfFileSystem(forPath: folder)[.systemFreeSize] as? Int ?? 0
            let filler = folder + "/filler"
            try Data(count: max(0, left - free * 1024)).write(to: URL(fileURLWithPath: filler))
            let isDone = try attempt(.standard, requests[1], lake, &violations)
            try FileManager.default.removeItem(atPath: filler)
            try finish(requests, lake, &violations)
            return isDone
        }
    }

    private static func limitedFiles(_ limit: Int, _ isIgnored: Bool, _ violations: inout [String]) throws -> Bool {
        let folder = TemporaryFolder()
        let request = try CleanroomRequest(requestID: UUID().uuidString, account: "111122223333", database: "a")
        // `ulimit -f` counts in blocks of 512 bytes. Whoever ignores the signal gets EFBIG.
        let script = "\(isIgnored ? "trap '' XFSZ; " : "")ulimit -c 0; ulimit -f \(limit * 2); exec \"$@\""
        let limited = Cleanroom(program: Cleanroom.standard.program, wrapper: ["sh", "-c", script, "sh"])
        let isDone = try attempt(limited, request, folder.path, mayBeKilled: !isIgnored, &violations)
        try finish([request], folder.path, &violations)
        return isDone
    }
}
