import DurableExecution
import GRDB
import StatesLanguage

extension LakeStore {
    /// Has an execution of `target` started with `{"executionArn": …}` whenever one of `source` ends and has not
    /// succeeded, but for the errors that are named: what a rule of EventBridge does, in the same commit.
    package func addRule(
        source: StateMachineVersion, target: StateMachineVersion, exceptErrors: [String]
    ) throws(LakeError) {
        let key: StatementArguments = [
            source.reference.arn, target.reference.arn, JSONValue.strings(exceptErrors).text,
        ]
        let isThere = try read { db in
            try Bool.fetchOne(
                db,
                sql: """
                    SELECT except_errors = ?3 AND EXISTS (
                        SELECT 1 FROM state_machine WHERE arn = ?2 AND role_arn = ?4 AND definition_hash = ?5)
                    FROM failure_rule WHERE source_arn = ?1 AND target_arn = ?2
                    """, arguments: key + [target.reference.roleARN, target.reference.definitionHash]) ?? false
        }
        if isThere { return }
        try writeNow { transaction in
            _ = try transaction.register(target)
            try transaction.db.cachedStatement(
                sql: """
                    INSERT INTO failure_rule (source_arn, target_arn, except_errors) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET except_errors = excluded.except_errors
                    """
            ).execute(arguments: key)
        }
    }
}

extension LakeReading {
    /// Whether executions of a machine are started when others fail.
    package func isStartedByRules(_ machine: String) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: "SELECT EXISTS (SELECT 1 FROM failure_rule WHERE target_arn = ?)")
        return try Bool.fetchOne(statement, arguments: [machine]) ?? false
    }
}

extension LakeTransaction {
    /// Starts what the rules have started when an execution has ended with this error.
    func applyRules(to execution: ExecutionARN, error: String?, at time: Timestamp) throws {
        let statement = try db.cachedStatement(
            sql: """
                SELECT target_arn FROM failure_rule WHERE source_arn = ?1
                AND NOT EXISTS (SELECT 1 FROM json_each(except_errors) WHERE value = ?2)
                """)
        // An execution that is started again may end like this more than once.
        let redrives = try Int64.fetchOne(
            try db.cachedStatement(sql: "SELECT redrive_count FROM execution WHERE id = ?"),
            arguments: [try rowID(of: execution)])
        for target in try String.fetchAll(statement, arguments: [execution.machine, error]) {
            guard let version = try latestVersion(of: target) else { continue }
            let seed = SeededRandom.seed(execution.text + ((redrives ?? 0) == 0 ? "" : "#\(redrives ?? 0)"))
            var random = SeededRandom(seed: seed)
            // Somebody may have thought of the same name.
            while true {
                let start = ExecutionStart(
                    machine: version.reference, name: random.uuid(),
                    input: ["executionArn": .string(execution.text)], startedAt: time, seed: seed)
                if try insertIfNew(start, version: version.id) { break }
            }
            announceStarts()
        }
    }
}
