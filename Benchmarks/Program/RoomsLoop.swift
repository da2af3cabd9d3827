import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import Foundation
import StatesLanguage
import Synchronization

/// Makes rooms as a server does, many at once, and measures how fast. `at-once` callers each ask for one, wait until its
/// execution has ended, and ask for the next.
///
/// At each number of rooms in `at` pages of what has been made are measured, and then the next `window` rooms. A folder
/// that has rooms already is gone on with `from` their number.
struct RoomsLoop {
    /// How many pages are measured.
    private static let pages = 2000
    private let folder: String
    private let atOnce: Int
    private let window: Int
    private let points: [Int]
    /// How many rooms there are already.
    private let first: Int
    /// Another definition than the compiled one, its substitutions applied.
    private let definition: String?

    init(_ options: Options) throws {
        folder = try options.text("folder")
        atOnce = try options.number("at-once")
        window = try options.number("window")
        points = try options.numbers("at")
        first = try options["from"] == nil ? 0 : options.number("from")
        definition = try options["definition"].map { try String(contentsOfFile: $0, encoding: .utf8) }
    }

    func run() async throws -> JSONValue {
        let commits = Counter()
        let store = try LakeStore(folder: DataFolder(path: folder), observe: { _ in commits.add() })
        let host = try await CleanroomHost(store: store, deployment: .standard)
        let machine = definition.map { Self.version(of: $0, like: host.machine.reference) } ?? host.machine
        var made = first
        var results: [JSONValue] = []
        for point in points {
            let point = max(point, made)
            _ = try await make(made..<point, of: machine, on: host)
            // What goes on behind, such as taking over the log, comes to rest first: a lake of this size is measured, and
            // not how it came to it.
            try await Task.sleep(for: .seconds(2))
            let show = try Self.milliseconds { _ = try store.room(Self.database((point / 2 + $0) % max(point, 1))) }
            let list = try Self.milliseconds { _ = try store.rooms(after: Self.database($0), limit: 20) }
            let commitsBefore = commits.value
            let begin = ContinuousClock.now
            let latencies = try await make(point..<(point + window), of: machine, on: host)
            let seconds = (ContinuousClock.now - begin).seconds
            results.append([
                "rooms": .integer(Int64(point)), "perSecond": .double(Double(window) / seconds),
                "median": .double(latencies.percentile(0.5)), "p99": .double(latencies.percentile(0.99)),
                "commits": .integer(Int64(commits.value - commitsBefore)), "show": .double(show),
                "list": .double(list),
            ])
            made = point + window
        }
        await host.shutDown()
        return ["points": .array(results)]
    }

    private static func version(of definition: String, like other: StateMachineReference) -> StateMachineVersion {
        StateMachineVersion(
            reference: StateMachineReference(
                arn: other.arn + "-reduced", name: other.name + "-reduced", roleARN: other.roleARN,
                definitionHash: StateMachineVersion.sha256(definition)), definition: definition)
    }

    /// The milliseconds that each room took from its request to its end.
    private func make(
        _ numbers: Range<Int>, of machine: StateMachineVersion, on host: CleanroomHost
    ) async throws -> [Double] {
        return try await withThrowingTaskGroup(of: [Double].self) { group in
            for caller in 0..<atOnce {
                group.addTask {
                    var latencies: [Double] = []
                    for number in stride(from: numbers.lowerBound + caller, to: numbers.upperBound, by: atOnce) {
                        let begin = ContinuousClock.now
                        let start = try Self.start(number, of: machine.reference, at: host.clock.now())
                        _ = try await host.commit { (try $0.start(start, of: machine), [start]) }
                        guard try await host.hasEnded(start.arn, within: .seconds(60)) else {
                            throw Options.Invalid(description: "room \(number) takes longer than a minute")
                        }
                        latencies.append((ContinuousClock.now - begin).seconds * 1000)
                    }
                    return latencies
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    static func start(
        _ number: Int, of machine: StateMachineReference, at time: Timestamp
    ) throws -> ExecutionStart {
        var random = SeededRandom(seed: UInt64(number))
        let request = try CleanroomRequest(
            requestID: random.uuid(), account: "012345678901", database: database(number))
        return ExecutionStart(
            machine: machine, name: request.requestID.text, input: request.json, startedAt: time, seed: random.next())
    }

    /// The name of a room: one falls anywhere between others, as names of customers do.
    static func database(_ number: Int) -> String {
        var random = SeededRandom(seed: UInt64(number))
        return "room_" + String(UInt32(truncatingIfNeeded: random.next()), radix: 36) + "_\(number)"
    }

    /// The median of what calls take, after as many that wake the machine up.
    private static func milliseconds(_ call: (Int) throws -> Void) rethrows -> Double {
        for number in pages..<(2 * pages) { try call(number) }
        return try (0..<pages).map { number in
            let begin = ContinuousClock.now
            try call(number)
            return (ContinuousClock.now - begin).seconds * 1000
        }.percentile(0.5)
    }
}

private final class Counter: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }
    func add() { count.add(1, ordering: .relaxed) }
}
