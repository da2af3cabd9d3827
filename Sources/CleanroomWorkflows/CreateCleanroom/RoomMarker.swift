import CleanroomModel
import SagaKit
import StatesLanguage

/// The marker that a room bears: which request and execution made it, when, and of which deployment.
///
/// It stands in the description of the database and in its properties, since it is not known whether both arrive.
enum RoomMarker {
    /// What the description looks like; none of the values has a space or an equals sign.
    private static let descriptionPattern: ExpressionPattern =
        "^cleanroom request=([^ ]+) execution=([^ ]+) started=[^ ]+ deployment="

    /// The description of a database.
    static func description(
        requestID: Expression<String>, execution: Expression<String>, startTime: Expression<String>
    ) -> Expression<String> {
        .format(
            "cleanroom request={} execution={} started={} deployment=${Name}",
            requestID, execution, startTime)
    }

    /// The properties, as a template.
    static let properties: Argument = [
        MarkerProperty.requestID: .request.requestID, MarkerProperty.execution: .execution.id,
        MarkerProperty.startTime: .execution.startTime, MarkerProperty.account: .request.account,
        MarkerProperty.deployment: "${Name}",
    ]

    /// Finds out whose a database is.
    static let recognition: Recognition = {
        let database = Expression<JSONValue?>.result.member("Database")
        let properties = database.member("Parameters")
        let execution = properties.member(MarkerProperty.execution)
        let requestID = properties.member(MarkerProperty.requestID)
        let words = database.member("Description").text(or: "").groups(of: descriptionPattern)
        func marker(_ execution: Expression<JSONValue?>, _ requestID: Expression<JSONValue?>) -> Expression<JSONValue> {
            .object(at: Place.marker.whole, [(.marker.execution, execution), (.marker.requestID, requestID)])
        }
        return Recognition(
            read: .Glue.getDatabase(name: RoomValues.database), missing: ServiceAction.Glue.notFound,
            marker: (execution.has(.string) && requestID.has(.string)).then(
                marker(execution, requestID), else: marker(words.element(1), words.element(0))),
            comment: "The marker stands in the properties of the database, or else in its description.")
    }()

    /// Reads the marker before something is written by the name of the database.
    ///
    /// - Parameter lost: the state that finds the failure of a database that is gone or another's.
    static func isOurs(_ name: String, next: String, lost: String) -> Block {
        let lost = Way.failing(to: lost, "DatabaseNotFound", "the database of the request is gone or another's")
        return recognition.block(name, .init(own: Way(to: next), foreign: lost, gone: lost), awaitsAnchor: true)
    }
}
