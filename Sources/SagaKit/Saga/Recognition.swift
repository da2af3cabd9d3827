package import StatesLanguage

/// Finds out whose an anchor is, by its marker: which execution made it, for which request.
package struct Recognition: Sendable {
    /// Where to go on.
    package struct Outcome: Sendable {
        /// This execution made it.
        package let own: Way
        /// What comes before all but the first.
        package let notOwn: QueryRule?
        /// Another execution made it for the same request; `nil` where that is like somebody else.
        package let sameRequest: Way?
        /// Somebody else made it, or nobody says who.
        package let foreign: Way
        /// There is no such anchor.
        package let gone: Way

        /// - Parameters:
        ///   - notOwn: a rule for what this execution has not made, whoever has.
        ///   - sameRequest: the way where another execution made it for the same request; `nil` where that is like somebody
        ///     else.
        package init(own: Way, notOwn: QueryRule? = nil, sameRequest: Way? = nil, foreign: Way, gone: Way) {
            (self.own, self.notOwn, self.sameRequest) = (own, notOwn, sameRequest)
            (self.foreign, self.gone) = (foreign, gone)
        }
    }

    /// Reads the anchor of the request.
    package let read: ServiceQuery
    /// The error for an anchor that is not there.
    package let missing: String
    /// The marker on the anchor that was read, as `Place.Marker`: without members where it bears none, or not a whole one.
    package let marker: Expression<JSONValue>
    /// Says in words where the marker stands.
    package let comment: String

    /// - Parameters:
    ///   - missing: the error for an anchor that is not there.
    ///   - marker: the marker on the anchor that was read, as `Place.Marker`; without members where there is none.
    ///   - comment: says in words where the marker stands.
    package init(read: ServiceQuery, missing: String, marker: Expression<JSONValue>, comment: String) {
        (self.read, self.missing, self.marker, self.comment) = (read, missing, marker, comment)
    }

    /// The state of a block that asks whose the anchor is.
    package static func owner(in block: String) -> String { block + "ReadOwner" }

    /// Reads the anchor and leads to one of four states.
    ///
    /// - Parameter awaitsAnchor: whether an anchor that is not there yet is looked for again.
    package func block(_ name: String, _ outcome: Outcome, awaitsAnchor: Bool = false) -> Block {
        Block(entrance: name) { graph, exits in
            let (marker, whose) = (Expression<JSONValue?>.marker, Self.owner(in: name))
            Block.query(
                name, comment: comment, read, changing: [(Place.marker.whole, self.marker)],
                catching: [.init(missing, outcome.gone)], lookingAgainFor: awaitsAnchor ? missing : nil
            ).build(&graph, Exits(next: whose, failed: exits.failed))
            let sameRequest = outcome.sameRequest.map {
                QueryRule(if: marker.requestID == .request.requestID, $0)
            }
            graph.addQueryChoice(
                whose,
                [
                    QueryRule(if: marker.execution == .execution.id, outcome.own), outcome.notOwn, sameRequest,
                    .otherwise(outcome.foreign),
                ].compactMap(\.self))
        }
    }
}
