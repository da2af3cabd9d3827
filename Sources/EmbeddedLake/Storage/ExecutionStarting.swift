package import DurableExecution
import GRDB
package import StatesLanguage

extension LakeStore {
    package enum StartResult: Sendable {
        case started(ExecutionARN)
        /// The name is in use with the same input: running or ended, that execution is the one.
        case known(ExecutionARN)

        package var arn: ExecutionARN {
            switch self {
            case .started(let arn), .known(let arn): arn
            }
        }
    }

    /// Starts an execution; it runs when the owner of the folder's engine takes it up.
    ///
    /// - Throws: `LakeError.requestIDReused` when the name is in use with other input.
    package func startExecution(
        of machine: StateMachineVersion, name: String, input: JSONValue, at time: Timestamp, seed: UInt64
    ) throws(LakeError) -> StartResult {
        let start = ExecutionStart(
            machine: machine.reference, name: name, input: input, startedAt: time, seed: seed)
        return try writeNow { transaction in
            transaction.announceStarts()
            return try transaction.start(start, of: machine)
        }
    }
}

extension LakeTransaction {
    /// Starts an execution, or finds the one that has its name and its input.
    ///
    /// - Parameter isAsked: whether a client of the network asks for it.
    /// - Throws: `ServiceError` where clients have as much running as they may.
    package func start(
        _ start: ExecutionStart, of machine: StateMachineVersion, isAsked: Bool = false
    ) throws -> LakeStore.StartResult {
        let version = try register(machine)
        // Nearly every name is new, and whether it is the insertion finds out anyway.
        if try insertIfNew(start, version: version, isAsked: isAsked) { return .started(start.arn) }
        guard let known = try execution(start.arn) else {
            throw DatabaseError(message: "there is no execution \(start.arn)")
        }
        if known.start.input != start.input { throw LakeError.requestIDReused(requestID: start.name) }
        return .known(known.start.arn)
    }

    /// - Parameters:
    ///   - depth: how deep an execution of a client's machine is; `nil` for one of the service's own.
    ///   - isAsked: whether a client has started it.
    package func insert(_ start: ExecutionStart, version: Int64, depth: Int? = nil, isAsked: Bool = false) throws {
        if try !insertIfNew(start, version: version, depth: depth, isAsked: isAsked) {
            throw DatabaseError(resultCode: .SQLITE_CONSTRAINT, message: "\(start.arn) is there already")
        }
    }

    /// Writes an execution down, unless there is one of its name.
    func insertIfNew(
        _ start: ExecutionStart, version: Int64, depth: Int? = nil, isAsked: Bool = false
    ) throws -> Bool {
        let input = start.shownInput
        let recovers = depth == nil ? try recovered(by: start) : nil
        let isCounted = depth != nil || isAsked && input.utf8.count > ExecutionLimits.requestBytes
        if isCounted {
            try quota.admit(bytes: input.utf8.count, db)
        } else if isAsked {
            try quota.admitRequest(db)
        }
        try db.cachedStatement(
            sql: """
                INSERT INTO execution
                    (name, family, machine, input, started_at, seed, status, recovers, client_depth, client_bytes,
                    by_alias)
                VALUES (?, (SELECT id FROM machine_family WHERE arn = ?), ?, ?, ?, ?, 'RUNNING', ?, ?, ?, ?)
                ON CONFLICT (name, family) DO NOTHING
                """
        ).execute(
            arguments: [
                start.name, start.machine.arn, version, input, start.startedAt.milliseconds,
                Int64(bitPattern: start.seed), recovers, depth, isCounted ? input.utf8.count : nil,
                start.qualifier.map { $0.alias != nil },
            ])
        return db.changesCount > 0
    }

    /// The ARN of the execution that one of the service's own is to see to. Any other machine may have the same input.
    private func recovered(by start: ExecutionStart) throws -> String? {
        guard start.input["recover"] == true, let arn = start.input["executionArn"]?.stringValue else { return nil }
        return try isStartedByRules(start.machine.arn) ? arn : nil
    }

    /// Has who runs the engine told, once this is on disk, that there is something to take up.
    package func announceStarts() {
        db.afterNextTransaction { [starts] _ in starts.send() }
    }
}
