import CleanroomModel
import SagaKit

/// The marker that a room bears: which request and execution made it, when, and of which deployment.
///
/// It stands in the description of the database and in its properties, since it is not known whether both arrive.
enum RoomMarker {
    /// What the description looks like; none of the values has a space or an equals sign.
    private static let descriptionPattern = "cleanroom request=* execution=* started=* deployment=*"

    /// The description of a database.
    static func description(
        requestID: Expression<String>, execution: Expression<String>, startTime: Expression<String>
    ) -> Expression<String> {
        .format(
            descriptionPattern.replacing("*", with: "{}").replacing("deployment={}", with: "deployment=${Name}"),
            requestID, execution, startTime)
    }

    /// The properties, as a template.
    static let properties: Argument = [
        MarkerProperty.requestID: .request.requestID, MarkerProperty.execution: .execution.id,
        MarkerProperty.startTime: .execution.startTime, MarkerProperty.account: .request.account,
        MarkerProperty.deployment: "${Name}",
    ]

    /// The expression for a word of a description; a text that fits the pattern has at least five.
    private static func word(_ index: Int64, of text: Place) -> Argument {
        .arrayGetItem(.stringSplit(Argument(text), by: " ="), .number(index))
    }

    /// Finds out whose a database is. What was found is in `$.found`.
    static let recognition: Recognition = {
        let found = Place.found.database
        let (execution, requestID) =
            (found.property(MarkerProperty.execution), found.property(MarkerProperty.requestID))
        return Recognition(
            read: .Glue.getDatabase(name: .request.database),
            result: .at(Place.found, [\.database.whole: .reply("Database")]),
            missing: ServiceAction.Glue.notFound,
            bearings: [
                .init(
                    "ReadProperties", if: .and([.isText(execution), .isText(requestID)]),
                    execution: Argument(execution), requestID: Argument(requestID)),
                .init(
                    "ReadDescription",
                    if: .and([.isText(found.description), .matches(found.description, descriptionPattern)]),
                    execution: word(4, of: found.description), requestID: word(2, of: found.description)),
            ])
    }()

    /// Reads the marker before something is written by the name of the database.
    ///
    /// - Parameter missing: the state for a database that is gone or another's (`addMissing`).
    static func isOurs(_ name: String, next: String, missing: String) -> Block {
        recognition.block(
            name, .init(own: next, sameRequest: missing, foreign: missing, gone: missing), awaitsAnchor: true)
    }

    /// Adds the state that says that the database is gone or another's.
    static func addMissing(_ name: String, to graph: inout Graph, next: String) {
        graph.addPass(
            name, at: Place.failure,
            [\.error: "DatabaseNotFound", \.cause: "the database of the request is gone or another's"],
            next: next)
    }
}
