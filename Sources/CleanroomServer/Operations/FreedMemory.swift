import Dispatch
import Foundation
import ServiceLifecycle

/// Gives memory that is free back to the system, now and then: glibc keeps what many threads once had, for each of them,
/// so that a process stays as large as it ever was.
///
/// Source: <https://man7.org/linux/man-pages/man3/malloc_trim.3.html>
struct FreedMemory: Service {
    private static let interval = Duration.seconds(15)

    /// glibc's function, which Swift does not see otherwise; `nil` with another library.
    private static let trim: (@convention(c) (Int) -> Int32)? = {
        guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "malloc_trim") else { return nil }
        return unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)
    }()

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
