package import DurableExecution
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

    /// Another one for each version of the machine.
    var revision: String { Self.revision(of: version, reference.arn) }

    static func revision(of version: Int64, _ arn: String) -> String {
        var random = SeededRandom(seed: SeededRandom.seed("\(arn)#\(version)"))
        return random.uuid()
    }
}

extension LakeStore {
    /// Has the machines of the service itself be there in these versions; nothing is written where they are.
    package func installBuiltIn(_ versions: [StateMachineVersion], at time: Timestamp) throws(LakeError) {
        let areThere = try read { [self] db in
            let transaction = transaction(db)
            return try versions.allSatisfy { version in
                let known = try transaction.machine(version.reference.arn)
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

extension LakeTransaction {
    private static let machineColumns = """
        SELECT machine.*, name, role_arn, definition_hash, definition
        FROM machine JOIN state_machine ON state_machine.id = machine.version
        """

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

    /// Makes a machine, or gives it another version; a machine that was deleted begins anew.
    func set(
        _ machine: StateMachineVersion, options: JSONObject, tags: JSONObject, isBuiltIn: Bool = false,
        at time: Timestamp
    ) throws {
        let version = try register(machine, isOwn: isBuiltIn)
        try db.cachedStatement(
            sql: """
                INSERT INTO machine (arn, version, created_at, updated_at, is_built_in, options, tags)
                VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6)
                ON CONFLICT DO UPDATE SET version = ?2, updated_at = iif(version = ?2, updated_at, ?3),
                    created_at = iif(deleted_at IS NULL, created_at, ?3), deleted_at = NULL, is_built_in = ?4,
                    options = ?5, tags = ?6
                """
        ).execute(
            arguments: [
                machine.reference.arn, version, time.milliseconds, isBuiltIn, JSONValue.object(options).text,
                JSONValue.object(tags).text,
            ])
    }

    /// Takes a machine away; its executions go on and can still be read.
    func deleteMachine(_ arn: String, at time: Timestamp) throws {
        try db.cachedStatement(sql: "UPDATE machine SET deleted_at = ? WHERE arn = ?")
            .execute(arguments: [time.milliseconds, arn])
    }

    /// The definition that an execution runs, whatever the machine's current version is.
    func definition(of record: ExecutionRecord) throws -> (text: String, version: Int64, isCurrent: Bool)? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT definition, state_machine.id AS id, COALESCE(machine.version = state_machine.id, 1) AS is_current
                FROM execution JOIN state_machine ON state_machine.id = execution.machine
                LEFT JOIN machine ON machine.arn = state_machine.arn WHERE \(ExecutionARN.condition)
                """)
        return try Row.fetchOne(statement, arguments: record.start.arn.key).map { row in
            (
                try row.decode(forColumn: "definition"), try row.decode(forColumn: "id"),
                try row.decode(forColumn: "is_current")
            )
        }
    }

    /// Executions of a machine, the newest first, before a row: with `nil` from the newest on. What went in and came out
    /// is not among what is read.
    ///
    /// Each status is read from its own end of the index, so that a page costs the same with a million executions.
    package func executions(
        of machine: String, statuses: [ExecutionStatus], wasRedriven: Bool? = nil, before row: Int64?, limit: Int
    ) throws -> [(row: Int64, record: ExecutionRecord)] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT id FROM execution INDEXED BY execution_listed
                WHERE family = (SELECT id FROM machine_family WHERE arn = ?) AND status = ? AND id < ? AND COALESCE(? = (redrive_count > 0), 1)
                ORDER BY id DESC LIMIT ?
                """)
        var rows: [Int64] = []
        for status in statuses {
            rows += try Int64.fetchAll(
                statement, arguments: [machine, status.rawValue, row ?? Int64.max, wasRedriven, limit])
        }
        let page = rows.sorted(by: >).prefix(limit)
        let records = try ExecutionRecord.fetch(
            db, where: "execution.id IN (SELECT value FROM json_each(?)) ORDER BY execution.id DESC",
            ["[\(page.map { "\($0)" }.joined(separator: ","))]"], hasData: false)
        return records.map { ($0.id, $0) }
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
        createdAt = try row.timestamp("created_at")
        updatedAt = try row.timestamp("updated_at")
        isBuiltIn = try row.decode(forColumn: "is_built_in")
        options = try row.json("options").objectValue ?? [:]
        tags = try row.json("tags").objectValue ?? [:]
    }
}
