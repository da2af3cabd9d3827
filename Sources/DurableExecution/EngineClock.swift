package import StatesLanguage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Tells the engine the time and wakes it.
package protocol EngineClock: Sendable {
    func now() -> Timestamp

    /// Returns at `deadline`, or throws `CancellationError` when the task is cancelled before.
    func sleep(until deadline: Timestamp) async throws
}

/// The time of this machine.
package struct SystemClock: EngineClock {
    package init() {}

    package func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    package func sleep(until deadline: Timestamp) async throws {
        // Measured once: what is done to the clock meanwhile makes the sleep neither longer nor shorter. In pieces of a
        // day, since not every span that a Timestamp can name is one that the system can sleep.
        let start = ContinuousClock.now
        let span = Duration.milliseconds(max(0, deadline.milliseconds - now().milliseconds))
        while true {
            let rest = span - (ContinuousClock.now - start)
            if rest <= .zero { return }
            try await Task.sleep(for: min(rest, .seconds(86_400)))
        }
    }
}
