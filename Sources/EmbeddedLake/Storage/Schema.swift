import GRDB

/// The tables of an embedded lake, as a list of migrations of which none is ever changed.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 lake and journal") { db in try db.execute(sql: lakeAndJournal) }
        migrator.registerMigration("2 redrives, and what clients make") { db in
            try db.execute(sql: redrives)
            try db.execute(sql: packed)
            try db.execute(sql: whatClientsMake)
        }
        migrator.registerMigration("3 fewer pages for a room") { db in try db.execute(sql: fewerPages) }
        migrator.registerMigration("4 a room in one place") { db in try db.execute(sql: oneTree) }
        migrator.registerMigration("5 short names in indexes") { db in
            let isInRows = try db.columns(in: "catalog_entry").contains { $0.name == "kind" }
            if isInRows { try db.execute(sql: packedEntries) }
            try db.execute(sql: shortNames)
        }
        migrator.registerMigration("6 executions that are set aside, and what is the service's own") { db in
            try db.execute(sql: setAside)
            try db.execute(sql: ownAndClients)
        }
        return migrator
    }

    /// The lake's catalog, as Glue, Lake Formation and Athena show it, and the journal of executions beside it, so that
    /// a step and its effect commit together. Documents are JSON, times are milliseconds since 1970.
    private static let lakeAndJournal = """
        CREATE TABLE catalog_database (
            name TEXT NOT NULL PRIMARY KEY, description TEXT, location TEXT, parameters TEXT NOT NULL,
            table_defaults TEXT NOT NULL, created_at INTEGER NOT NULL
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE catalog_table (
            database_name TEXT NOT NULL REFERENCES catalog_database (name), name TEXT NOT NULL,
            input TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (database_name, name)
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE registered_location (
            arn TEXT NOT NULL PRIMARY KEY, role_arn TEXT NOT NULL, is_hybrid INTEGER NOT NULL,
            registered_at INTEGER NOT NULL
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE permission (
            kind TEXT NOT NULL, resource TEXT NOT NULL, principal TEXT NOT NULL, permissions TEXT NOT NULL,
            grantable TEXT NOT NULL, PRIMARY KEY (kind, resource, principal)
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE data_lake_settings (
            id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), settings TEXT NOT NULL
        ) STRICT;
        CREATE TABLE query_execution (
            id TEXT NOT NULL PRIMARY KEY, token TEXT NOT NULL UNIQUE, statement TEXT NOT NULL,
            workgroup TEXT NOT NULL, state TEXT NOT NULL, reason TEXT, submitted_at INTEGER NOT NULL
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE state_machine (
            id INTEGER PRIMARY KEY, arn TEXT NOT NULL, name TEXT NOT NULL, role_arn TEXT NOT NULL,
            definition_hash TEXT NOT NULL, definition TEXT NOT NULL, UNIQUE (arn, role_arn, definition_hash)
        ) STRICT;
        CREATE TABLE failure_rule (
            source_arn TEXT NOT NULL, target_arn TEXT NOT NULL, except_errors TEXT NOT NULL,
            PRIMARY KEY (source_arn, target_arn)
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE execution (
            id INTEGER PRIMARY KEY, machine_arn TEXT NOT NULL, name TEXT NOT NULL,
            machine INTEGER NOT NULL REFERENCES state_machine (id), input TEXT NOT NULL,
            started_at INTEGER NOT NULL, seed INTEGER NOT NULL, status TEXT NOT NULL, stopped_at INTEGER,
            output TEXT, error TEXT, cause TEXT, UNIQUE (machine_arn, name)
        ) STRICT;
        CREATE INDEX execution_running ON execution (id) WHERE status = 'RUNNING';
        CREATE TABLE journal (
            execution INTEGER NOT NULL REFERENCES execution (id), position INTEGER NOT NULL, entries TEXT NOT NULL,
            PRIMARY KEY (execution, position)
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE answer (
            execution INTEGER NOT NULL PRIMARY KEY REFERENCES execution (id), path TEXT NOT NULL, body TEXT NOT NULL,
            status TEXT NOT NULL
        ) STRICT;
        CREATE INDEX answer_undelivered ON answer (execution) WHERE status = 'UNDELIVERED';
        """

    /// What starting executions again needs: how often and when it was done, under which tokens of clients, and for a
    /// recovery the name of the execution that it is for.
    private static let redrives = """
        ALTER TABLE execution ADD COLUMN redrive_count INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE execution ADD COLUMN redriven_at INTEGER;
        CREATE TABLE redrive (
            execution INTEGER NOT NULL REFERENCES execution (id), number INTEGER NOT NULL, client_token TEXT,
            redriven_at INTEGER NOT NULL, PRIMARY KEY (execution, number)
        ) WITHOUT ROWID, STRICT;
        ALTER TABLE execution ADD COLUMN recovers TEXT;
        UPDATE execution SET recovers = json_extract(input, '$.executionArn') WHERE input LIKE '{"recover":true,%';
        CREATE INDEX execution_recovery ON execution (recovers) WHERE recovers IS NOT NULL;
        """

    /// What takes the most room is packed; what is there already stays as it is, as bytes.
    private static let packed = """
        CREATE TABLE packed_journal (
            execution INTEGER NOT NULL REFERENCES execution (id), position INTEGER NOT NULL, entries BLOB NOT NULL,
            PRIMARY KEY (execution, position)
        ) WITHOUT ROWID, STRICT;
        INSERT INTO packed_journal SELECT execution, position, CAST(entries AS BLOB) FROM journal;
        DROP TABLE journal;
        ALTER TABLE packed_journal RENAME TO journal;
        CREATE TABLE packed_query_execution (
            id TEXT NOT NULL PRIMARY KEY, token TEXT NOT NULL UNIQUE, statement BLOB NOT NULL,
            workgroup TEXT NOT NULL, state TEXT NOT NULL, reason TEXT, submitted_at INTEGER NOT NULL
        ) WITHOUT ROWID, STRICT;
        INSERT INTO packed_query_execution
            SELECT id, token, CAST(statement AS BLOB), workgroup, state, reason, submitted_at FROM query_execution;
        DROP TABLE query_execution;
        ALTER TABLE packed_query_execution RENAME TO query_execution;
        """

    /// The state machines that were made through the actions of Step Functions, each with the version that executions
    /// are started of; an index by which executions are listed; and what else clients make, tables and queries.
    private static let whatClientsMake = """
        CREATE TABLE machine (
            arn TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL REFERENCES state_machine (id),
            created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, deleted_at INTEGER,
            is_built_in INTEGER NOT NULL, options TEXT NOT NULL, tags TEXT NOT NULL
        ) WITHOUT ROWID, STRICT;
        CREATE INDEX execution_listed ON execution (machine_arn, status, id);
        ALTER TABLE catalog_table ADD COLUMN updated_at INTEGER;
        ALTER TABLE catalog_table ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE query_result (
            query TEXT NOT NULL PRIMARY KEY REFERENCES query_execution (id), result TEXT NOT NULL
        ) WITHOUT ROWID, STRICT;
        """

    /// Names fall anywhere among others', so in a large lake each row with a name of its own is a page to read and to write
    /// for one room alone. Permissions on a database and on its tables stand beside each other; and the id of a query,
    /// which is made of its token, is what it is found by under either. Rows that are long stand in the order in which they
    /// came, and only their names, which are short, in an index: without row ids the branches of the tree hold rows, too,
    /// and with four on a page it is nine pages deep at a million rows.
    private static let fewerPages = """
        CREATE TABLE permission_by_resource (
            kind TEXT NOT NULL, resource TEXT NOT NULL, principal TEXT NOT NULL, permissions TEXT NOT NULL,
            grantable TEXT NOT NULL, PRIMARY KEY (resource, kind, principal)
        ) WITHOUT ROWID, STRICT;
        INSERT INTO permission_by_resource SELECT * FROM permission ORDER BY resource, kind, principal;
        DROP TABLE permission;
        ALTER TABLE permission_by_resource RENAME TO permission;
        CREATE TABLE database_with_row_id (
            name TEXT NOT NULL PRIMARY KEY, description TEXT, location TEXT, parameters TEXT NOT NULL,
            table_defaults TEXT NOT NULL, created_at INTEGER NOT NULL
        ) STRICT;
        INSERT INTO database_with_row_id SELECT * FROM catalog_database ORDER BY created_at;
        DROP TABLE catalog_database;
        ALTER TABLE database_with_row_id RENAME TO catalog_database;
        CREATE TABLE query_with_row_id (
            id TEXT NOT NULL PRIMARY KEY, token TEXT NOT NULL, statement BLOB NOT NULL,
            workgroup TEXT NOT NULL, state TEXT NOT NULL, reason TEXT, submitted_at INTEGER NOT NULL
        ) STRICT;
        INSERT INTO query_with_row_id
            SELECT id, token, statement, workgroup, state, reason, submitted_at FROM query_execution ORDER BY submitted_at;
        DROP TABLE query_execution;
        ALTER TABLE query_with_row_id RENAME TO query_execution;
        """

    /// Everything that the catalog has of a room stands in one tree and beside each other: the database, the registration
    /// of its location, and the permissions on them. In a large lake that is one page to read and to write, instead of one
    /// for each. There is one row for all that stands under a name, packed (`CatalogEntries`): the shorter rows are, the
    /// more are on a page, and the less often one is divided among others.
    ///
    /// `room` is what brings them together, the last part of `name`: the name of a database, or the ARN of a location.
    private static let oneTree = """
        CREATE TABLE catalog_entry (
            room TEXT NOT NULL, name TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (room, name)
        ) WITHOUT ROWID, STRICT;
        WITH grants AS (
            SELECT resource AS name, kind, json_group_object(principal, json_array(permissions, grantable)) AS principals
            FROM permission GROUP BY resource, kind
        ), content AS (
            SELECT name, 'Permissions' AS part, json_group_object(kind, json(principals)) AS value
            FROM grants GROUP BY name
            UNION ALL SELECT name, 'Database', json_object(
                'Description', description, 'LocationUri', location, 'Parameters', json(parameters),
                'CreateTableDefaultPermissions', json(table_defaults), 'CreateTime', created_at) FROM catalog_database
            UNION ALL SELECT arn, 'Location', json_object(
                'RoleArn', role_arn, 'HybridAccessEnabled', json(iif(is_hybrid, 'true', 'false')),
                'LastModified', registered_at) FROM registered_location
        )
        INSERT INTO catalog_entry
            SELECT substr(rtrim(name, '/'), length(rtrim(rtrim(name, '/'), replace(name, '/', ''))) + 1) AS room, name,
                CAST(json_group_object(part, json(value)) AS BLOB)
            FROM content GROUP BY name ORDER BY room, name;
        CREATE TABLE table_of_entry (
            database_name TEXT NOT NULL, name TEXT NOT NULL, input TEXT NOT NULL, created_at INTEGER NOT NULL,
            updated_at INTEGER, version INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (database_name, name)
        ) WITHOUT ROWID, STRICT;
        INSERT INTO table_of_entry SELECT * FROM catalog_table;
        DROP TABLE catalog_table;
        ALTER TABLE table_of_entry RENAME TO catalog_table;
        DROP TABLE permission;
        DROP TABLE registered_location;
        DROP TABLE catalog_database;
        """

    /// Schema 4 as it was for some hours, with a row for each permission: made what it is above.
    private static let packedEntries = """
        CREATE TABLE packed_entry (
            room TEXT NOT NULL, name TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (room, name)
        ) WITHOUT ROWID, STRICT;
        WITH grants AS (
            SELECT room, name, kind, json_group_object(principal, json_array(permissions, grantable)) AS principals
            FROM catalog_entry WHERE principal <> '' GROUP BY room, name, kind
        ), content AS (
            SELECT room, name, 'Permissions' AS part, json_group_object(kind, json(principals)) AS value
            FROM grants GROUP BY room, name
            UNION ALL SELECT room, name, 'Database', json_object(
                'Description', unpacked(description), 'LocationUri', location, 'Parameters', json(unpacked(parameters)),
                'CreateTableDefaultPermissions', json(table_defaults), 'CreateTime', created_at)
            FROM catalog_entry WHERE kind = 'DATABASE' AND principal = ''
            UNION ALL SELECT room, name, 'Location', json_object(
                'RoleArn', role_arn, 'HybridAccessEnabled', json(iif(is_hybrid, 'true', 'false')),
                'LastModified', created_at)
            FROM catalog_entry WHERE kind = 'LOCATION' AND principal = ''
        )
        INSERT INTO packed_entry
            SELECT room, name, CAST(json_group_object(part, json(value)) AS BLOB) FROM content
            GROUP BY room, name ORDER BY room, name;
        DROP TABLE catalog_entry;
        ALTER TABLE packed_entry RENAME TO catalog_entry;
        """

    /// When a page is full its rows are shared out among its neighbours: four or five pages to write for one row. What
    /// stands by names, which fall anywhere, is therefore as short as can be, and everything else is found by a number and
    /// only grows at its end.
    ///
    /// An index by which executions are found has a number for the machine, whose ARN was two thirds of each of its rows,
    /// and begins with the execution's name, by which alone an execution is looked for, too. The catalog has one row for a
    /// room (`CatalogRoom`); those are read in the order of rooms, and so stand in it.
    private static let shortNames = """
        CREATE TABLE machine_family (id INTEGER PRIMARY KEY, arn TEXT NOT NULL UNIQUE) STRICT;
        INSERT INTO machine_family (arn) SELECT arn FROM state_machine GROUP BY arn ORDER BY MIN(id);
        CREATE TABLE execution_of_family (
            id INTEGER PRIMARY KEY, family INTEGER NOT NULL REFERENCES machine_family (id), name TEXT NOT NULL,
            machine INTEGER NOT NULL REFERENCES state_machine (id), input TEXT NOT NULL,
            started_at INTEGER NOT NULL, seed INTEGER NOT NULL, status TEXT NOT NULL, stopped_at INTEGER,
            output TEXT, error TEXT, cause TEXT, redrive_count INTEGER NOT NULL DEFAULT 0, redriven_at INTEGER,
            recovers TEXT, UNIQUE (name, family)
        ) STRICT;
        INSERT INTO execution_of_family
            SELECT execution.id, machine_family.id, name, machine, input, started_at, seed, status, stopped_at, output,
                error, cause, redrive_count, redriven_at, recovers
            FROM execution JOIN machine_family ON machine_family.arn = execution.machine_arn ORDER BY execution.id;
        DROP TABLE execution;
        ALTER TABLE execution_of_family RENAME TO execution;
        CREATE INDEX execution_running ON execution (id) WHERE status = 'RUNNING';
        CREATE INDEX execution_recovery ON execution (recovers) WHERE recovers IS NOT NULL;
        CREATE INDEX execution_listed ON execution (family, status, id);
        CREATE TABLE journal_at_end (
            id INTEGER PRIMARY KEY, execution INTEGER NOT NULL REFERENCES execution (id), entries BLOB NOT NULL
        ) STRICT;
        INSERT INTO journal_at_end (execution, entries)
            SELECT execution, entries FROM journal ORDER BY execution, position;
        DROP TABLE journal;
        ALTER TABLE journal_at_end RENAME TO journal;
        CREATE INDEX journal_of_execution ON journal (execution);
        CREATE TABLE catalog_room (room TEXT NOT NULL PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID, STRICT;
        INSERT INTO catalog_room
            SELECT room, CAST(json_group_object(name, json(unpacked(content))) AS BLOB) FROM catalog_entry
            GROUP BY room ORDER BY room;
        DROP TABLE catalog_entry;
        """

    /// Which versions of machines are the service's own, whatever they are called: they alone are trusted with its
    /// credentials. And of executions of all others how deep they were started, and how many bytes their input has: what
    /// clients have running is counted in an index that nothing of the service's own is in.
    ///
    /// A version that the service has registered, and that no client could make: the current one of a machine that is
    /// built in, and those of machines that no client has made.
    private static let ownAndClients = """
        ALTER TABLE state_machine ADD COLUMN is_own INTEGER NOT NULL DEFAULT 0;
        UPDATE state_machine SET is_own = 1 WHERE id IN (SELECT version FROM machine WHERE is_built_in)
            OR arn NOT IN (SELECT arn FROM machine);
        ALTER TABLE execution ADD COLUMN client_depth INTEGER;
        ALTER TABLE execution ADD COLUMN client_bytes INTEGER;
        UPDATE execution SET client_depth = 0, client_bytes = LENGTH(CAST(input AS BLOB))
            WHERE machine IN (SELECT id FROM state_machine WHERE NOT is_own);
        CREATE INDEX execution_of_clients ON execution (client_bytes)
            WHERE status = 'RUNNING' AND client_bytes IS NOT NULL;
        """

    /// What is known of an execution that does not go on by itself: how many processes have ended while they evaluated it,
    /// since when it is set aside, and with which error it is to be stopped. How many events an execution has that has
    /// ended, so that its journal is not replayed to count them. And a place for the engine to find out whether the disk
    /// takes a write.
    private static let setAside = """
        CREATE TABLE execution_hold (
            execution INTEGER PRIMARY KEY REFERENCES execution (id), interruptions INTEGER NOT NULL DEFAULT 0,
            set_aside_at INTEGER, stop_request TEXT
        ) STRICT;
        ALTER TABLE execution ADD COLUMN event_count INTEGER;
        CREATE TABLE write_check (id INTEGER PRIMARY KEY CHECK (id = 1), content BLOB NOT NULL) STRICT;
        """
}
