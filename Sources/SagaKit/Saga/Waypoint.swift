/// The states that errors and choices lead to from anywhere in a saga.
package enum Waypoint {
    /// Undoes what is there and then tells `$.error`.
    package static let undo = "RollBack"
    /// What the name of the state behind it ends in, which compares the marker.
    static let toUndo = "ToRollBack"
    /// Tells `$.error`.
    package static let tellError = "DescribeError"
    /// Undoes what is there, unless this execution only repeats another.
    package static let isRepeat = "IsDuplicate"
    /// Ends without an answer: the requestId is another request's.
    package static let reused = "RequestIdReused"
    /// Ends without an answer.
    package static let notAnswered = "NotAnswered"
    /// Asks whether the anchor is to go, which stays as long as something else does.
    package static let isAnchorNeeded = "IsEverythingElseRolledBack"
    /// Asks whether there was more than an anchor that is gone.
    package static let isThereMoreOfGone = "WasMoreCreated"
}
