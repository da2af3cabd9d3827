import CleanroomModel
import StatesLanguage

/// Finds out whose a database is, by its marker: who made it, for which request.
///
/// The marker stands in the description and in the properties, since it is not known whether both arrive; either is
/// enough, and what carries neither belongs to somebody else.
struct Recognition: Sendable {
    struct Outcome: Sendable {
        /// This execution made it.
        let own: String
        /// Another execution made it for the same request.
        let sameRequest: String
        /// Somebody else made it.
        let foreign: String
        /// There is no such database.
        let gone: String
    }

    /// Reads the database and leads to one of four states. What was found is in `$.found`.
    ///
    /// - Parameter awaitsDatabase: whether a database that is not there yet is looked for again.
    /// - Parameter refused: the state for a name that Glue does not take.
    func block(
        _ name: String, _ outcome: Outcome, awaitsDatabase: Bool = false, refused: String? = nil
    ) -> Block {
        Block(entrance: name) { graph, exits in
            let found = Place.found.database
            let (execution, requestID) =
                (found.property(MarkerProperty.execution), found.property(MarkerProperty.requestID))
            let (marked, properties, description, whose) =
                (name + "ReadMarker", name + "ReadProperties", name + "ReadDescription", name + "ReadOwner")
            Block.task(
                name, .Glue.getDatabase(name: .request.database),
                result: .at(Place.found, [\.database.whole: .reply("Database")]),
                catching: [(ServiceAction.Glue.notFound, outcome.gone)]
                    + (refused.map { [(ServiceAction.Glue.invalidInput, $0)] } ?? []),
                lookingAgainFor: awaitsDatabase ? ServiceAction.Glue.notFound : nil
            ).build(&graph, Exits(next: marked, failed: exits.failed))
            graph.addChoice(
                marked,
                [
                    (.and([.isText(execution), .isText(requestID)]), properties),
                    (
                        .and([
                            .isText(found.description), .matches(found.description, Marker.descriptionPattern),
                        ]), description
                    ),
                ], default: outcome.foreign)
            graph.addPass(
                properties, at: Place.marker,
                [\.execution: Argument(execution), \.requestID: Argument(requestID)], next: whose)
            graph.addPass(
                description, at: Place.marker,
                [
                    \.execution: Marker.word(4, of: found.description),
                    \.requestID: Marker.word(2, of: found.description),
                ], next: whose)
            graph.addChoice(
                whose,
                [
                    (.equalsPlace(.marker.execution, .execution.id), outcome.own),
                    (.equalsPlace(.marker.requestID, .request.requestID), outcome.sameRequest),
                ], default: outcome.foreign)
        }
    }
}

/// The marker that a room bears: which request and execution made it, when, and of which deployment.
enum Marker {
    /// What the description looks like; none of the values has a space or an equals sign.
    static let descriptionPattern = "cleanroom request=* execution=* started=* deployment=*"

    /// The expression for the description.
    static let description = Argument.format(
        descriptionPattern.replacing("*", with: "{}").replacing("deployment={}", with: "deployment=${Name}"),
        .request.requestID, .execution.id, .execution.startTime)

    /// The properties, as a template.
    static let properties: Argument = [
        MarkerProperty.requestID: .request.requestID, MarkerProperty.execution: .execution.id,
        MarkerProperty.startTime: .execution.startTime, MarkerProperty.account: .request.account,
        MarkerProperty.deployment: "${Name}",
    ]

    /// The expression for a word of a description; a text that fits the pattern has at least five.
    static func word(_ index: Int64, of text: Place) -> Argument {
        .arrayGetItem(.stringSplit(Argument(text), by: " ="), .number(index))
    }
}
