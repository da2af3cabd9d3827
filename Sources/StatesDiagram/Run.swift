/// What an execution did with a machine, to be shown in its picture.
package struct Run: Sendable {
    /// What became of a state, in the colours of Step Functions.
    package enum Status: String, Sendable, CaseIterable {
        case succeeded, failed, caught, running, cancelled
    }

    /// What an execution did in a state.
    package struct Visit: Hashable, Sendable {
        package var status: Status
        /// How often it was entered.
        package var count: Int
        /// How often its task was tried again.
        package var retries: Int
        /// All the time that was spent in it.
        package var milliseconds: Int64
        /// The last error of its task, with its cause.
        package var error: String?

        package init(
            status: Status, count: Int = 1, retries: Int = 0, milliseconds: Int64 = 0, error: String? = nil
        ) {
            self.status = status
            self.count = count
            self.retries = retries
            self.milliseconds = milliseconds
            self.error = error
        }

        /// Both in one box, with what matters more of the two.
        fileprivate func joined(with other: Visit) -> Visit {
            let order: [Status] = [.failed, .cancelled, .running, .succeeded, .caught]
            return Visit(
                status: order.first { $0 == status || $0 == other.status } ?? status,
                retries: retries + other.retries, milliseconds: milliseconds + other.milliseconds,
                error: [error, other.error].compactMap(\.self).max())
        }

        /// In short words: `120 ms · 2 retries`.
        var facts: String {
            var facts = [Run.duration(milliseconds)]
            if count > 1 { facts.append("\(count)×") }
            if retries > 0 { facts.append(retries == 1 ? "1 retry" : "\(retries) retries") }
            return facts.joined(separator: " · ")
        }
    }

    /// What it was, in words: its name, its outcome and its time.
    package var summary: String
    /// By the names of the states.
    package var visits: [String: Visit]
    /// The names of the states in the order in which they were entered.
    package var way: [String]

    package init(summary: String, visits: [String: Visit] = [:], way: [String] = []) {
        self.summary = summary
        self.visits = visits
        self.way = way
    }

    /// What it did in boxes that each stand for some states; states that none stands for are passed over.
    ///
    /// - Parameter boxes: the names of the boxes by the names of the states.
    func inBoxes(_ boxes: [String: String]) -> Run {
        var run = Run(summary: summary)
        for name in way {
            guard let box = boxes[name] else { continue }
            if run.way.last != box { run.way.append(box) }
        }
        for (name, visit) in visits {
            guard let box = boxes[name] else { continue }
            run.visits[box] = run.visits[box].map { $0.joined(with: visit) } ?? visit
        }
        return run
    }

    /// A time in short words: `12 ms`, `3.4 s`, `2 min 5 s`.
    package static func duration(_ milliseconds: Int64) -> String {
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        if milliseconds < 60_000 { return "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s" }
        let minutes = milliseconds / 60_000
        if minutes < 60 { return "\(minutes) min \(milliseconds % 60_000 / 1000) s" }
        return "\(minutes / 60) h \(minutes % 60) min"
    }
}
