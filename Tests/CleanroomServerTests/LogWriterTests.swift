import CleanroomServer
import Foundation
import StatesLanguage
import Synchronization
import Testing

/// The log, whatever its reader does.
struct LogWriterTests {
    /// The two ends of a pipe.
    private static func pipe() -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [0, 0]
        #expect(Foundation.pipe(&ends) == 0)
        return (ends[0], ends[1])
    }

    /// Reads lines until they are all there, or until nothing has come for half a minute.
    private static func lines(from descriptor: Int32, until isAll: ([Substring]) -> Bool) -> [Substring] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&ready, 1, 30_000) == 1 {
            let count = read(descriptor, &part, part.count)
            if count <= 0 { break }
            bytes += part[..<count]
            if bytes.last == UInt8(ascii: "\n"), isAll(String(decoding: bytes, as: UTF8.self).split(separator: "\n")) {
                break
            }
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }

    @Test func `lines are written in order and whole`() {
        let (reader, writer) = Self.pipe()
        let log = LogWriter(descriptor: writer)
        for number in 0..<1000 { log.write("line \(number)") }
        #expect(Self.lines(from: reader, until: { $0.count == 1000 }) == (0..<1000).map { "line \($0)" })
    }

    @Test func `what nobody reads is dropped and counted, and told when there is room`() throws {
        let (reader, writer) = Self.pipe()
        let metrics = PrometheusRegistry()
        let log = LogWriter(descriptor: writer, capacity: 100_000, metrics: metrics) { "\($0) dropped" }
        let line = String(repeating: "x", count: 999)
        // The pipe holds 64 KiB, and the writer 100.
        for _ in 0..<1000 { log.write(line) }
        log.flush(within: .milliseconds(1))
        let counted = try #require(metrics.text.firstMatch(of: /cleanroom_log_lines_dropped_total (\d+)/)?.output.1)
        let dropped = try #require(Int(counted))
        #expect(dropped >= 1000 - 65 - 100 && dropped < 1000)
        // They are told in one line or in several, as the writer comes to them.
        func told(_ lines: [Substring]) -> Int {
            lines.compactMap { $0.wholeMatch(of: /(\d+) dropped/) }.compactMap { Int($0.1) }.reduce(0, +)
        }
        let lines = Self.lines(from: reader) { told($0) == dropped }
        #expect(told(lines) == dropped)
        #expect(lines.count { $0 == line } == 1000 - dropped)
        log.write("after")
        #expect(Self.lines(from: reader, until: { $0.count == 1 }) == ["after"])
    }

    @Test func `what is dropped while everything is being written is told without another line`() {
        let (reader, writer) = Self.pipe()
        let log = LogWriter(descriptor: writer, capacity: 200_000) { "\($0) dropped" }
        // More than the pipe holds: it is in hand, or waits, until somebody reads.
        let line = String(repeating: "x", count: 199_999)
        log.write(line)
        log.flush(within: .milliseconds(50))
        log.write("lost")
        #expect(Self.lines(from: reader, until: { $0.count == 2 }) == [Substring(line), "1 dropped"])
    }

    @Test func `a reader that has gone is no error, and one that comes again is told`() throws {
        signal(SIGPIPE, SIG_IGN)
        let (reader, writer) = Self.pipe()
        let metrics = PrometheusRegistry()
        let log = LogWriter(descriptor: writer, metrics: metrics) { "\($0) dropped" }
        close(reader)
        for number in 0..<10 { log.write("lost \(number)") }
        log.flush(within: .seconds(30))
        #expect(metrics.text.contains("cleanroom_log_lines_dropped_total 10\n"))
        let (next, other) = Self.pipe()
        #expect(dup2(other, writer) == writer)
        log.write("seen")
        #expect(Self.lines(from: next, until: { $0.count == 2 }) == ["seen", "10 dropped"])
    }
}
