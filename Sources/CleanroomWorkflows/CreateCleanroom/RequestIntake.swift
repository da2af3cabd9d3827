import CleanroomModel
import SagaKit
import StatesLanguage

/// Validates the request by the rules of `CleanroomModel`, before anything is done for it, and lays out the data that the
/// workflow works on. A request without a usable requestId is answered at once, under the name of the execution.
///
/// It is one Choice, of which nothing catches an error. So each condition is true or false for any JSON.
enum RequestIntake {
    /// The number of the last event of an execution's history that may have all that a caller has sent: the start, and the
    /// two of `ValidateRequest`, which drops what no rule asks for.
    static let lastEvent: Int64 = 3

    /// Validates the input of the execution itself.
    static let block = validation(
        "ValidateRequest",
        Source(
            request: Place.Request(place: .root), whole: .input, executionID: .context(.executionID),
            executionName: .context(.executionName), startTime: .context(.executionStartTime),
            kept: [
                (.execution.id, Payload(Expression<String>.context(.executionID))),
                (.execution.name, Payload(Expression<String>.context(.executionName))),
                (.execution.startTime, Payload(Expression<String>.context(.executionStartTime))),
                (.left.text, ""),
            ]))

    /// Validates what the execution was started with that is recovered.
    static let ofRecovered = validation(
        "ValidateRecoveredRequest",
        Source(
            request: Value.request, whole: .request.whole,
            executionID: Value.execution.id.trusted(as: String.self),
            executionName: Value.execution.name.trusted(as: String.self),
            startTime: Value.execution.startTime.trusted(as: String.self),
            kept: [(.execution.whole, .kept(.execution.whole)), (.left.whole, .kept(.left.whole))]))

    private typealias Value = Expression<JSONValue?>

    /// Where a request stands, and what is known of its execution.
    private struct Source {
        let request: Place.Request<Value>
        /// The request itself, which may be no object.
        let whole: Value
        let executionID, executionName, startTime: Expression<String>
        /// What goes on whatever the request is.
        let kept: [(Place, Payload)]
    }

    private static func validation(_ name: String, _ source: Source) -> Block {
        Block(entrance: name) { graph, exits in
            graph.addQueryChoice(
                name, comment: "Refuses a request that breaks a rule, and lays out the data for any other.",
                refusals(of: source, next: exits.failed) + [.otherwise(output: room(of: source), next: exits.next)])
        }
    }

    // MARK: The rules

    private static func refusals(of source: Source, next: String) -> [QueryRule] {
        let request = source.request
        return [
            refusal(
                source, "requestId", RequestID.rule,
                unless: request.requestID.isText(if: source.whole.has(.object)) {
                    $0.length == 36 && $0.contains(uuid)
                }, isIdentified: false, next: Waypoint.tellError),
            refusal(
                source, "account", AccountID.rule,
                unless: request.account.isText { $0.length == 12 && !$0.contains("[^0-9]") }, next: next),
            refusal(
                source, "account", AccountID.otherRule,
                unless: !(request.account == .text("${AccountId}")), next: next),
            refusal(
                source, "database", DatabaseName.rule,
                unless: request.database.isText {
                    $0.length <= 255 && $0.contains("^[a-z]") && !$0.contains("[^a-z0-9_]")
                }, next: next),
            // It becomes part of a statement.
            refusal(
                source, "the name of the execution", "made of letters, digits, _ and -",
                unless: !source.executionName.contains("[^A-Za-z0-9_-]"), next: next),
        ]
    }

    /// As many characters as a UUID has, so that a text of that length has no others behind them.
    private static let uuid: ExpressionPattern = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

    /// What a caller has sent may be of any length, so it is not shown: a cause has 32,768 characters at most.
    ///
    /// - Parameter isIdentified: whether the requestId can be used, so that the answer goes under it.
    private static func refusal(
        _ source: Source, _ field: String, _ rule: String, unless isValid: Expression<Bool>, isIdentified: Bool = true,
        next: String
    ) -> QueryRule {
        let id = isIdentified ? source.request.requestID.trusted(as: String.self) : source.executionName
        let output: [(Place, Payload)] =
            (isIdentified ? [(.request.whole, Payload(sent(source.request)))] : []) + source.kept + [
                (.answer.requestID, Payload(id)),
                (.error.message, .text(ErrorMessage.invalidRequest.rawValue)),
                (.error.cause, .text("\(field) is missing or is not \(rule)")),
            ]
        return QueryRule(if: !isValid, output: .object(at: .root, output), next: next)
    }

    /// What was sent of a request that breaks a rule: another one of the requestId may be the same.
    private static func sent(_ request: Place.Request<Value>) -> Expression<JSONValue> {
        .object(
            at: .request.whole,
            [
                (.request.requestID, request.requestID), (.request.account, request.account),
                (.request.database, request.database),
            ])
    }

    // MARK: The data

    private static func room(of source: Source) -> Payload {
        let id = source.request.requestID.trusted(as: String.self)
        let account = source.request.account.trusted(as: String.self)
        let database = source.request.database.trusted(as: String.self)
        return .object(
            at: .root,
            [
                (.request.requestID, Payload(id)), (.request.account, Payload(account)),
                (.request.database, Payload(database)),
            ] + source.kept + [
                (.answer.requestID, Payload(id)),
                (.room.location, Payload(.format(LocationLayout.location(of: "{}", in: "${Bucket}"), database))),
                (
                    .room.locationARN,
                    Payload(.format(LocationLayout.arn(of: "{}", in: "${Bucket}", partition: "${Partition}"), database))
                ),
                (.room.prefix, Payload(.format(LocationLayout.prefix(of: "{}"), database))),
                (
                    .room.marker,
                    Payload(
                        RoomMarker.description(
                            requestID: id, execution: source.executionID, startTime: source.startTime))
                ),
                (.mode.repeat, false), (.made.more, false), (.seen.whole, [:]), (.grants.whole, [:]),
                (.tries.whole, Tries.none(of: Tries.ofRoom)),
            ])
    }
}

extension Payload {
    /// What stands at a place of the data that the state gets.
    fileprivate static func kept(_ value: Expression<JSONValue?>) -> Payload {
        Payload(value.trusted(as: JSONValue.self))
    }
}
