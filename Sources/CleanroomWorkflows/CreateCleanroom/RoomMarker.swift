import CleanroomModel
import SagaKit
import StatesLanguage

/// The marker that a room bears: which request and execution made it, when, and of which deployment.
///
/// It stands in the description of the database and in its properties, since it is not known whether both arrive.
enum RoomMarker {
    /// What the description of a marked database looks like; none of the values has a space or an equals sign.
    private static let descriptionPattern: ExpressionPattern =
        "^cleanroom request=[^ ]+ execution=([^ ]+) started=[^ ]+ deployment="

    /// The description of a database.
    static func description(
        requestID: Expression<String>, execution: Expression<String>, startTime: Expression<String>
    ) -> Expression<String> {
        .format(
            "cleanroom request={} execution={} started={} deployment=${Name}",
            requestID, execution, startTime)
    }

    /// The properties, as a template.
    static let properties: Payload = [
        MarkerProperty.requestID: Payload(RoomValues.requestID),
        MarkerProperty.execution: Payload(RoomValues.execution),
        MarkerProperty.startTime: Payload(RoomValues.startTime), MarkerProperty.account: Payload(RoomValues.account),
        MarkerProperty.deployment: "${Name}",
    ]

    /// Finds out whose a database is: by its properties, or else by its description.
    static let recognition: Recognition = {
        let database = Expression<JSONValue?>.result.member("Database")
        let properties = database.member("Parameters")
        let (marker, description) = (Expression<JSONValue?>.marker, Expression<JSONValue?>.marker.description)
        let text = description.trusted(as: String.self)
        let request = Expression.format("cleanroom request={} ", RoomValues.requestID)
        let execution = Expression.format(
            "cleanroom request={} execution={} ", RoomValues.requestID, RoomValues.execution)
        return Recognition(
            read: .Glue.getDatabase(name: RoomValues.database), missing: ServiceAction.Glue.notFound,
            // What is no description of a database is no other's database either.
            marker: database.member("Name").required(
                "the reply describes no database",
                .object(
                    at: Place.marker.whole,
                    [
                        (.marker.execution, properties.member(MarkerProperty.execution)),
                        (.marker.requestID, properties.member(MarkerProperty.requestID)),
                        (.marker.description, database.member("Description").text(or: "")),
                    ])),
            isOwn: marker.execution.exists.then(
                marker.execution == RoomValues.execution, else: text.contains(text: execution)),
            isOfRequest: marker.requestID.exists.then(
                marker.requestID == RoomValues.requestID, else: text.contains(text: request)),
            maker: marker.execution.text(
                or: text.groups(of: descriptionPattern).element(0).or("" as Expression<String>)))
    }()

    /// What stands for the marker of a database that is not there.
    static let gone = change(
        of: .marker.whole,
        [(.marker.isGone, true as Expression<Bool>), (.marker.description, "" as Expression<String>)])

    /// Reads the marker before something is written by the name of the database.
    ///
    /// - Parameter what: what the names of the states end in.
    /// - Parameter lost: for a database that is gone or another's.
    static func isOurs(_ what: String, next: Way, lost: Failing) -> Block {
        let lost = lost("DatabaseNotFound", "the database of the request is gone or another's")
        return recognition.block(what, .init(own: next, foreign: lost, gone: lost), awaitsAnchor: true)
    }
}
