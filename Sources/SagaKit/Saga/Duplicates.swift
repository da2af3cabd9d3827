import StatesLanguage

/// How a repeat that gets to run answers: as the execution did, or will, that the request has already.
///
/// A request is told one outcome, and the execution that decides it is the first one. While that runs, or is seen to by
/// a recovery, it tells the outcome itself, and the repeat has nothing to add. When it has told success, the repeat
/// verifies what was made and tells it again; when it has told an error, the repeat tells that error again. What cannot
/// be found out is not answered at all, since it could be answered differently: the recovery looks again later.
package struct Duplicates: Sendable {
    /// The name of the machine, with `${…}`.
    package let machine: String
    /// What requests of one requestId have in common, as it was sent before and as it is now.
    package let identity: [(earlier: Place, own: Place)]
    /// The states of the pivot that find that the requestId is another request's.
    package let refusing: [String]
    package let contract: OutcomeContract

    /// Leads on unless the request has an execution under its own name, and this is another one.
    package var lookForFirst: Block {
        Block(entrance: "IsNamedAsRequest") { graph, exits in
            nameFirst("IsNamedAsRequest", "NameFirst", isNamed: exits.next, next: "LookForFirst", &graph)
            describe("LookForFirst", unknown: exits.next, next: "FollowFirst", &graph)
            graph.outline.follows("FollowFirst")
            graph.addPass("FollowFirst", at: Place.mode, [\.repeat: true], next: "WhatCameOfFirst")
        }
    }

    /// Leads on where a request that is refused may be told so under its requestId: unless another request has an execution
    /// of that name, whose outcome is what is told.
    package var lookForOther: Block {
        Block(entrance: "IsRefusedAsFirst") { graph, exits in
            nameFirst("IsRefusedAsFirst", "NameOther", isNamed: exits.next, next: "LookForOther", &graph)
            lookAt("LookForOther", keeping: DescribedExecution.request, unknown: exits.next, same: exits.next, &graph)
        }
    }

    /// Asks whether this execution has the name of its request, and names the one that has.
    private func nameFirst(_ choice: String, _ name: String, isNamed: String, next: String, _ graph: inout Graph) {
        graph.addChoice(choice, [(.equalsPlace(.execution.name, .request.requestID), isNamed)], default: name)
        graph.addPass(
            name, at: Place.first,
            [
                \.execution: .format(
                    "arn:${Partition}:states:${Region}:${AccountId}:execution:\(machine):{}", .request.requestID)
            ], next: next)
    }

    /// Adds the states that answer for another execution.
    ///
    /// - Parameters:
    ///   - pivot: the state with which what was made is verified.
    ///   - verifiesOwn: whether what this execution has made itself is verified as well.
    package func add(to graph: inout Graph, pivot: String, verifiesOwn: Bool) {
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
                        .or([.equals(error, contract.errors.undone), .equals(error, contract.errors.leftovers)]),
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
            next: Waypoint.tellError)
        graph.addSuccess(
            "Joined", .silent("the first execution tells the outcome", from: ["WhatCameOfFirst"]),
            comment: "The first execution tells the outcome.", output: .first.whole)
        graph.addFailure(
            Waypoint.reused,
            .silent(
                "the first request of the requestId is answered",
                from: ["LookForFirst", "LookForOther", "LookForMaker"].map(Self.isSameRequest) + refusing),
            contract.errors.requestIDReused,
            cause: .text("the requestId is that of another request, with another \(names)"))
        graph.addFailure(
            Waypoint.notAnswered,
            .silent(
                "what could not be found out could be answered differently",
                from: ["LookForFirst", "LookForOther", "LookForMaker", Waypoint.isRepeat]),
            contract.errors.notAnswered, cause: .format("{}: {}", .failure.error, .failure.cause))
    }

    /// Reads what came of another execution, and drops what that was asked for.
    private func describe(_ name: String, unknown: String, next: String, _ graph: inout Graph) {
        lookAt(
            name, keeping: DescribedExecution.endAndRequest, unknown: unknown, same: name + "DropRequest", &graph)
        graph.outline.isEntered(name + "DropRequest", from: [Self.isSameRequest(name)])
        graph.addPass(
            name + "DropRequest", at: Place.described,
            [
                \.status: .described.status, \.errors.whole: .described.errors.whole,
                \.causes.whole: .described.causes.whole,
            ], next: next)
    }

    /// Looks whether another execution is of the same request. Of one of which Step Functions says more than a state may
    /// have it is not found out.
    private func lookAt(
        _ name: String, keeping result: ResultPlacement, unknown: String, same: String, _ graph: inout Graph
    ) {
        Block.task(
            name, .StepFunctions.describeExecution(arn: .first.execution), result: result,
            catching: [(ServiceAction.StepFunctions.notFound, unknown)],
            alsoFailing: [StatesError.dataLimitExceeded]
        ).build(&graph, Exits(next: Self.isSameRequest(name), failed: Waypoint.notAnswered))
        // The same requestId with other content is refused, and not by an answer: that is the first one's.
        graph.addChoice(
            Self.isSameRequest(name),
            [
                (
                    .and(
                        identity.flatMap {
                            [.isText($0.earlier), .isText($0.own), .equalsPlace($0.earlier, $0.own)]
                        }), same
                )
            ], default: Waypoint.reused)
    }

    private static func isSameRequest(_ state: String) -> String { state + "IsSameRequest" }

    /// The last names of the places that requests have in common.
    private var names: String {
        identity.map { $0.own.path.split(separator: ".").last.map(String.init) ?? "" }.joined(separator: " or ")
    }
}
