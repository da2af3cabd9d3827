import CleanroomModel
import StatesLanguage

/// Takes the request in, and refuses one that breaks a rule before anything is done for it.
///
/// The rules are those of `CleanroomModel`, as far as JSONPath can tell: `States.StringSplit` takes a set of
/// characters and drops empty parts, so a text of allowed characters leaves nothing; `1` before twelve digits is a
/// number from 10¹² to 2·10¹². The length of a name and the shape of a UUID it cannot tell: the front doors refuse
/// those, and so does Glue before there is any effect.
enum RequestIntake {
    private static let digits = "0123456789"
    private static let lowercase = "abcdefghijklmnopqrstuvwxyz"
    private static let uppercase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

    static let block = Block(entrance: "TakeRequest") { graph, exits in
        take(&graph)
        check.build(&graph, exits)
    }

    /// Checks `$.request`, and lays out the data for it.
    static let check = Block(entrance: "IsRequestIdText") { graph, exits in
        checkRequestID(&graph)
        checkNames(&graph)
        prepare(&graph, next: exits.next)
    }

    /// Until the requestId is known to be usable the answer goes under the execution's name.
    private static func take(_ graph: inout Graph) {
        graph.addPass(
            "TakeRequest", at: "$",
            [
                "request.$": "$",
                "execution": [
                    "id.$": "$$.Execution.Id", "name.$": "$$.Execution.Name", "startTime.$": "$$.Execution.StartTime",
                ],
                "answer": ["requestId.$": "$$.Execution.Name"],
                "left": ["text": ""],
            ], next: "IsRequestIdText")
    }

    private static func checkRequestID(_ graph: inout Graph) {
        graph.addChoice(
            "IsRequestIdText",
            [(.and([.isText("$.request.requestId"), .not(.equals("$.request.requestId", ""))]), "SpellRequestId")],
            default: "RefuseRequestId")
        graph.addPass(
            "SpellRequestId", at: "$.spelling",
            ["requestId.$": rest(of: "$.request.requestId", without: digits + "abcdefABCDEF-")],
            next: "IsRequestIdUsable")
        graph.addChoice(
            "IsRequestIdUsable",
            [(.present("$.spelling.requestId[0]"), "RefuseRequestId")], default: "AnswerUnderRequestId")
        graph.addPass(
            "AnswerUnderRequestId", at: "$.answer", ["requestId.$": "$.request.requestId"],
            next: "AreAccountAndDatabaseText")
        refuse("RequestId", field: "requestId", rule: RequestID.rule, &graph)
    }

    private static func checkNames(_ graph: inout Graph) {
        graph.addChoice(
            "AreAccountAndDatabaseText",
            [
                (.not(.isText("$.request.account")), "RefuseAccountType"),
                (.not(.isText("$.request.database")), "RefuseDatabaseType"),
                (.equals("$.request.account", ""), "RefuseAccount"),
                (.equals("$.request.database", ""), "RefuseDatabase"),
            ], default: "SpellNames")
        graph.addPass(
            "SpellNames", at: "$.spelling",
            [
                "account.$": rest(of: "$.request.account", without: digits),
                "database.$": rest(of: "$.request.database", without: lowercase + digits + "_"),
                "execution.$": rest(of: "$.execution.name", without: lowercase + uppercase + digits + "_-"),
            ], next: "AreNamesSpelledRight")
        // Of the allowed characters only letters come at or after "a" in the order of code points.
        graph.addChoice(
            "AreNamesSpelledRight",
            [
                (.present("$.spelling.account[0]"), "RefuseAccount"),
                (.present("$.spelling.database[0]"), "RefuseDatabase"),
                (.not(.atLeast("$.request.database", "a")), "RefuseDatabase"),
                (.present("$.spelling.execution[0]"), "RefuseExecutionName"),
            ], default: "CountDigits")
        graph.addPass(
            "CountDigits", at: "$.spelling",
            ["number.$": "States.StringToJson(States.Format('1{}', $.request.account))"], next: "AreTwelveDigits")
        graph.addChoice(
            "AreTwelveDigits",
            [
                (.number("$.spelling.number", .lessThan, 1_000_000_000_000), "RefuseAccount"),
                (.number("$.spelling.number", .greaterThanEquals, 2_000_000_000_000), "RefuseAccount"),
            ], default: "PrepareRoom")
        refuse("AccountType", field: "account", rule: "a text of " + AccountID.rule, &graph)
        refuse("DatabaseType", field: "database", rule: "a text that is " + DatabaseName.rule, &graph)
        refuse("Account", field: "account", rule: AccountID.rule, showing: "$.request.account", &graph)
        refuse("Database", field: "database", rule: DatabaseName.rule, showing: "$.request.database", &graph)
        refuse(
            "ExecutionName", field: "the name of the execution", rule: "made of letters, digits, _ and -",
            showing: "$.execution.name", &graph)
    }

    /// Lays out the data that the workflow works on; what else the request carried is dropped.
    private static func prepare(_ graph: inout Graph, next: String) {
        graph.addPass(
            "PrepareRoom", at: "$",
            [
                "request": [
                    "requestId.$": "$.request.requestId", "account.$": "$.request.account",
                    "database.$": "$.request.database",
                ],
                "execution.$": "$.execution",
                "answer.$": "$.answer",
                "room": [
                    "location.$": .string(Expression.format("s3://${Bucket}/cleanroom/{}/", ["$.request.database"])),
                    "locationArn.$": .string(
                        Expression.format("arn:${Partition}:s3:::${Bucket}/cleanroom/{}/", ["$.request.database"])),
                    "prefix.$": .string(Expression.format("cleanroom/{}/", ["$.request.database"])),
                    "marker.$": .string(Marker.description),
                ],
                "mode": ["repeat": false],
                "left.$": "$.left",
                "made": ["more": false],
                "seen": [:],
                "grants": [:],
                "tries": Tries.zero,
            ], next: next)
    }

    /// The parts of a text between the characters of a set.
    private static func rest(of path: String, without characters: String) -> JSONValue {
        .string("States.StringSplit(\(path), '\(characters)')")
    }

    private static func refuse(
        _ name: String, field: String, rule: String, showing path: String? = nil, _ graph: inout Graph
    ) {
        let cause = path.map { Expression.format("\(field) \"{}\" is not \(rule)", [$0]) }
        graph.addPass(
            "Refuse" + name, at: "$.error",
            [
                "message": .string(ErrorMessage.invalidRequest.rawValue),
                (cause == nil ? "cause" : "cause.$"): .string(cause ?? "\(field) is missing or is not \(rule)"),
            ], next: Saga.Waypoint.tellError)
    }
}

/// The counters of what is tried again by the workflow itself, since no retrier can see it.
enum Tries: String, CaseIterable {
    case dismissEverybody = "DismissEverybody"
    case shareWithCustomer = "ShareWithCustomer"
    case giveAway = "GiveAway"
    case unshare = "Unshare"
    case revokeRest = "RevokeRest"
    case awaitQuery = "AwaitQuery"
    case verify = "Verify"

    static let zero = JSONValue.object(JSONObject(allCases.map { ($0.rawValue, ["count": 0]) }))

    var count: String { "$.tries.\(rawValue).count" }

    /// Counts one more, and says in `.seconds` how long to wait: a random part of a delay that doubles up to a cap.
    func addNext(to graph: inout Graph, limit: Int, next: String) {
        let delays = (0..<limit).map { String(min(2 << $0, 20) + 1) }.joined(separator: ", ")
        graph.addPass(
            rawValue + "Count", at: "$.tries.\(rawValue)",
            [
                "seconds.$": .string("States.MathRandom(1, States.ArrayGetItem(States.Array(\(delays)), \(count)))"),
                "count.$": .string("States.MathAdd(\(count), 1)"),
            ], next: rawValue + "Wait")
        graph.addWait(rawValue + "Wait", secondsPath: "$.tries.\(rawValue).seconds", next: next)
    }
}
