import GRDB

/// The tables of an embedded lake, as a list of migrations of which none is ever changed once it is released.
///
/// Documents are JSON, times are milliseconds since 1970. What takes the most room is packed (`PackedText`).
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            for tables in [catalog, machines, executions, operations] { try db.execute(sql: tables) }
        }
        return migrator
    }

    /// What Glue, Lake Formation and Athena show. The journal of executions stands beside it, so that a step and its
    /// effect commit together.
    ///
    /// Names fall anywhere among others', so in a large lake each row that stands by a name is a page to read and to write
    /// for one room alone. Everything that the catalog has of a room is therefore one row (`CatalogRoom`): its database, the
    /// registration of its location, and the permissions on them. Rooms are read in their order, and so stand in it.
    private static let catalog = """
        CREATE TABLE catalog_room (room TEXT NOT NULL PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID, STRICT;
        CREATE TABLE catalog_table (
            database_name TEXT NOT NULL, name TEXT NOT NULL, input TEXT NOT NULL, created_at INTEGER NOT NULL,
            updated_at INTEGER, version INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (database_name, name)
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE data_lake_settings (
            id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), settings TEXT NOT NULL
        ) STRICT;
        CREATE TABLE query_execution (
            id TEXT NOT NULL PRIMARY KEY, token TEXT NOT NULL, statement BLOB NOT NULL, workgroup TEXT NOT NULL,
            state TEXT NOT NULL, reason TEXT, submitted_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE query_result (
            query TEXT NOT NULL PRIMARY KEY REFERENCES query_execution (id), result TEXT NOT NULL
        ) WITHOUT ROWID, STRICT;
        """

    /// The versions of state machines, of which some are the service's own, whatever they are called: they alone are
    /// trusted with its credentials; the revision is `NULL` for the one with which a machine was made. The machines that clients have made, each with the version that executions are
    /// started of. And a short number for each machine, which stands in indexes in place of its ARN.
    private static let machines = """
        CREATE TABLE state_machine (
            id INTEGER PRIMARY KEY, arn TEXT NOT NULL, name TEXT NOT NULL, role_arn TEXT NOT NULL,
            definition_hash TEXT NOT NULL, definition TEXT NOT NULL, is_own INTEGER NOT NULL DEFAULT 0,
            revision INTEGER, UNIQUE (arn, role_arn, definition_hash)
        ) STRICT;
        CREATE TABLE machine (
            arn TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL REFERENCES state_machine (id),
            created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, deleted_at INTEGER,
            is_built_in INTEGER NOT NULL, options TEXT NOT NULL, tags TEXT NOT NULL
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE machine_family (id INTEGER PRIMARY KEY, arn TEXT NOT NULL UNIQUE) STRICT;
        """

    /// Executions, their journals and their answers. What stands by names is as short as can be, and everything else is
    /// found by a number and only grows at its end: when a page is full its rows are shared out among its neighbours, four
    /// or five pages to write for one row.
    ///
    /// Of executions of clients it is written down how deep they were started and how many bytes their input has: what
    /// clients have running is counted in an index that nothing of the service's own is in. Of those that have ended, how
    /// many events they have, so that no journal is replayed to count them. `by_alias` says whether one was started by
    /// the alias of its machine, and not by its version; `NULL` is by neither.
    private static let executions = """
        CREATE TABLE execution (
            id INTEGER PRIMARY KEY, family INTEGER NOT NULL REFERENCES machine_family (id), name TEXT NOT NULL,
            machine INTEGER NOT NULL REFERENCES state_machine (id), input TEXT NOT NULL,
            started_at INTEGER NOT NULL, seed INTEGER NOT NULL, status TEXT NOT NULL, stopped_at INTEGER,
            output TEXT, error TEXT, cause TEXT, redrive_count INTEGER NOT NULL DEFAULT 0, redriven_at INTEGER,
            recovers TEXT, event_count INTEGER, client_depth INTEGER, client_bytes INTEGER,
            by_alias INTEGER, UNIQUE (name, family)
        ) STRICT;
        CREATE INDEX execution_running ON execution (id) WHERE status = 'RUNNING';
        CREATE INDEX execution_recovery ON execution (recovers) WHERE recovers IS NOT NULL;
        CREATE INDEX execution_listed ON execution (family, status, id);
        CREATE INDEX execution_qualified ON execution (machine, by_alias, status, id) WHERE by_alias IS NOT NULL;
        CREATE INDEX execution_of_clients ON execution (client_bytes)
            WHERE status = 'RUNNING' AND client_bytes IS NOT NULL;
        CREATE TABLE journal (
            id INTEGER PRIMARY KEY, execution INTEGER NOT NULL REFERENCES execution (id), entries BLOB NOT NULL
        ) STRICT;
        CREATE INDEX journal_of_execution ON journal (execution);
        CREATE TABLE answer (
            execution INTEGER NOT NULL PRIMARY KEY REFERENCES execution (id), path TEXT NOT NULL, body TEXT NOT NULL,
            status TEXT NOT NULL
        ) STRICT;
        CREATE INDEX answer_undelivered ON answer (execution) WHERE status = 'UNDELIVERED';
        """

    /// Which executions are started when others fail, and how executions are started again. What keeps one from going on
    /// by itself: how many processes have ended while they evaluated it, since when it is set aside, and with which error
    /// it is to be stopped. And a place for the engine to find out whether the disk takes a write.
    private static let operations = """
        CREATE TABLE failure_rule (
            source_arn TEXT NOT NULL, target_arn TEXT NOT NULL, except_errors TEXT NOT NULL,
            PRIMARY KEY (source_arn, target_arn)
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE redrive (
            execution INTEGER NOT NULL REFERENCES execution (id), number INTEGER NOT NULL, client_token TEXT,
            redriven_at INTEGER NOT NULL, PRIMARY KEY (execution, number)
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE execution_hold (
            execution INTEGER PRIMARY KEY REFERENCES execution (id), interruptions INTEGER NOT NULL DEFAULT 0,
            set_aside_at INTEGER, stop_request TEXT
        ) STRICT;
        CREATE TABLE write_check (id INTEGER PRIMARY KEY CHECK (id = 1), content BLOB NOT NULL) STRICT;
        """
}
