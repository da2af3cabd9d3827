import DurableExecution
import GRDB
package import StatesLanguage

/// A state machine as Step Functions shows it: its current version, and what was set for it.
struct MachineRecord {
    let version: Int64
    let reference: StateMachineReference
    let definition: String
    let createdAt: Timestamp
    let updatedAt: Timestamp
    /// Whether it is one of the service's own machines, which no client changes.
    let isBuiltIn: Bool
    /// The members of `CreateStateMachine` that are kept and shown, such as `LoggingConfiguration`.
    let options: JSONObject
    /// Texts by key.
    let tags: JSONObject

    /// The id of its revision: another one after each update that changes something, and `nil` before the first.
    let revisionID: String?

    /// - Parameter number: how many revisions there were before.
    static func revisionID(_ number: Int64?, of arn: String) -> String? {
        guard let number else { return nil }
        var random = SeededRandom(seed: SeededRandom.seed("\(arn)#\(number)"))
        return random.uuid()
    }
}

extension LakeStore {
    /// Has the machines of the service itself be there in these versions; nothing is written where they are.
    package func installBuiltIn(_ versions: [StateMachineVersion], at time: Timestamp) throws(LakeError) {
        let areThere = try read { [self] db in
            let snapshot = snapshot(db)
            return try versions.allSatisfy { version in
                let known = try snapshot.machine(version.reference.arn)
                return known?.isBuiltIn == true && known?.reference == version.reference
            }
        }
        if areThere { return }
        try writeNow { transaction in
            for version in versions {
                try transaction.set(version, options: [:], tags: [:], isBuiltIn: true, at: time)
            }
        }
    }
}

extension LakeReading {
    private static var machineColumns: String {
        """
        SELECT machine.*, name, role_arn, definition_hash, definition, revision
        FROM machine JOIN state_machine ON state_machine.id = machine.version
        """
    }

    /// The machine with this ARN, unless it was deleted.
    func machine(_ arn: String) throws -> MachineRecord? {
        let statement = try db.cachedStatement(
            sql: "\(Self.machineColumns) WHERE machine.arn = ? AND deleted_at IS NULL")
        return try Row.fetchOne(statement, arguments: [arn]).map { try MachineRecord($0) }
    }

    /// The machines after an ARN, in their order.
    func machines(after arn: String, limit: Int) throws -> [MachineRecord] {
        let statement = try db.cachedStatement(
            sql: "\(Self.machineColumns) WHERE machine.arn > ? AND deleted_at IS NULL ORDER BY machine.arn LIMIT ?")
        return try Row.fetchAll(statement, arguments: [arn, limit]).map { try MachineRecord($0) }
    }

    /// The definition that an execution runs, whatever the machine's current version is, and the id of its revision.
    func definition(of record: ExecutionRecord) throws -> (text: String, revisionID: String?)? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT definition, revision FROM execution JOIN state_machine ON state_machine.id = execution.machine
                WHERE \(ExecutionARN.condition)
                """)
        return try Row.fetchOne(statement, arguments: record.start.arn.key).map { row in
            (
                try row.decode(forColumn: "definition"),
                MachineRecord.revisionID(
                    try row.decode(Int64?.self, forColumn: "revision"), of: record.start.machine.arn)
            )
        }
    }
}

extension LakeTransaction {
    /// Makes a machine, or gives it another version; a machine that was deleted begins anew.
    func set(
        _ machine: StateMachineVersion, options: JSONObject, tags: JSONObject, isBuiltIn: Bool = false,
        at time: Timestamp
    ) throws {
        let known = try self.machine(machine.reference.arn)
        let version = try register(machine, isOwn: isBuiltIn)
        try setRevision(of: version, options, after: known)
        try db.cachedStatement(
            sql: """
                INSERT INTO machine (arn, version, created_at, updated_at, is_built_in, options, tags)
                VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6)
                ON CONFLICT DO UPDATE SET version = ?2, created_at = iif(deleted_at IS NULL, created_at, ?3),
                    updated_at = iif(deleted_at IS NULL AND version = ?2 AND options = ?5, updated_at, ?3),
                    deleted_at = NULL, is_built_in = ?4, options = ?5, tags = ?6
                """
        ).execute(
            arguments: [
                machine.reference.arn, version, time.milliseconds, isBuiltIn, JSONValue.object(options).text,
                JSONValue.object(tags).text,
            ])
    }

    /// Gives a version of a machine a revision, unless it has the current one.
    ///
    /// - Parameter known: the machine as it is; `nil` for one that is made now, which has no revision.
    private func setRevision(of version: Int64, _ options: JSONObject, after known: MachineRecord?) throws {
        if let known, known.version == version,
            MachineOptions.complete(known.options) == MachineOptions.complete(options)
        {
            return
        }
        try db.cachedStatement(
            sql: """
                UPDATE state_machine SET revision = CASE WHEN ?2 THEN (
                    SELECT COALESCE(MAX(other.revision), 0) + 1 FROM state_machine AS other
                    WHERE other.arn = state_machine.arn) END
                WHERE id = ?1
                """
        ).execute(arguments: [version, known != nil])
    }

    /// Takes a machine away; its executions go on and can still be read.
    func deleteMachine(_ arn: String, at time: Timestamp) throws {
        try db.cachedStatement(sql: "UPDATE machine SET deleted_at = ? WHERE arn = ?")
            .execute(arguments: [time.milliseconds, arn])
    }
}

extension MachineRecord {
    fileprivate init(_ row: Row) throws {
        version = try row.decode(forColumn: "version")
        reference = StateMachineReference(
            arn: try row.decode(forColumn: "arn"), name: try row.decode(forColumn: "name"),
            roleARN: try row.decode(forColumn: "role_arn"), definitionHash: try row.decode(forColumn: "definition_hash")
        )
        definition = try row.decode(forColumn: "definition")
        revisionID = Self.revisionID(try row.decode(Int64?.self, forColumn: "revision"), of: reference.arn)
        createdAt = try row.timestamp("created_at")
        updatedAt = try row.timestamp("updated_at")
        isBuiltIn = try row.decode(forColumn: "is_built_in")
        options = try row.json("options").objectValue ?? [:]
        tags = try row.json("tags").objectValue ?? [:]
    }
}
