import CleanroomModel
import SagaKit
package import StatesLanguage

/// Holds the tasks of a compiled machine against what a cleanroom and its answers have to be, whoever wrote them.
///
/// The permissions, the location, the statements and the answers are written down here once more, as the contract with
/// callers and customers has them. Only the marker is taken from `RoomMarker`: it is nothing that others rely on.
package struct ContractCheck {
    let source: JSONValue
    let scope: MachineScope

    package init(_ source: JSONValue, _ scope: MachineScope) {
        (self.source, self.scope) = (source, scope)
    }

    package func problems() -> [Problem] {
        machine() + verification()
            + scope.inOrder.flatMap { state -> [Problem] in state.edges.compactMap { page(after: state, by: $0) } }
            + scope.inOrder.flatMap(problems)
    }

    /// An execution ends at last, and not before an answer has been tried for a day.
    private func machine() -> [Problem] {
        if (172_800...31_536_000).contains(scope.timeoutSeconds ?? 0) { return [] }
        return [broken(scope.place, "an execution may take two days, and at the most a year")]
    }

    /// A task to which a choice leads because there is another page asks for that page.
    private func page(after choice: State, by edge: State.Edge) -> Problem? {
        guard case .choice(let rules) = choice.kind, case .rule(let index) = edge.kind,
            let next = scope.state(edge.target), case .task = next.kind,
            let token = rules.rules[index].condition.paths.first(where: { Self.tokens.contains($0.text) })?.text,
            source.value(at: next.place)?["Parameters"]?["NextToken.$"]?.stringValue != token
        else { return nil }
        return broken(next.place.appending("Parameters"), "a page after the first is asked for by its token")
    }

    private func problems(of state: State) -> [Problem] {
        ways(from: state) + names(in: source.value(at: state.place) ?? .null, at: state.place) + rules(of: state)
    }

    private func rules(of state: State) -> [Problem] {
        if ["Succeed", "Fail"].contains(state.typeName) { return end(state) }
        if state.typeName == "Pass", state.query == nil { return values(in: state) }
        if state.typeName == "Choice" { return choices(in: state) + validation(in: state) }
        // What tasks in JSONata call for is told by going through them (`verification`).
        guard case .task(let task) = state.kind, state.query == nil, let action = ServiceAction.of(task.resource),
            let json = source.value(at: state.place)
        else { return [] }
        let place = state.place.appending("Parameters")
        guard let parameters = json["Parameters"] else {
            return [broken(place, "a task names its parameters, and does not pass on whatever it gets")]
        }
        return given(by: action, parameters, at: place) + rules(of: action, parameters, json, at: place)
            + looking(action, task, at: state.place)
    }

    private static let tokens: Set = ["$.page.NextToken", "$.listed.NextToken", "$.sifted.tokens[0]"]

    func broken(_ place: ProblemPath, _ message: String) -> Problem {
        Problem(.contractBroken, at: place, message)
    }

    /// What cannot be found out about other executions is answered by nobody now.
    private func looking(_ action: ServiceAction, _ task: TaskState, at place: ProblemPath) -> [Problem] {
        guard action.integration.contains(":sfn:") else { return [] }
        return task.catchers.enumerated().compactMap { index, catcher in
            let isKept =
                catcher.errorEquals != ["States.ALL"] || ["NotRecovered", "NotAnswered"].contains(catcher.next)
            return isKept
                ? nil
                : broken(
                    place.appending("Catch").appending(index), "what cannot be found out is left to a later recovery")
        }
    }

    /// The names by which callers and the recovery tell outcomes apart, and what goes with them.
    private func end(_ state: State) -> [Problem] {
        let json = source.value(at: state.place)
        if state.typeName == "Succeed" {
            // Else all the data goes out, whatever is in it.
            return json?["OutputPath"] == nil
                ? [broken(state.place, "an execution that succeeds says what it gives")] : []
        }
        guard let error = json?["Error"]?.stringValue, json?["Cause"] != nil || json?["CausePath"] != nil else {
            return [broken(state.place, "an execution fails under a name, and says why")]
        }
        if Self.ends.contains(error) { return [] }
        return [broken(state.place.appending("Error"), "no execution ends with the error '\(error)'")]
    }

    /// What is told.
    private func values(in state: State) -> [Problem] {
        let (json, place) = (source.value(at: state.place), state.place.appending("Parameters"))
        let parameters = json?["Parameters"]
        if parameters == nil, json?["InputPath"] == nil, json?["Result"] == nil {
            return [broken(state.place, "a Pass says what it passes on")]
        }
        if let message = parameters?["message"]?.stringValue, ErrorMessage(rawValue: message) == nil {
            return [broken(place.appending("message"), "the list of messages is closed")]
        }
        if json?["ResultPath"] == "$.outcome", parameters != Self.outcome {
            return [broken(place, "the outcome is the request with the location of its room")]
        }
        if json?["ResultPath"] == "$.answer", parameters?["error"] != nil, parameters != Self.errorAnswer {
            return [broken(place, "an error is told under the requestId, with its message and all of its cause")]
        }
        guard let parameters else { return [] }
        return marks(parameters, at: json?["ResultPath"]?.stringValue, place)
    }

    private static let outcome: JSONValue = [
        "requestId.$": "$.request.requestId", "account.$": "$.request.account", "database.$": "$.request.database",
        "location.$": "$.room.location",
    ]

    private static let errorAnswer: JSONValue = [
        "requestId.$": "$.answer.requestId",
        "error": [
            "message.$": "$.error.message", "cause.$": "States.Format('{}{}', $.error.cause, $.left.text)",
        ],
    ]

    private static let ends = [
        ExecutionError.notCreated, ExecutionError.leftovers, ExecutionError.notAnswered,
        ExecutionError.requestIDReused, "CleanroomNotRecovered",
        "CleanroomNothingToRecover",
    ]

    /// The parameters that are always given here.
    private func given(by action: ServiceAction, _ parameters: JSONValue, at place: ProblemPath) -> [Problem] {
        action.given.filter { parameters[$0] == nil && parameters[$0 + ".$"] == nil }.map {
            broken(place, "the parameter '\($0)' is always given here")
        }
    }

    private func rules(
        of action: ServiceAction, _ parameters: JSONValue, _ state: JSONValue, at place: ProblemPath
    ) -> [Problem] {
        var problems: [Problem] = []
        func demand(_ isKept: Bool, _ field: String, _ rule: String) {
            if !isKept { problems.append(broken(field.isEmpty ? place : place.appending(field), rule)) }
        }
        func demandResult(_ selector: JSONValue) {
            demand(state["ResultSelector"] == selector, "", "of the reply is kept \(selector.text)")
        }
        func demand(_ field: String, _ value: JSONValue) {
            demand(parameters[field] == value, field, "\(field) is \(value.text)")
        }
        switch action.integration {
        case ServiceAction.HTTP.invoke.integration:
            problems += answer(parameters, at: place)
            if state["ResultPath"] != .null {
                problems.append(broken(place, "what an answer is answered with is dropped: it may be of any size"))
            }
        case ServiceAction.Athena.runQuery.integration, ServiceAction.Athena.startQuery.integration:
            demand("WorkGroup", "${Workgroup}")
            let statement = parameters["QueryString.$"]?.stringValue ?? ""
            demand(Self.statements.contains(statement), "QueryString.$", "the statement is one of two, word for word")
            let token = parameters["ClientRequestToken.$"]?.stringValue ?? ""
            let isMaking = statement.contains("CREATE DATABASE")
            demand(
                token
                    == (isMaking
                        ? "States.Hash($.execution.id, 'SHA-256')"
                        : "States.Hash(States.Format('{} drop {}', $.execution.id, $.tries.DropDatabase.count), "
                            + "'SHA-256')"),
                "ClientRequestToken.$",
                "making has the token of its execution, dropping one of its round")
        case ServiceAction.LakeFormation.registerResource.integration:
            demand("ResourceArn.$", "$.room.locationArn")
            demand("RoleArn", "${LocationRoleArn}")
            demand("UseServiceLinkedRole", false)
            demand("HybridAccessEnabled", false)
        case ServiceAction.LakeFormation.deregisterResource.integration,
            ServiceAction.LakeFormation.describeResource.integration:
            demand("ResourceArn.$", "$.room.locationArn")
        case ServiceAction.LakeFormation.batchGrantPermissions.integration:
            demand(
                parameters["Entries"] == Self.customersEntries, "Entries", "the customer gets what the contract says")
        case ServiceAction.LakeFormation.batchRevokePermissions.integration:
            demand(
                Self.revoked.contains(parameters["Entries"] ?? .null), "Entries", "one of the lists that are revoked")
        case ServiceAction.LakeFormation.grantPermissions.integration:
            demand("Principal", ["DataLakePrincipalIdentifier": "${RoleArn}"])
            demand("Resource", Self.database)
            demand("Permissions", ["DROP"])
        case ServiceAction.LakeFormation.getSettings.integration:
            let administrators = "$.DataLakeSettings.DataLakeAdmins[*].DataLakePrincipalIdentifier"
            demandResult([
                "isAdministrator.$": .string("States.ArrayContains(\(administrators), '${RoleArn}')")
            ])
        case ServiceAction.Glue.getTags.integration:
            demand("ResourceArn.$", Self.databaseARN)
            demandResult([
                "text.$": "States.JsonToString($..Tags)",
                "parts.$": "States.StringSplit(States.JsonToString($..Tags), '\"')",
            ])
        case ServiceAction.Glue.tagResource.integration:
            demand("ResourceArn.$", Self.databaseARN)
            demand(
                "TagsToAdd.$",
                .string(
                    "States.StringToJson(States.Format('\\{\"cleanroom:member:{}\":\"{}\"\\}', "
                        + "$.request.account, $.request.requestId))"))
        case ServiceAction.Glue.untagResource.integration:
            demand("ResourceArn.$", Self.databaseARN)
            let keys = parameters["TagsToRemove.$"]?.stringValue ?? ""
            demand(
                [
                    "States.Array($.tags.parts[0])",
                    "States.Array(States.Format('cleanroom:member:{}', $.request.account))",
                ].contains(keys), "TagsToRemove.$", "the tag of a member")
        case ServiceAction.LakeFormation.listPermissions.integration:
            let resources = [Self.location, Self.database, Self.tables]
            demand(resources.contains(parameters["Resource"] ?? .null), "Resource", "a resource of the room")
        case ServiceAction.Glue.updateDatabase.integration:
            demand("Name.$", "$.request.database")
            demand("DatabaseInput", Self.databaseInput)
        case ServiceAction.StepFunctions.listExecutions.integration:
            demand("StateMachineArn.$", "$.lists.items[0].machine")
            demand("StatusFilter.$", "$.lists.items[0].status")
            if state["ResultPath"] != "$.listed" {
                problems.append(broken(place, "a page of a list is kept with its token"))
            }
        case ServiceAction.Glue.getDatabase.integration: demand("Name.$", "$.request.database")
        case ServiceAction.StepFunctions.getExecutionHistory.integration:
            demand("ExecutionArn.$", "$.histories.arn")
            demand("IncludeExecutionData", true)
            demand("ReverseOrder", true)
            demandResult(Self.sifted)
        case ServiceAction.S3.listObjects.integration:
            demand("Bucket", "${Bucket}")
            demand("Prefix.$", "$.room.prefix")
            demandResult(["count.$": "$.KeyCount", "list.$": "$.Contents[*]"])
            demand((parameters["MaxKeys"]?.integerValue ?? 0) >= 2, "MaxKeys", "a folder's mark does not hide content")
        default: break
        }
        return problems
    }

    // MARK: What the contract says

    private static let databaseARN: JSONValue =
        "States.Format('arn:${Partition}:glue:${Region}:${AccountId}:database/{}', $.request.database)"

    private func answer(_ parameters: JSONValue, at place: ProblemPath) -> [Problem] {
        let path = "https://${ApiEndpoint}/api/latest/ocean/"
        let common: JSONObject = [
            "Method": "POST",
            "Authentication": [
                "ConnectionArn": "arn:${Partition}:events:${Region}:${AccountId}:connection/${ApiAuthorization}"
            ],
            "Headers": ["Idempotency-Key.$": "$.answer.requestId"],
        ]
        let success = common.merging([
            "ApiEndpoint": .string(path + "cleanroom/create"), "RequestBody": ["requestId.$": "$.answer.requestId"],
        ])
        let failure = common.merging([
            "ApiEndpoint": .string(path + "error"),
            "RequestBody": ["requestId.$": "$.answer.requestId", "error.$": "$.answer.error"],
        ])
        let isKept = [success, failure].contains { JSONValue.object($0) == parameters }
        return isKept ? [] : [broken(place, "an answer is one of the two that callers know")]
    }

    private static let location: JSONValue = ["DataLocation": ["ResourceArn.$": "$.room.locationArn"]]
    private static let database: JSONValue = ["Database": ["Name.$": "$.request.database"]]
    private static let tables: JSONValue = ["Table": ["DatabaseName.$": "$.request.database", "TableWildcard": [:]]]

    private static func entries(_ entries: [(JSONObject, JSONValue, [String], [String])]) -> JSONValue {
        .array(
            entries.enumerated().map { id, entry in
                [
                    "Id": .string("\(id)"), "Principal": .object(entry.0), "Resource": entry.1,
                    "Permissions": .strings(entry.2), "PermissionsWithGrantOption": .strings(entry.3),
                ]
            })
    }

    private static let customer: JSONObject = ["DataLakePrincipalIdentifier.$": "$.request.account"]
    private static let maker: JSONObject = ["DataLakePrincipalIdentifier": "${RoleArn}"]
    private static let everybody: JSONObject = ["DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"]

    private typealias Entry = (JSONObject, JSONValue, [String], [String])

    private static let customersList: [Entry] = [
        (customer, location, ["DATA_LOCATION_ACCESS"], ["DATA_LOCATION_ACCESS"]),
        (customer, database, ["DESCRIBE"], ["DESCRIBE"]),
        (customer, tables, ["DESCRIBE", "SELECT"], ["DESCRIBE", "SELECT"]),
    ]
    private static let customersEntries = entries(customersList)
    private static let makersAccess: Entry = (
        maker, location, ["DATA_LOCATION_ACCESS"], ["DATA_LOCATION_ACCESS"]
    )
    private static let everybodysList: [Entry] = [(everybody, database, ["ALL"], [])]
    private static func makersList(_ permissions: String...) -> [Entry] {
        permissions.map { (maker, database, [$0], [$0]) }
    }

    private static let revoked: [JSONValue] = [
        entries(everybodysList),
        entries(makersList("ALL", "ALTER", "CREATE_TABLE", "DESCRIBE", "DROP") + [makersAccess]),
        entries(customersList + [makersAccess]),
        entries(everybodysList + makersList("ALL", "ALTER", "CREATE_TABLE", "DESCRIBE")),
        entries(makersList("ALL", "ALTER", "CREATE_TABLE", "DESCRIBE", "DROP")),
    ]

    private static let databaseInput: JSONValue = [
        "Name.$": "$.request.database", "Description.$": "$.room.marker", "LocationUri.$": "$.room.location",
        "Parameters": RoomMarker.properties.json, "CreateTableDefaultPermissions": [],
    ]

    /// The only statements. Neither adopts what is there (`IF NOT EXISTS`) nor drops what is in it (`CASCADE`).
    private static let statements: [String] = [
        "States.Format('CREATE DATABASE `{}` COMMENT \\'{}\\' LOCATION \\'{}\\' WITH DBPROPERTIES ("
            + "\\'\(MarkerProperty.requestID)\\'=\\'{}\\', \\'\(MarkerProperty.execution)\\'=\\'{}\\', "
            + "\\'\(MarkerProperty.startTime)\\'=\\'{}\\', \\'cleanroom_account\\'=\\'{}\\', "
            + "\\'\(MarkerProperty.deployment)\\'=\\'${Name}\\')', "
            + "$.request.database, $.room.marker, $.room.location, $.request.requestId, $.execution.id, "
            + "$.execution.startTime, $.request.account)",
        "States.Format('DROP DATABASE IF EXISTS `{}`', $.request.database)",
    ]
}
