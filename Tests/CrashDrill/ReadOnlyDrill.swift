import CleanroomModel
import EmbeddedLake
import Foundation
import StatesLanguage
import TestSupport

/// Takes the right to write away from a folder with a room and an unfinished request in it, and gives it back.
enum ReadOnlyDrill {
    static func run(_ bounds: DrillBounds) throws -> DrillReport {
        var random = SeededRandom(seed: bounds.seed)
        var report = DrillReport()
        var ways: [String] = []
        let folder = TemporaryFolder()
        let stood = try random.request("stood")
        _ = try Cleanroom.standard.create(stood, in: folder.path)
        let before = try LakeRows(folder: folder.path)

        func refuses(_ way: String, _ cleanroom: Cleanroom, _ path: String) throws {
            ways.append(way)
            for arguments in [cleanroom.arguments(try random.request("a"), path), ["list", "--data-dir", path]] {
                let (result, document) = try cleanroom.run(arguments)
                let code = document?["error"]?["code"]
                // Who may not even look sees no lake.
                let isTold = code == "LAKE_FOLDER_NOT_WRITABLE" || arguments[0] == "list" && code == "LAKE_NOT_THERE"
                if result.status != 2 || !isTold {
                    report.violations.append("\(way): \(arguments[0]) ended with \(result.status): \(result.output)")
                }
            }
        }

        if Namespace.canMount {
            try Namespace.mount("mount", "--bind", folder.path, folder.path)
            try Namespace.mount("mount", "-o", "remount,ro,bind", folder.path)
            try refuses("a read-only file system", .standard, folder.path)
            try Namespace.mount("umount", folder.path)
        }
        // Root may write whatever the modes say; so another user tries, where that can be had.
        let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        let mayDrop =
            geteuid() == 0
            ? try TestSupport.run(URL(fileURLWithPath: "/usr/bin/env"), nobody + ["true"]).status == 0 : false
        if geteuid() != 0 || mayDrop {
            var other = Cleanroom.standard
            if mayDrop { other.wrapper = nobody }
            let closed = TemporaryFolder()
            try FileManager.default.createDirectory(
                atPath: closed.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o555])
            try refuses("a folder that cannot be made", other, closed.path + "/lake")
            if mayDrop { try refuses("a folder of somebody else", other, folder.path) }
        }
        if try LakeRows(folder: folder.path) != before { report.violations.append("a read-only folder was changed") }
        let request = try random.request("b")
        let (result, _) = try Cleanroom.standard.create(request, in: folder.path)
        if result.status != 0 { report.violations.append("writable again: \(result.output)\(result.errors)") }
        report.violations += try LakeInvariants(folder: folder.path).violations(of: [stood, request])
        report.figures = ["\(ways.count) ways of a read-only folder"]
        return report
    }
}
