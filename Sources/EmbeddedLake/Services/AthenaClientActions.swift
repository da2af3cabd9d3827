import DurableExecution
import GRDB
import StatesLanguage

/// The actions of Athena that only clients call: lists, results and workgroups.
struct AthenaClientActions {
    /// The workgroup of the deployment; there is `primary` besides.
    let workgroup: String

    private var workgroups: [String] { Set(["primary", workgroup]).sorted() }

    func read(_ call: ServiceCall, in lake: some LakeReading) throws -> JSONValue? {
        switch call.action {
        case "getQueryExecution": ["QueryExecution": try existing(call, lake).clientJSON]
        case "listQueryExecutions": try list(call, lake)
        case "getQueryResults": try getResults(call, lake)
        case "getWorkGroup": ["WorkGroup": try getWorkgroup(call)]
        case "listWorkGroups": ["WorkGroups": .array(workgroups.map(summary))]
        default: try AthenaService().read(call, in: lake)
        }
    }

    func write(_ call: ServiceCall, in transaction: LakeTransaction) throws -> JSONValue? {
        switch call.action {
        case "startQueryExecution": try start(call, transaction)
        default: try AthenaService().write(call, in: transaction)
        }
    }

    /// Runs a statement; what a query finds is kept with it.
    private func start(_ call: ServiceCall, _ transaction: LakeTransaction) throws -> JSONValue {
        if let name = call.parameters["WorkGroup"]?.stringValue, !workgroups.contains(name) { throw noWorkgroup(name) }
        let answer = try AthenaService().carryOut(call, in: transaction)
        let id = answer["QueryExecutionId"]?.stringValue ?? ""
        if let query = try transaction.query(id: id), query.state == "SUCCEEDED",
            try transaction.queryResult(of: id) == nil,
            let rows = try rows(of: try AthenaStatement(parsing: query.statement), transaction)
        {
            try transaction.db.execute(
                sql: "INSERT INTO query_result (query, result) VALUES (?, ?)", arguments: [id, rows.text])
        }
        return answer
    }

    /// What a query finds: the names of its columns, and rows of texts.
    private func rows(of statement: AthenaStatement, _ lake: some LakeReading) throws -> JSONValue? {
        switch statement {
        case .createDatabase, .dropDatabase: return nil
        case .selectOne(let name):
            return ["columns": [[.string(name ?? "_col0"), "integer"]], "rows": [["1"]], "hasHeader": true]
        case .showDatabases(let pattern):
            let names = try String.fetchAll(
                lake.db,
                sql: """
                    SELECT key FROM catalog_room, json_each(unpacked(content))
                    WHERE key GLOB ? AND value ->> '$.Database' IS NOT NULL ORDER BY key
                    """, arguments: [pattern ?? "*"])
            return [
                "columns": [["database_name", "string"]], "rows": .array(names.map { .strings([$0]) }),
                "hasHeader": false,
            ]
        }
    }

    /// Source: <https://docs.aws.amazon.com/athena/latest/APIReference/API_ListQueryExecutions.html>
    private func list(_ call: ServiceCall, _ lake: some LakeReading) throws -> JSONValue {
        let group = call.parameters["WorkGroup"]?.stringValue ?? "primary"
        if !workgroups.contains(group) { throw noWorkgroup(group) }
        let limit = try page(call, maximum: 50)
        let list = "queries \(group)"
        let position = try PageToken.position(call, of: list, refusedAs: "InvalidRequestException") ?? ""
        let ids = try String.fetchAll(
            lake.db, sql: "SELECT id FROM query_execution WHERE workgroup = ? AND id > ? ORDER BY id LIMIT ?",
            arguments: [group, position, limit + 1])
        var result: JSONObject = ["QueryExecutionIds": .strings(Array(ids.prefix(limit)))]
        if ids.count > limit { result["NextToken"] = .string(PageToken(list: list, position: ids[limit - 1]).text) }
        return .object(result)
    }

    /// Source: <https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html>
    private func getResults(_ call: ServiceCall, _ lake: some LakeReading) throws -> JSONValue {
        let query = try existing(call, lake)
        if query.state != "SUCCEEDED" {
            throw ServiceError(
                "InvalidRequestException", "Query did not finish successfully. Final query state: \(query.state)")
        }
        let limit = try page(call, maximum: 1000)
        let list = "results \(query.id)"
        let start = try PageToken.number(call, of: list, refusedAs: "InvalidRequestException") ?? 0
        let found = try lake.queryResult(of: query.id) ?? [:]
        let columns = found["columns"]?.arrayValue ?? []
        var rows = found["rows"]?.arrayValue ?? []
        // The first row of a SELECT is its header.
        if found["hasHeader"] == true { rows.insert(.array(columns.map { $0[0] ?? "" }), at: 0) }
        let end = min(start + limit, rows.count)
        var result: JSONObject = [
            "UpdateCount": 0,
            "ResultSet": [
                "Rows": .array(
                    rows[min(start, end)..<end].map { row in
                        ["Data": .array((row.arrayValue ?? []).map { ["VarCharValue": $0] })]
                    }),
                "ResultSetMetadata": [
                    "ColumnInfo": .array(
                        columns.map { column in
                            [
                                "CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": column[0] ?? "",
                                "Label": column[0] ?? "", "Type": column[1] ?? "", "Nullable": "UNKNOWN",
                            ]
                        })
                ],
            ],
        ]
        if end < rows.count { result["NextToken"] = .string(PageToken(list: list, position: "\(end)").text) }
        return .object(result)
    }

    // MARK: Workgroups

    private func summary(_ name: String) -> JSONValue {
        ["Name": .string(name), "State": "ENABLED", "Description": ""]
    }

    /// Source: <https://docs.aws.amazon.com/athena/latest/APIReference/API_GetWorkGroup.html>
    private func getWorkgroup(_ call: ServiceCall) throws -> JSONValue {
        let name = try call.string("WorkGroup")
        if !workgroups.contains(name) { throw noWorkgroup(name) }
        return [
            "Name": .string(name), "State": "ENABLED",
            "Configuration": [
                "EnforceWorkGroupConfiguration": true, "PublishCloudWatchMetricsEnabled": false,
                "RequesterPaysEnabled": false,
                "EngineVersion": [
                    "SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3",
                ],
            ],
        ]
    }

    private func noWorkgroup(_ name: String) -> ServiceError {
        ServiceError("InvalidRequestException", "WorkGroup \(name) is not found.")
    }

    private func existing(_ call: ServiceCall, _ catalog: some CatalogReading) throws -> QueryExecution {
        let id = try call.string("QueryExecutionId")
        guard let query = try catalog.query(id: id) else {
            throw ServiceError("InvalidRequestException", "QueryExecution \(id) was not found")
        }
        return query
    }

    private func page(_ call: ServiceCall, maximum: Int64) throws(ServiceError) -> Int {
        do {
            return try call.limit("MaxResults", default: maximum, maximum: maximum)
        } catch {
            throw ServiceError("InvalidRequestException", error.message)
        }
    }
}

extension QueryExecution {
    /// The statement as `GetQueryExecution` shows it to clients.
    fileprivate var clientJSON: JSONValue {
        var json = json.objectValue ?? [:]
        // What was taken in can be read.
        json["StatementType"] =
            switch try? AthenaStatement(parsing: statement) {
            case .selectOne: "DML"
            case .showDatabases: "UTILITY"
            default: "DDL"
            }
        var status = json["Status"]?.objectValue ?? [:]
        status["CompletionDateTime"] = .string(submittedAt.text)
        json["Status"] = .object(status)
        json["QueryExecutionContext"] = [:]
        json["EngineVersion"] = [
            "SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3",
        ]
        return .object(json)
    }
}

extension LakeReading {
    fileprivate func queryResult(of id: String) throws -> JSONValue? {
        let text = try String.fetchOne(db, sql: "SELECT result FROM query_result WHERE query = ?", arguments: [id])
        return try text.map { try JSONValue(stored: $0) }
    }
}
