package import CleanroomModel
package import DurableExecution
import Foundation
import GRDB
package import StatesLanguage

/// An embedded lake and the journal of the executions that work on it, in one SQLite file.
///
/// Every commit is on disk before it is acknowledged (`synchronous = FULL`). Any process may read, and may start an
/// execution, which is one transaction; only the process that holds `ownEngine` runs them.
package final class LakeStore: Sendable {
    package let folder: DataFolder
    package let behavior: LakeBehavior
    /// Whether the files at the folder's path are still those that are open.
    package let folderWatch: FolderWatch
    let pool: DatabasePool
    let machines: MachineCache
    let quota: ExecutionQuota
    private let starts = StartSignal()
    private let checkpointer: Checkpointer
    private let observe: (@Sendable (Duration) -> Void)?
    let evaluationFile: EvaluationFile

    /// How long a connection waits for another process that holds the file, in seconds: one that recovers the log of a
    /// process that was killed keeps out readers, too.
    static let busyMode = Database.BusyMode.timeout(10)

    /// How many of clients' histories, and how many of the service's own, may be read for seconds at once. There are
    /// connections for them besides those for everybody else.
    package static let slowReaders = 2

    /// Opens the lake of a folder, and makes both if they are not there.
    ///
    /// - Parameters:
    ///   - limits: how much clients may have running.
    ///   - observe: told of each commit of the engine or of many callers how long it took.
    package init(
        folder: DataFolder, behavior: LakeBehavior = LakeBehavior(), machines: MachineCache = MachineCache(),
        limits: ExecutionLimits = ExecutionLimits(),
        observe: (@Sendable (Duration) -> Void)? = nil
    ) throws(LakeError) {
        try folder.make()
        let lock = try FileLock.waiting(path: folder.schemaLockPath)
        defer { withExtendedLifetime(lock) {} }
        var configuration = Configuration()
        configuration.busyMode = Self.busyMode
        configuration.label = "lake"
        configuration.maximumReaderCount += 2 * Self.slowReaders
        let path = folder.databasePath
        let checkpointer = Checkpointer(path: path)
        self.checkpointer = checkpointer
        configuration.prepareDatabase { db in
            // A damaged page is refused when it is read, and not followed into others.
            // What is in memory of a large lake are the upper branches of its trees: with less the next ones go out again.
            try db.execute(sql: "PRAGMA cell_size_check = ON; PRAGMA cache_size = -4000")
            db.add(function: PackedText.function)
            // The configuration, and so what it captures, is kept as long as the connection is.
            if !db.configuration.readonly { checkpointer.watch(db) }
        }
        try folder.makeDatabaseFile()
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            // After the pool is open: with the write-ahead log GRDB sets NORMAL, which may lose a commit with the power.
            try pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA cache_size = -12000")
            }
            if try pool.read(Schema.migrator.hasBeenSuperseded) { throw LakeError.newerSchema(path: path) }
            if try !pool.read(Schema.migrator.hasCompletedMigrations) { try Schema.migrator.migrate(pool) }
        } catch {
            throw LakeError(error, path: path)
        }
        folderWatch = FolderWatch(folder: folder.path)
        for file in folder.databaseFiles {
            if let status = FileStatus(file) { folderWatch.add(file, status.identity) }
        }
        evaluationFile = EvaluationFile(path: folder.evaluationsPath)
        self.folder = folder
        self.behavior = behavior
        self.machines = machines
        quota = ExecutionQuota(limits)
        self.observe = observe
    }

    deinit { checkpointer.stop() }

    /// Keeps a machine that has been read, so that its definition is not read again.
    package func keep(_ machine: StateMachine, hash: String) { machines.keep(machine, hash: hash) }

    /// Becomes the one process that runs executions of this folder, until the lock is let go; `nil` when another is.
    ///
    /// - Parameter deployment: what rooms are made by for as long as this process is the owner, whoever asks for them;
    ///   `nil` for a process that goes by what each execution was started with.
    package func ownEngine(serving deployment: Deployment? = nil) throws(LakeError) -> FileLock? {
        let path = folder.engineLockPath
        let lock = try FileLock.trying(path: path, in: folder.path)
        if let identity = lock?.identity { folderWatch.add(path, identity) }
        try lock?.write(deployment.map { Self.text(of: $0) } ?? "{}", path: path)
        return lock
    }

    /// How long an owner may take to say what it goes by, and how often it is looked.
    private static let (patienceForOwner, lookInterval) = (Duration.seconds(2), Duration.milliseconds(50))

    /// The deployment by which another process makes rooms that runs the executions of this folder; `nil` where none
    /// does, or one that has no deployment of its own.
    ///
    /// An owner writes it down right after it has got the lock. What it finds there is of the owner before, so what is read
    /// counts when it stands there a moment later as well.
    ///
    /// - Throws: `LakeError`, `folderInUse` for an owner that does not say what it goes by.
    package func servedDeployment() async throws -> Deployment? {
        let path = folder.engineLockPath
        let deadline = ContinuousClock.now + Self.patienceForOwner
        var last = ""
        while try FileLock.trying(path: path, in: folder.path) == nil {
            let text: String
            do {
                text = try String(contentsOfFile: path, encoding: .utf8)
            } catch {
                throw LakeError.storage(path: path, reason: error.localizedDescription)
            }
            if !text.isEmpty, text == last { return try Self.deployment(of: text, path: path) }
            if ContinuousClock.now >= deadline { throw LakeError.folderInUse(path: folder.path) }
            last = text
            // A file that is written has no event.
            try await Task.sleep(for: Self.lookInterval)
        }
        return nil
    }

    /// - Throws: `LakeError.damaged` for what no owner has written.
    private static func deployment(of text: String, path: String) throws -> Deployment? {
        do {
            let members = try JSONValue(parsing: text).objectValue ?? [:]
            let values = members.compactMap { name, value in
                Deployment.Parameter(rawValue: name).flatMap { key in value.stringValue.map { (key, $0) } }
            }
            return values.isEmpty ? nil : try Deployment(Dictionary(values) { $1 })
        } catch {
            throw LakeError.damaged(path: path, reason: "\(error)")
        }
    }

    private static func text(of deployment: Deployment) -> String {
        JSONValue.object(JSONObject(deployment.values.map { ($0.key.rawValue, JSONValue.string($0.value)) })).text
    }

    /// Tells of executions that this process has started, or asked to have stopped, so that who runs the engine sees to
    /// them. What was started through `GroupCommit` or by another process is not among them.
    package var startedByRules: AsyncStream<Void> { starts.stream }

    var warehouse: Warehouse { Warehouse(path: folder.warehousePath) }

    func read<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) throws(LakeError) -> Value {
        do {
            return try pool.read(body)
        } catch {
            throw LakeError(error, path: folder.databasePath)
        }
    }

    /// Runs `body` in a transaction that is on disk when this returns.
    package func writeNow<Value>(_ body: (LakeTransaction) throws -> Value) throws(LakeError) -> Value {
        do {
            let value = try pool.write { db in try carryOut(body, on: db) }
            try folderWatch.check()
            return value
        } catch {
            throw LakeError(error, path: folder.databasePath)
        }
    }

    /// Runs `body`, and writes what it has changed in the memory of the catalog.
    private func carryOut<Value>(_ body: (LakeTransaction) throws -> Value, on db: Database) throws -> Value {
        let transaction = LakeTransaction(
            db: db, warehouse: warehouse, behavior: behavior, machines: machines, quota: quota, starts: starts)
        let value = try body(transaction)
        try RememberedCatalog(transaction).write()
        return value
    }

    func snapshot(_ db: Database) -> LakeSnapshot {
        LakeSnapshot(db: db, warehouse: warehouse, behavior: behavior, machines: machines)
    }

    /// A number that is another one when others than this store have committed: SQLite does not count what the connection
    /// commits that asks.
    func versionOfOthers() async throws -> Int? {
        let result = await withCheckedContinuation { continuation in
            pool.asyncWriteWithoutTransaction { db in
                continuation.resume(returning: Result { try Int.fetchOne(db, sql: "PRAGMA data_version") })
            }
        }
        return try result.mapError { LakeError($0, path: folder.databasePath) }.get()
    }

    /// The value of a setting of the connection that writes.
    package func pragma(_ name: String) throws(LakeError) -> Int? {
        try writeNow { try Int.fetchOne($0.db, sql: "PRAGMA \(name)") }
    }

    /// How many answers have been told and not been taken.
    package func undeliveredAnswerCount() throws(LakeError) -> Int {
        try read { db in
            try ExecutionRecord.fetch(db, where: "answer.status = 'UNDELIVERED'", hasData: false)
                .count { try !$0.isToldByLaterRecovery(db) }
        }
    }

    /// How many executions have not ended.
    package func runningExecutionCount() throws(LakeError) -> Int {
        try read { db in try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM execution WHERE status = 'RUNNING'") ?? 0 }
    }

    /// How many executions are set aside, until an operator decides what becomes of them.
    package func setAsideExecutionCount() throws(LakeError) -> Int {
        try read { db in
            try Int.fetchOne(
                db,
                sql: """
                    SELECT COUNT(*) FROM execution_hold JOIN execution ON execution.id = execution_hold.execution
                    WHERE set_aside_at IS NOT NULL AND status = 'RUNNING'
                    """) ?? 0
        }
    }

    /// How many starts this process has refused, since clients have as much running as they may.
    package var executionLimitRefusals: Int { quota.refusals }
}

extension LakeStore: ExecutionStore {
    /// How many bytes the inputs and journals have together of executions that are taken up at once.
    private static var maximumBatchBytes: Int { 8_388_608 }

    /// A commit waits for the disk: GRDB's own queue does that, and the engine's actor stays free meanwhile.
    package func write<Value: Sendable>(
        _ body: @Sendable @escaping (LakeTransaction) throws -> Value
    ) async throws -> Value {
        try await commit { [self] db in try carryOut(body, on: db) }
            .mapError { LakeError($0, path: folder.databasePath) }.get()
    }

    private func commit<Value: Sendable>(
        _ body: @Sendable @escaping (Database) throws -> Value
    ) async -> Result<Value, any Error> {
        let begin = ContinuousClock.now
        let result = await withCheckedContinuation { continuation in
            pool.asyncWrite(body) { _, result in continuation.resume(returning: result) }
        }
        observe?(ContinuousClock.now - begin)
        guard case .success = result else { return result }
        do {
            // Nothing is acknowledged that was written to files which nobody finds again.
            try folderWatch.check()
            return result
        } catch {
            return .failure(error)
        }
    }

    package func unfinished(
        except known: Set<ExecutionARN>, limit: Int
    ) async throws -> [Swift.Result<JournalledExecution, UnreadableExecution>] {
        try await readLater { db in
            // Names first: of many that run most are known, and need not be read.
            let names = try Row.fetchCursor(
                db,
                sql: """
                    SELECT execution.id, arn, name FROM execution JOIN machine_family ON machine_family.id = family
                    WHERE status = 'RUNNING' AND \(ExecutionHold.isNotSetAside) ORDER BY execution.id
                    """)
            var unknown: [(id: Int64, arn: ExecutionARN)] = []
            while unknown.count < limit, let row = try names.next() {
                let arn = ExecutionARN(machine: row["arn"], name: row["name"])
                if !known.contains(arn) { unknown.append((row["id"], arn)) }
            }
            var found: [Swift.Result<JournalledExecution, UnreadableExecution>] = []
            var bytes = 0
            for (id, arn) in unknown {
                // Beyond this the others have their turn later: what they hold is in memory all at once.
                bytes += try ExecutionRecord.bytes(db, id)
                if bytes > Self.maximumBatchBytes, !found.isEmpty { break }
                do {
                    guard let record = try ExecutionRecord.fetch(db, where: "execution.id = ?", [id]).first else {
                        continue
                    }
                    found.append(.success(try record.journalled(db)))
                } catch  where LakeError(error, path: "").isDamage {
                    found.append(.failure(UnreadableExecution(execution: arn, reason: error)))
                }
            }
            return found
        }
    }

    package func unfinished(_ arn: ExecutionARN) async throws -> JournalledExecution? {
        do {
            return try await readLater { db in
                try ExecutionRecord.fetch(
                    db,
                    where: """
                        \(ExecutionARN.condition) AND execution.status = 'RUNNING' AND \(ExecutionHold.isNotSetAside)
                        """, arn.key
                ).first?.journalled(db)
            }
        } catch let error as LakeError where error.isDamage {
            throw UnreadableExecution(execution: arn, reason: error)
        }
    }

    package func setAside(_ execution: UnreadableExecution, at time: Timestamp) async throws {
        try await write { transaction in
            try transaction.db.cachedStatement(
                sql: """
                    INSERT INTO execution_hold (execution, set_aside_at) VALUES (?1, ?2)
                    ON CONFLICT DO UPDATE SET set_aside_at = ?2
                    """
            ).execute(arguments: [try transaction.rowID(of: execution.execution), time.milliseconds])
        }
    }

    package func keptMachine(hash: String) -> StateMachine? { machines[hash] }

    package func definition(hash: String) async throws -> StateMachine {
        if let machine = machines[hash] { return machine }
        let text = try await readLater { db in try ExecutionRecord.definition(db, hash: hash) }
        guard let text else {
            throw LakeError.damaged(path: folder.databasePath, reason: "there is no definition \(hash)")
        }
        return try machines.machine(hash: hash) { text }
    }

    /// Reads without holding up the thread of the engine's actor.
    func readLater<Value: Sendable>(
        _ body: @Sendable @escaping (Database) throws -> Value
    ) async throws -> Value {
        let result = await withCheckedContinuation { continuation in
            pool.asyncRead { database in
                continuation.resume(returning: Swift.Result { try body(database.get()) })
            }
        }
        return try result.mapError { LakeError($0, path: folder.databasePath) }.get()
    }
}
