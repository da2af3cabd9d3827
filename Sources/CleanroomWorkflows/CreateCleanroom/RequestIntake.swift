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
            whole: .input, executionID: .context(.executionID),
            executionName: .context(.executionName), startTime: .context(.executionStartTime),
            execution: [
                (.execution.id, Expression.context(.executionID)),
                (.execution.name, Expression.context(.executionName)),
                (.execution.startTime, Expression.context(.executionStartTime)),
            ], counted: Tries.ofRoom))

    /// Validates what the execution was started with that is recovered.
    static let ofRecovered = validation(
        "ValidateRecoveredRequest",
        Source(
            whole: .input.member("request"),
            executionID: Value.execution.id.trusted(as: String.self),
            executionName: Value.execution.name.trusted(as: String.self),
            startTime: Value.execution.startTime.trusted(as: String.self),
            execution: nil, counted: Tries.ofRecovery))

    private typealias Value = Expression<JSONValue?>

    /// Where a request stands, and what is known of its execution.
    private struct Source {
        /// The request, which may be no object.
        let whole: Value
        let executionID, executionName, startTime: Expression<String>
        /// What is assigned of the execution; `nil` where that is known already.
        let execution: [PlacedValue]?
        /// What the machine counts.
        let counted: [Tries]

        /// What is assigned whatever the request is. Of one that is refused, the name of the execution is asked for.
        func kept(isRefused: Bool) -> [VariableAssignment] {
            guard let execution else { return [] }
            return [
                change(of: .execution.whole, isRefused ? execution.filter { $0.place == .execution.name } : execution),
                change(of: .left.whole, [(.left.text, "" as Expression<String>)]),
            ]
        }

        var requestID: Value { whole.member("requestId") }
        var account: Value { whole.member("account") }
        var database: Value { whole.member("database") }
    }

    private static func validation(_ name: String, _ source: Source) -> Block {
        Block(entrance: name) { graph, exits in
            // The input has all that a caller has sent, and does not go on.
            graph.addChoice(
                name, comment: "Refuses a request that breaks a rule, and lays out the data for any other.",
                refusals(of: source, next: exits.failed.next)
                    + [.otherwise(exits.next.assigning(room(of: source)).going(on: [:]))])
        }
    }

    // MARK: The rules

    private static func refusals(of source: Source, next: String) -> [Rule] {
        [
            refusal(
                source, "requestId", RequestID.rule,
                unless: source.requestID.isText(if: source.whole.has(.object)) { $0.length == 36 && $0.contains(uuid) },
                isIdentified: false, next: Waypoint.tellError),
            refusal(
                source, "account", AccountID.rule,
                unless: source.account.isText { $0.length == 12 && !$0.contains("[^0-9]") }, next: next),
            refusal(
                source, "account", AccountID.otherRule,
                unless: !(source.account == .text("${AccountId}")), saying: "is the provider's own, and has to be",
                next: next),
            refusal(
                source, "database", DatabaseName.rule,
                unless: source.database.isText {
                    $0.length <= 255 && $0.contains("^[a-z]") && !$0.contains("[^a-z0-9_]")
                }, next: next),
        ]
    }

    /// The name of the execution becomes part of the statement that makes the database. A repeat makes no statement, and may
    /// have any name: it answers as the first execution did.
    static let isExecutionNameValid = Block(entrance: "IsExecutionNameValid") { graph, exits in
        graph.addChoice(
            "IsExecutionNameValid", comment: "The name becomes part of a statement.",
            [
                Rule(
                    if: Value.execution.name.trusted(as: String.self).contains("[^A-Za-z0-9_-]"),
                    Way(to: Waypoint.tellError).telling(
                        ErrorMessage.invalidRequest.rawValue,
                        .text("the name of the execution is not made of letters, digits, _ and -"))),
                .otherwise(exits.next),
            ])
    }

    /// As many characters as a UUID has, so that a text of that length has no others behind them.
    private static let uuid: ExpressionPattern = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

    /// What a caller has sent may be of any length, so it is not shown: a cause has 32,768 characters at most.
    ///
    /// - Parameter isIdentified: whether the requestId can be used, so that the answer goes under it.
    private static func refusal(
        _ source: Source, _ field: String, _ rule: String, unless isValid: Expression<Bool>, isIdentified: Bool = true,
        saying what: String = "is missing or is not", next: String
    ) -> Rule {
        let id = isIdentified ? source.requestID.trusted(as: String.self) : source.executionName
        // What was sent of a request that breaks a rule is kept: another one of the requestId may be the same.
        let sent = isIdentified ? [request(of: source)] : []
        let cause = Expression.text("\(field) \(what) \(rule)")
        return Rule(
            if: !isValid,
            Way(
                to: next,
                sent + source.kept(isRefused: true) + [
                    change(of: .answer.whole, [(.answer.requestID, id)]),
                    change(
                        of: .error.whole,
                        [
                            (.error.message, Expression.text(ErrorMessage.invalidRequest.rawValue)),
                            (.error.cause, cause),
                        ]
                    ),
                ], output: [:]))
    }

    private static func request(of source: Source) -> VariableAssignment {
        change(
            of: .request.whole,
            [
                (.request.requestID, source.requestID), (.request.account, source.account),
                (.request.database, source.database),
            ])
    }

    // MARK: The data

    private static func room(of source: Source) -> [VariableAssignment] {
        let database = source.database.trusted(as: String.self)
        return [request(of: source)] + source.kept(isRefused: false) + [
            change(of: .answer.whole, [(.answer.requestID, source.requestID)]),
            change(
                of: .room.whole,
                [
                    (.room.location, Expression.format(LocationLayout.location(of: "{}", in: "${Bucket}"), database)),
                    (
                        .room.locationARN,
                        Expression.format(
                            LocationLayout.arn(of: "{}", in: "${Bucket}", partition: "${Partition}"), database)
                    ),
                    (.room.prefix, Expression.format(LocationLayout.prefix(of: "{}"), database)),
                    (
                        .room.marker,
                        RoomMarker.description(
                            requestID: source.requestID.trusted(as: String.self), execution: source.executionID,
                            startTime: source.startTime)
                    ),
                ]),
            change(of: .mode.whole, [(.mode.repeat, false as Expression<Bool>)]),
            change(of: .made.whole, [(.made.more, false as Expression<Bool>)]),
            change(of: .error.whole, []), RoomLocation.unread,
        ] + source.counted.map(\.none)
    }
}
