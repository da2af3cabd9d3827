import CleanroomModel
import SagaKit
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

    /// The number of the last event of an execution's history that may have all that a caller has sent: the start, and
    /// two for each state up to `PrepareRoom`, which drops what no rule asks for.
    static let lastEvent: Int64 = 23

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
            "TakeRequest", at: .root,
            [
                (.request.whole, .input),
                (.execution.id, .context(.executionID)),
                (.execution.name, .context(.executionName)),
                (.execution.startTime, .context(.executionStartTime)),
                (.answer.requestID, .context(.executionName)),
                (.left.text, ""),
            ], next: "IsRequestIdText")
    }

    private static func checkRequestID(_ graph: inout Graph) {
        graph.addChoice(
            "IsRequestIdText",
            [(.and([.isText(.request.requestID), .not(.equals(.request.requestID, ""))]), "SpellRequestId")],
            default: "RefuseRequestId")
        graph.addPass(
            "SpellRequestId", at: Place.spelling,
            [\.requestID.whole: .stringSplit(.request.requestID, by: digits + "abcdefABCDEF-")],
            next: "IsRequestIdUsable")
        graph.addChoice(
            "IsRequestIdUsable",
            [(.present(.spelling.requestID.first), "RefuseRequestId")], default: "AnswerUnderRequestId")
        graph.addPass(
            "AnswerUnderRequestId", at: Place.answer, [\.requestID: .request.requestID],
            next: "AreAccountAndDatabaseText")
        refuse("RequestId", field: "requestId", rule: RequestID.rule, &graph)
    }

    private static func checkNames(_ graph: inout Graph) {
        graph.addChoice(
            "AreAccountAndDatabaseText",
            [
                (.not(.isText(.request.account)), "RefuseAccountType"),
                (.not(.isText(.request.database)), "RefuseDatabaseType"),
                (.equals(.request.account, ""), "RefuseAccount"),
                (.equals(.request.database, ""), "RefuseDatabase"),
            ], default: "SpellNames")
        graph.addPass(
            "SpellNames", at: Place.spelling,
            [
                \.account.whole: .stringSplit(.request.account, by: digits),
                \.database.whole: .stringSplit(.request.database, by: lowercase + digits + "_"),
                \.execution.whole: .stringSplit(.execution.name, by: lowercase + uppercase + digits + "_-"),
            ], next: "AreNamesSpelledRight")
        // Of the allowed characters only letters come at or after "a" in the order of code points.
        graph.addChoice(
            "AreNamesSpelledRight",
            [
                (.present(.spelling.account.first), "RefuseAccount"),
                (.present(.spelling.database.first), "RefuseDatabase"),
                (.not(.atLeast(.request.database, "a")), "RefuseDatabase"),
                (.present(.spelling.execution.first), "RefuseExecutionName"),
            ], default: "CountDigits")
        graph.addPass(
            "CountDigits", at: Place.spelling,
            [\.number: .stringToJSON(.format("1{}", .request.account))], next: "AreTwelveDigits")
        graph.addChoice(
            "AreTwelveDigits",
            [
                (.number(.spelling.number, .lessThan, 1_000_000_000_000), "RefuseAccount"),
                (.number(.spelling.number, .greaterThanEquals, 2_000_000_000_000), "RefuseAccount"),
                (.equals(.request.account, "${AccountId}"), "RefuseOwnAccount"),
            ], default: "PrepareRoom")
        refuse("AccountType", field: "account", rule: "a text of " + AccountID.rule, &graph)
        refuse("DatabaseType", field: "database", rule: "a text that is " + DatabaseName.rule, &graph)
        // What a caller has sent may be of any length, so it is not shown: a cause has 32,768 characters at most.
        refuse("Account", field: "account", rule: AccountID.rule, &graph)
        refuse("OwnAccount", field: "account", rule: AccountID.otherRule, &graph)
        refuse("Database", field: "database", rule: DatabaseName.rule, &graph)
        refuse(
            "ExecutionName", field: "the name of the execution", rule: "made of letters, digits, _ and -", &graph)
    }

    /// Lays out the data that the workflow works on; what else the request carried is dropped.
    private static func prepare(_ graph: inout Graph, next: String) {
        graph.addPass(
            "PrepareRoom", at: .root,
            [
                (.request.requestID, .request.requestID),
                (.request.account, .request.account),
                (.request.database, .request.database),
                (.execution.whole, .execution.whole),
                (.answer.whole, .answer.whole),
                (.room.location, .format(LocationLayout.location(of: "{}", in: "${Bucket}"), .request.database)),
                (
                    .room.locationARN,
                    .format(
                        LocationLayout.arn(of: "{}", in: "${Bucket}", partition: "${Partition}"), .request.database)
                ),
                (.room.prefix, .format(LocationLayout.prefix(of: "{}"), .request.database)),
                (.room.marker, RoomMarker.description),
                (.mode.repeat, false),
                (.left.whole, .left.whole),
                (.made.more, false),
                (.seen.whole, [:]),
                (.grants.whole, [:]),
                (.tries.whole, Tries.zero(of: Tries.ofRoom)),
            ], next: next)
    }

    private static func refuse(_ name: String, field: String, rule: String, _ graph: inout Graph) {
        graph.addPass(
            "Refuse" + name, at: Place.error,
            [
                \.message: .text(ErrorMessage.invalidRequest.rawValue),
                \.cause: "\(field) is missing or is not \(rule)",
            ], next: Waypoint.tellError)
    }
}
