import CleanroomModel
import StatesLanguage

/// How a repeat that gets to run answers: as the execution did, or will, that the request has already.
///
/// A request is told one outcome, and the execution that decides it is the first one. While that runs, or is seen to by
/// a recovery, it tells the outcome itself, and the repeat has nothing to add. When it has told success, the repeat
/// verifies the room and tells it again; when it has told an error, the repeat tells that error again. What cannot be
/// found out is not answered at all, since it could be answered differently: the recovery looks again later.
enum Following {
    /// The states that others lead to.
    enum Waypoint {
        /// Answers for the room that the execution in `$.marker` has made.
        static let answerAgain = Saga.Waypoint.answerAgain
        /// Verifies the room that this execution has made itself, and answers.
        static let verifyAgain = "VerifyAgain"
        /// Ends without an answer: the requestId is another request's.
        static let reused = "RequestIdReused"
        /// Ends without an answer.
        static let notAnswered = "NotAnswered"
    }

    /// Leads on unless the request has an execution under its own name, and this is another one.
    static let lookForFirst = Block(entrance: "IsNamedAsRequest") { graph, exits in
        graph.addChoice(
            "IsNamedAsRequest", [(.equalsPlace(.execution.name, .request.requestID), exits.next)],
            default: "NameFirst")
        graph.addPass(
            "NameFirst", at: Place.first,
            [
                \.execution: .format(
                    "arn:${Partition}:states:${Region}:${AccountId}:execution:${Name}:{}", .request.requestID)
            ], next: "LookForFirst")
        describe("LookForFirst", unknown: exits.next, next: "FollowFirst", &graph)
        graph.outline.follows("FollowFirst")
        graph.addPass("FollowFirst", at: Place.mode, [\.repeat: true], next: "WhatCameOfFirst")
    }

    /// Adds the states that answer for another execution.
    ///
    /// - Parameters:
    ///   - pivot: the state with which the room is verified.
    ///   - verifiesOwn: whether a room of this execution's own is verified as well.
    static func add(to graph: inout Graph, pivot: String, verifiesOwn: Bool) {
        if verifiesOwn {
            graph.outline.follows(Waypoint.verifyAgain)
            graph.addPass(Waypoint.verifyAgain, at: Place.mode, [\.repeat: true], next: pivot)
        }
        graph.outline.follows(Waypoint.answerAgain)
        graph.addPass(Waypoint.answerAgain, at: Place.mode, [\.repeat: true], next: "NameMaker")
        graph.addPass("NameMaker", at: Place.first, [\.execution: .marker.execution], next: "LookForMaker")
        // An execution that AWS has forgotten ended long ago.
        describe("LookForMaker", unknown: pivot, next: "WhatCameOfFirst", &graph)
        let (error, cause) = (Place.described.error, Place.described.cause)
        graph.addChoice(
            "WhatCameOfFirst",
            [
                (.equals(.described.status, "SUCCEEDED"), pivot),
                (.and([.isText(error), .matches(error, "States.Http.*")]), pivot),
                (
                    .and([
                        .isText(error),
                        .or([.equals(error, ExecutionError.notCreated), .equals(error, ExecutionError.leftovers)]),
                        .isText(cause), .matches(cause, "{*"),
                    ]), "ReadFirstAnswer"
                ),
            ], default: "Joined")
        graph.addPass(
            "ReadFirstAnswer", at: Place.told, [\.answer.whole: .stringToJSON(.described.cause)],
            next: "TakeFirstError")
        graph.addPass(
            "TakeFirstError", at: Place.error,
            [\.message: .told.answer.error.message, \.cause: .told.answer.error.cause],
            next: Saga.Waypoint.tellError)
        graph.addSuccess(
            "Joined", .silent("the first execution tells the outcome", from: ["WhatCameOfFirst"]),
            comment: "The first execution tells the outcome.", output: .first.whole)
        graph.addFailure(
            Waypoint.reused,
            .silent(
                "the first request of the requestId is answered",
                from: ["LookForFirstIsSameRequest", "LookForMakerIsSameRequest", "DoesRoomStand"]),
            ExecutionError.requestIDReused,
            cause: "the requestId is that of another request, with another account or database")
        graph.addFailure(
            Waypoint.notAnswered,
            .silent(
                "what could not be found out could be answered differently",
                from: [
                    "LookForFirst", "LookForMaker", Saga.Waypoint.isRepeat,
                ]),
            ExecutionError.notAnswered, cause: .format("{}: {}", .failure.error, .failure.cause))
    }

    /// Of an execution of which Step Functions says more than a state may have it is not found out what it told.
    private static func describe(_ name: String, unknown: String, next: String, _ graph: inout Graph) {
        Block.task(
            name, .StepFunctions.describeExecution(arn: .first.execution), result: DescribedExecution.endAndRequest,
            catching: [(ServiceAction.StepFunctions.notFound, unknown)],
            alsoFailing: [StatesError.dataLimitExceeded]
        ).build(&graph, Exits(next: name + "IsSameRequest", failed: Waypoint.notAnswered))
        // The same requestId with other content is refused, and not by an answer: that is the first one's.
        let first = Place.described.request
        graph.addChoice(
            name + "IsSameRequest",
            [
                (
                    .and([
                        .isText(first.account), .equalsPlace(first.account, .request.account),
                        .isText(first.database), .equalsPlace(first.database, .request.database),
                    ]), name + "DropRequest"
                )
            ], default: Waypoint.reused)
        graph.outline.isEntered(name + "DropRequest", from: [name + "IsSameRequest"])
        graph.addPass(
            name + "DropRequest", at: Place.described,
            [
                \.status: .described.status, \.errors.whole: .described.errors.whole,
                \.causes.whole: .described.causes.whole,
            ], next: next)
    }
}
