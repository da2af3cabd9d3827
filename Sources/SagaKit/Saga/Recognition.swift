/// Finds out whose an anchor is, by its marker: which execution made it, for which request.
package struct Recognition: Sendable {
    /// Where to go on.
    package struct Outcome: Sendable {
        /// This execution made it.
        package let own: String
        /// Another execution made it for the same request.
        package let sameRequest: String
        /// Somebody else made it.
        package let foreign: String
        /// There is no such anchor.
        package let gone: String

        package init(own: String, sameRequest: String, foreign: String, gone: String) {
            (self.own, self.sameRequest, self.foreign, self.gone) = (own, sameRequest, foreign, gone)
        }
    }

    /// A way in which an anchor bears its marker; where there are several, any of them is enough.
    package struct Bearing: Sendable {
        /// What the name of the state that reads it ends in.
        package let name: String
        /// Whether the anchor that was read bears the marker so.
        package let condition: Condition
        /// The execution and the request that it names.
        package let (execution, requestID): (Argument, Argument)

        package init(_ name: String, if condition: Condition, execution: Argument, requestID: Argument) {
            (self.name, self.condition, self.execution, self.requestID) = (name, condition, execution, requestID)
        }
    }

    /// Reads the anchor of the request.
    package let read: ServiceCall
    /// Where that goes.
    package let result: ResultPlacement
    /// The error for an anchor that is not there.
    package let missing: String
    /// What carries the marker in none of these ways belongs to somebody else.
    package let bearings: [Bearing]

    /// - Parameter missing: the error for an anchor that is not there.
    package init(read: ServiceCall, result: ResultPlacement, missing: String, bearings: [Bearing]) {
        (self.read, self.result, self.missing, self.bearings) = (read, result, missing, bearings)
    }

    /// The state of a block that asks whether there is a marker.
    package static func marked(in block: String) -> String { block + "ReadMarker" }

    /// The state of a block that asks whose the marker is.
    package static func owner(in block: String) -> String { block + "ReadOwner" }

    /// Reads the anchor and leads to one of four states.
    ///
    /// - Parameter awaitsAnchor: whether an anchor that is not there yet is looked for again.
    package func block(_ name: String, _ outcome: Outcome, awaitsAnchor: Bool = false) -> Block {
        Block(entrance: name) { graph, exits in
            let (marked, whose) = (Self.marked(in: name), Self.owner(in: name))
            Block.task(
                name, read, result: result,
                catching: [(missing, outcome.gone)],
                lookingAgainFor: awaitsAnchor ? missing : nil
            ).build(&graph, Exits(next: marked, failed: exits.failed))
            graph.addChoice(marked, bearings.map { ($0.condition, name + $0.name) }, default: outcome.foreign)
            for bearing in bearings {
                graph.addPass(
                    name + bearing.name, at: Place.marker,
                    [\.execution: bearing.execution, \.requestID: bearing.requestID], next: whose)
            }
            graph.addChoice(
                whose,
                [
                    (.equalsPlace(.marker.execution, .execution.id), outcome.own),
                    (.equalsPlace(.marker.requestID, .request.requestID), outcome.sameRequest),
                ], default: outcome.foreign)
        }
    }
}
