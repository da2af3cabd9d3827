import Foundation

/// A stack for what goes deep.
///
/// A server's threads have stacks of 512 KiB, which a deep expression or a deep value would use up, sooner in a debug
/// build. What may go deep runs on a thread of its own instead, for which the caller waits; that takes some twenty
/// microseconds, so that shallow things stay where they are.
enum LargeStack {
    /// Runs `body` on a stack of so many bytes.
    ///
    /// - Throws: what `body` throws; `.excess(.depth)` where the system gives no thread with such a stack.
    static func run<Result>(
        bytes: Int, _ body: @escaping () throws(JSONataFailure) -> Result
    ) throws(JSONataFailure) -> Result {
        var outcome: Swift.Result<Result, JSONataFailure>?
        let isRun = runOnThread(stackBytes: bytes) {
            do throws(JSONataFailure) {
                outcome = .success(try body())
            } catch {
                outcome = .failure(error)
            }
        }
        guard isRun, let outcome else { throw .excess(.depth) }
        return try outcome.get()
    }

    /// Waits for a thread of its own to do something. Foundation's `Thread` does not say when the system gives none.
    ///
    /// - Returns: `false` if there was no such thread.
    private static func runOnThread(stackBytes: Int, _ work: @escaping () -> Void) -> Bool {
        let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
        defer { attributes.deallocate() }
        guard pthread_attr_init(attributes) == 0 else { return false }
        defer { pthread_attr_destroy(attributes) }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        guard pthread_attr_setstacksize(attributes, (stackBytes + page - 1) / page * page) == 0 else { return false }
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread: pthread_t = 0
        #endif
        let context = Unmanaged.passRetained(Work(work))
        let isStarted = pthread_create(&thread, attributes, beginThread, context.toOpaque())
        guard isStarted == 0 else {
            context.release()
            return false
        }
        #if canImport(Darwin)
            guard let thread else { preconditionFailure("a thread was started") }
        #endif
        pthread_join(thread, nil)
        return true
    }

    /// What a thread is to do. The one who has it done waits, so that nothing is used from two threads at a time.
    fileprivate final class Work {
        let body: () -> Void

        init(_ body: @escaping () -> Void) { self.body = body }
    }
}

#if canImport(Darwin)
    private func beginThread(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        Unmanaged<LargeStack.Work>.fromOpaque(context).takeRetainedValue().body()
        return nil
    }
#else
    private func beginThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let context else { return nil }
        Unmanaged<LargeStack.Work>.fromOpaque(context).takeRetainedValue().body()
        return nil
    }
#endif
