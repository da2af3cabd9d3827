/// The states that errors and choices lead to from anywhere in a saga.
package enum Waypoint {
    /// Undoes what is there and then tells `$.error`.
    package static let undo = "Undo"
    /// Tells `$.error`.
    package static let tellError = "DescribeError"
    /// Answers a request whose anchor another execution has made (`Duplicates`), and changes nothing.
    package static let answerAgain = "AnswerAgain"
    /// Verifies what this execution has made itself, and answers.
    package static let verifyAgain = "VerifyAgain"
    /// Undoes what is there, unless this execution only repeats another.
    package static let isRepeat = "IsRepeat"
    /// Ends without an answer: the requestId is another request's.
    package static let reused = "RequestIdReused"
    /// Ends without an answer.
    package static let notAnswered = "NotAnswered"
    /// Asks whether the anchor is to go, which stays as long as something else does.
    package static let isAnchorNeeded = "IsAnchorNeeded"
    /// Asks whether there was more than an anchor that is gone.
    package static let isThereMoreOfGone = "IsThereMoreOfGone"
    /// Asks whether there may be more than an anchor that another execution of the same request has made.
    package static let isThereMoreOfRepeat = "IsThereMoreOfRepeat"
}
