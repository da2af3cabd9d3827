/// The properties of a room's database that say who made it for what: its marker.
package enum MarkerProperty {
    package static let requestID = "cleanroom_request_id"
    package static let execution = "cleanroom_execution"
    package static let startTime = "cleanroom_start_time"
    /// The account of the request.
    package static let account = "cleanroom_account"
    package static let deployment = "cleanroom_deployment"
}
