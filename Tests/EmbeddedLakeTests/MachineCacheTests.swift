import StatesLanguage
import Testing

@testable import EmbeddedLake

/// How many machines are kept that have been read.
struct MachineCacheTests {
    private static func definition(_ number: Int, bytes: Int = 0) -> String {
        let comment = String(repeating: "x", count: bytes)
        return #"{"StartAt":"P","Comment":"\#(comment)","States":{"P":{"Type":"Pass","Result":\#(number),"End":true}}}"#
    }

    private func read(_ number: Int, bytes: Int = 0, in cache: MachineCache) throws -> Bool {
        var isRead = false
        _ = try cache.machine(hash: "\(number)") {
            isRead = true
            return Self.definition(number, bytes: bytes)
        }
        return isRead
    }

    @Test func `however many definitions there are, those that are kept have no more bytes than may be`() throws {
        let cache = MachineCache(maximumBytes: 100_000)
        for number in 0..<50 {
            #expect(try read(number, bytes: 10_000, in: cache))
            #expect(cache.byteCount <= 100_000)
        }
        #expect(cache.byteCount > 80_000)
        #expect(try !read(49, bytes: 10_000, in: cache), "the last one is kept")
        #expect(try read(0, bytes: 10_000, in: cache), "the first one is not")
    }

    @Test func `small definitions count for more than their bytes`() throws {
        let cache = MachineCache(maximumBytes: 100_000)
        for number in 0..<1000 { #expect(try read(number, in: cache)) }
        #expect((0..<1000).count { cache["\($0)"] != nil } <= 25)
    }

    @Test func `what was used last stays, and one that is too large for all is read each time`() throws {
        let cache = MachineCache(maximumBytes: 30_000)
        #expect(try read(1, bytes: 9000, in: cache))
        #expect(try read(2, bytes: 9000, in: cache))
        #expect(try !read(1, bytes: 9000, in: cache))
        #expect(try read(3, bytes: 9000, in: cache))
        #expect(try read(4, bytes: 9000, in: cache))
        #expect(cache["1"] != nil && cache["2"] == nil)
        #expect(try read(5, bytes: 40_000, in: cache))
        #expect(try read(5, bytes: 40_000, in: cache))
        #expect(cache["1"] != nil)
    }

    @Test func `the service's own machines stay whatever clients do`() throws {
        let cache = MachineCache(maximumBytes: 30_000)
        cache.keep(try StateMachine(parsing: Self.definition(0)), hash: "own")
        for number in 0..<20 { _ = try read(number, bytes: 9000, in: cache) }
        #expect(cache["own"] != nil)
    }
}
