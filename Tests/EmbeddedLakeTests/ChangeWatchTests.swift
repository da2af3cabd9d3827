import DurableExecution
import StatesLanguage
import TestSupport
import Testing

@testable import EmbeddedLake

/// Who runs the engine looks through everything that runs when another process has committed, and not at its own commits.
struct ChangeWatchTests {
    @Test func `a commit of another process is seen once, and one of the own never`() async throws {
        let own = try CalledLake()
        let other = try CalledLake(folder: own.folder)
        let watch = ChangeWatch(own.store)
        #expect(try await watch.hasChanged(), "the first time it is not known")
        func write(to lake: CalledLake, _ name: String) throws {
            try lake.operate(.athena, "startQueryExecution", ["QueryString": .string("CREATE DATABASE \(name)")])
        }
        try write(to: own, "a")
        _ = try await own.store.write { try $0.execution(ExecutionARN("arn")) == nil }
        #expect(try await !watch.hasChanged())
        try write(to: other, "b")
        #expect(try await watch.hasChanged())
        #expect(try await !watch.hasChanged())
    }
}
