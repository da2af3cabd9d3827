import CoreMetrics
import Dispatch
import Foundation
import Synchronization

/// Writes lines to a file or a pipe, on a thread of its own: whoever has a line never waits, and never fails, whatever the
/// reader does.
///
/// Lines that come while too many wait, or that nobody is there to read, are dropped and counted. When there is room
/// again a line tells how many. It writes for the life of the process.
package final class LogWriter: Sendable {
    private struct State {
        /// What waits to be written.
        var waiting: [UInt8] = []
        /// How many bytes are being written.
        var inHand = 0
        /// How many lines were dropped that nobody has been told of.
        var dropped = 0
    }

    /// How many bytes may wait: a pipe that is not read takes no more of the memory than this.
    package static let capacity = 1_048_576

    private let descriptor: Int32
    private let capacity: Int
    private let droppedLines: Counter?
    private let report: @Sendable (_ dropped: Int) -> String
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - metrics: where the lines that are dropped are counted.
    ///   - report: the line that tells how many were dropped.
    package init(
        descriptor: Int32, capacity: Int = LogWriter.capacity, metrics: PrometheusRegistry? = nil,
        report: @escaping @Sendable (_ dropped: Int) -> String = { "\($0) lines were dropped" }
    ) {
        self.descriptor = descriptor
        self.capacity = capacity
        self.report = report
        droppedLines = metrics.map {
            Counter(label: "cleanroom_log_lines_dropped_total", dimensions: [], factory: $0)
        }
        let thread = Thread { [self] in
            while true { writeNext() }
        }
        thread.name = "log"
        thread.start()
    }

    /// Takes a line, without its end.
    @inline(never)  // It locks, and callers are async (docs/architecture.md, Locks).
    package func write(_ line: String) {
        let isFirst: Bool? = state.withLock { state in
            if state.waiting.count + state.inHand + line.utf8.count + 1 > capacity {
                state.dropped += 1
                return nil
            }
            let isFirst = state.waiting.isEmpty && state.inHand == 0
            state.waiting += line.utf8
            state.waiting.append(UInt8(ascii: "\n"))
            return isFirst
        }
        if let isFirst {
            if isFirst { wake.signal() }
        } else {
            droppedLines?.increment()
        }
    }

    /// Waits until everything is written, for so long at most.
    package func flush(within patience: Duration) {
        let deadline = ContinuousClock.now + patience
        while isBusy, ContinuousClock.now < deadline { Thread.sleep(forTimeInterval: 0.002) }
    }

    private var isBusy: Bool {
        @inline(never) get { state.withLock { !$0.waiting.isEmpty || $0.inHand > 0 } }
    }

    /// Waits for lines, and writes until none wait.
    private func writeNext() {
        wake.wait()
        // Where nobody reads, what tells of that would be lost again at once: it goes with the next line.
        var isRead = true
        while let (bytes, told) = take(evenIfNoneWaits: isRead) {
            let rest = Self.write(bytes, to: descriptor)
            isRead = rest.isEmpty
            // The last of the lines may be the one that tells: it counts for those that it tells of.
            let lost = rest.count { $0 == UInt8(ascii: "\n") } - (told > 0 && !rest.isEmpty ? 1 : 0)
            if lost > 0 { droppedLines?.increment(by: lost) }
            state.withLock { $0.dropped += lost + (rest.isEmpty ? 0 : told) }
        }
    }

    /// What is to be written next, and of how many dropped lines it tells; `nil` when nothing waits.
    ///
    /// - Parameter evenIfNoneWaits: whether dropped lines are told without another one.
    private func take(evenIfNoneWaits: Bool) -> (bytes: [UInt8], told: Int)? {
        state.withLock { state in
            state.inHand = 0
            if state.waiting.isEmpty, state.dropped == 0 || !evenIfNoneWaits { return nil }
            var bytes: [UInt8] = []
            swap(&bytes, &state.waiting)
            let told = state.dropped
            state.dropped = 0
            if told > 0 { bytes += Array((report(told) + "\n").utf8) }
            state.inHand = bytes.count
            return (bytes, told)
        }
    }

    /// Writes bytes, however long the reader takes, and gives those that could not be written.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> ArraySlice<UInt8> {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Somebody else has made it one that does not wait.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            } else if errno != EINTR {
                return rest
            }
        }
        return []
    }
}
