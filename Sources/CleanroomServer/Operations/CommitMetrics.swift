import CoreMetrics

/// How long commits take.
package enum CommitMetrics {
    /// Takes in the time of one commit.
    package static func record(_ duration: Duration, _ metrics: PrometheusRegistry) {
        Timer(label: "cleanroom_commit_duration_seconds", dimensions: [], factory: metrics)
            .recordNanoseconds(duration.nanoseconds)
    }
}
