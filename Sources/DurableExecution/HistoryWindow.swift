import StatesLanguage

/// Which events of a history are wanted: what is outside is counted, and never written out.
package struct HistoryWindow: Sendable {
    /// Which details an event is recorded with.
    package enum Detail: Sendable {
        /// All events, with what went in and came out.
        case full
        /// All events, without that.
        case names
        /// Only those of tasks and of the execution itself, without that.
        case followed

        func includes(_ kind: HistoryEvent.Kind) -> Bool { self != .followed || kind.isFollowed }
    }

    package var detail: Detail
    /// The numbers of the events; 0 is that of an event whose number is not known yet.
    package var ids: ClosedRange<Int64>
    /// How many bytes of text the events may have together. The first of them is recorded whatever it has.
    package var maximumBytes: Int
    /// Whether, of more than fit, the last ones are kept, and not the first ones.
    package var keepsLast: Bool

    package init(
        _ detail: Detail = .full, ids: ClosedRange<Int64> = 0...Int64.max, maximumBytes: Int = .max,
        keepsLast: Bool = false
    ) {
        self.detail = detail
        self.ids = ids
        self.maximumBytes = maximumBytes
        self.keepsLast = keepsLast
    }
}

/// The events of a window, as they come to pass.
struct HistoryRecorder: Sendable {
    let window: HistoryWindow
    private var events: [HistoryEvent] = []
    private var sizes: [Int] = []
    /// How many events at the beginning were let go of again.
    private var dropped = 0
    private var bytes = 0
    private var isFull = false

    init(_ window: HistoryWindow) {
        self.window = window
    }

    var detail: HistoryWindow.Detail { window.detail }

    /// Whether nothing is recorded.
    var isEmpty: Bool { events.isEmpty }

    /// How many events are kept here.
    var count: Int { events.count }

    /// Whether an event is to be recorded.
    func wants(_ id: Int64, _ kind: HistoryEvent.Kind) -> Bool {
        !isFull && window.ids.contains(id) && window.detail.includes(kind)
    }

    mutating func record(_ event: HistoryEvent) {
        if window.maximumBytes == .max { return events.append(event) }
        let size = event.textSize
        if !events.isEmpty, !window.keepsLast, bytes + size > window.maximumBytes {
            isFull = true
            return
        }
        events.append(event)
        sizes.append(size)
        bytes += size
        while window.keepsLast, bytes > window.maximumBytes, dropped < events.count - 1 {
            bytes -= sizes[dropped]
            events[dropped] = events[dropped].withoutDetails
            dropped += 1
        }
    }

    /// The events since they were last taken.
    mutating func take() -> [HistoryEvent] {
        defer { self = HistoryRecorder(window) }
        return dropped == 0 ? events : Array(events[dropped...])
    }
}

extension HistoryEvent {
    /// About how many bytes of text the event has as JSON.
    fileprivate var textSize: Int {
        details.reduce(200) { size, member in size + member.0.utf8.count + (member.1.stringValue?.utf8.count ?? 8) }
    }

    fileprivate var withoutDetails: HistoryEvent {
        HistoryEvent(
            execution: execution, id: id, previousID: previousID, timestamp: timestamp, kind: kind, details: [:])
    }
}
