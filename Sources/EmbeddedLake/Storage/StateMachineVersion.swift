import Crypto
package import DurableExecution
import GRDB

/// A version of a state machine that executions can be started of.
package struct StateMachineVersion: Sendable {
    /// The name of the alias of the service's own machines, as the template of a deployment gives it.
    static let alias = "live"

    package let reference: StateMachineReference
    /// The definition with its substitutions applied, as text.
    package let definition: String

    package init(reference: StateMachineReference, definition: String) {
        self.reference = reference
        self.definition = definition
    }

    /// The SHA-256 of a text in hexadecimal, which tells versions apart.
    package static func sha256(_ text: String) -> String {
        SHA256.hash(data: Array(text.utf8)).map { String(UInt16($0) | 0x100, radix: 16).dropFirst() }.joined()
    }
}

extension LakeReading {
    /// The version of a machine that executions are started of: the current one of a machine that has been made through
    /// Step Functions' own actions, else the one that was registered last.
    package func latestVersion(of machine: String) throws -> (id: Int64, reference: StateMachineReference, isOwn: Bool)?
    {
        let statement = try db.cachedStatement(
            sql: """
                SELECT id, name, role_arn, definition_hash, is_own FROM state_machine WHERE id = COALESCE(
                    (SELECT CASE WHEN deleted_at IS NULL THEN version ELSE -1 END FROM machine WHERE arn = ?1),
                    (SELECT MAX(id) FROM state_machine WHERE arn = ?1))
                """)
        return try Row.fetchOne(statement, arguments: [machine]).map { row in
            (
                row["id"],
                StateMachineReference(
                    arn: machine, name: row["name"], roleARN: row["role_arn"], definitionHash: row["definition_hash"]),
                row["is_own"]
            )
        }
    }
}

extension LakeReading {
    /// The number of a version: versions are numbered from 1 on, in the order in which they came to be.
    package func versionNumber(_ id: Int64, of machine: String) throws -> Int64 {
        let statement = try db.cachedStatement(sql: "SELECT COUNT(*) FROM state_machine WHERE arn = ? AND id <= ?")
        return try Int64.fetchOne(statement, arguments: [machine, id]) ?? 0
    }
}

extension LakeTransaction {
    /// Makes sure that a version is there, and gives its row.
    ///
    /// - Parameter isOwn: whether it is the service's own. One that a client has made of the same definition becomes that.
    @discardableResult
    package func register(_ machine: StateMachineVersion, isOwn: Bool = true) throws -> Int64 {
        let reference = machine.reference
        let known = try db.cachedStatement(
            sql: "SELECT id, is_own FROM state_machine WHERE arn = ? AND role_arn = ? AND definition_hash = ?")
        let key: StatementArguments = [reference.arn, reference.roleARN, reference.definitionHash]
        if let row = try Row.fetchOne(known, arguments: key) {
            let id: Int64 = row["id"]
            if isOwn, row["is_own"] == false {
                try db.cachedStatement(sql: "UPDATE state_machine SET is_own = 1 WHERE id = ?").execute(arguments: [id])
            }
            return id
        }
        try DataLakeSettings.noteRole(reference.roleARN, db)
        try db.cachedStatement(
            sql: """
                INSERT INTO state_machine (arn, role_arn, definition_hash, name, definition, is_own)
                VALUES (?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: key + [reference.name, machine.definition, isOwn])
        let id = db.lastInsertedRowID
        try db.cachedStatement(sql: "INSERT INTO machine_family (arn) VALUES (?) ON CONFLICT DO NOTHING")
            .execute(arguments: [reference.arn])
        return id
    }
}
