import CleanroomModel
import Foundation
import StatesLanguage
import TestSupport

/// Sets the clock back by a day, in the midst of requests, with `faketime` where it is installed.
enum ClockDrill {
    static func run(_ bounds: DrillBounds) throws -> DrillReport {
        var random = SeededRandom(seed: bounds.seed)
        let probe = try TestSupport.run(URL(fileURLWithPath: "/usr/bin/env"), ["faketime", "-f", "+1d", "true"])
        if probe.status != 0 {
            return DrillReport(figures: ["the clock not set back, since faketime is not installed"])
        }
        var tomorrow = Cleanroom.standard
        tomorrow.wrapper = ["faketime", "-f", "+1d"]
        var report = DrillReport()
        let folder = TemporaryFolder()
        var requests: [CleanroomRequest] = []
        let rounds = max(4, bounds.places / 4)
        for round in 0..<rounds {
            let request = try random.request("room_\(round)")
            requests.append(request)
            let process = try tomorrow.start(request, in: folder.path)
            try process.waitUntilItBegins()
            usleep(.random(in: 50_000...400_000, using: &random))
            process.kill()
            _ = try process.wait()
            let (result, document) = try Cleanroom.standard.create(request, in: folder.path)
            if result.status != 0 || (document?["durationMs"]?.integerValue ?? -1) < 0 {
                report.violations.append("the clock a day back: \(result.status): \(result.output)\(result.errors)")
            }
        }
        report.violations += try LakeInvariants(folder: folder.path).violations(of: requests)
        report.figures = ["the clock set back by a day \(rounds) times"]
        return report
    }
}
