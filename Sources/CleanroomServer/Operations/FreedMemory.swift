import Dispatch
import Foundation
import ServiceLifecycle

/// Gives memory that is free back to the system, now and then: glibc keeps what many threads once had, for each of them,
/// so that a process stays as large as it ever was.
///
/// Source: <https://man7.org/linux/man-pages/man3/malloc_trim.3.html>
package struct FreedMemory: Service {
    private static let interval = Duration.seconds(15)
    /// `M_ARENA_MAX`, the number of heaps that threads share.
    private static let arenaMaximum: (parameter: Int32, value: Int32) = (-8, 4)

    // glibc's functions, which Swift does not see otherwise; `nil` with another library.
    private static let trim = function("malloc_trim", as: (@convention(c) (Int) -> Int32).self)
    private static let set = function("mallopt", as: (@convention(c) (Int32, Int32) -> Int32).self)

    private static func function<Function>(_ name: String, as type: Function.Type) -> Function? {
        dlsym(dlopen(nil, RTLD_NOW), name).map { unsafeBitCast($0, to: type) }
    }

    /// Has threads share few heaps. Each keeps pages with a little in them that cannot be given back, and there would be
    /// eight for each core; heard only before the process has many threads.
    ///
    /// Source: <https://man7.org/linux/man-pages/man3/mallopt.3.html>
    package static func limitHeaps() {
        _ = set?(arenaMaximum.parameter, arenaMaximum.value)
    }

    func run() async throws {
        guard let trim = Self.trim else { return try await gracefulShutdown() }
        do {
            try await cancelWhenGracefulShutdown {
                while true {
                    try await Task.sleep(for: Self.interval)
                    // It takes milliseconds, which no task of others is to wait for.
                    await withCheckedContinuation { done in
                        DispatchQueue.global(qos: .utility).async {
                            _ = trim(0)
                            done.resume()
                        }
                    }
                }
            }
        } catch is CancellationError {
            // The server shuts down.
        }
    }
}
