package import StatesLanguage

/// Finds out whose an anchor is, by its marker: which execution made it, for which request.
package struct Recognition: Sendable {
    /// Where to go on.
    package struct Outcome: Sendable {
        /// This execution made it.
        package let own: Way
        /// What comes before all but the first.
        package let notOwn: Rule?
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
        package init(own: Way, notOwn: Rule? = nil, sameRequest: Way? = nil, foreign: Way, gone: Way) {
            (self.own, self.notOwn, self.sameRequest) = (own, notOwn, sameRequest)
            (self.foreign, self.gone) = (foreign, gone)
        }
    }

    /// Reads the anchor of the request.
    package let read: ServiceCall
    /// The error for an anchor that is not there.
    package let missing: String
    /// The marker on the anchor that was read, as `Place.Marker`.
    package let marker: Expression<JSONValue>
    /// Whether it names this execution.
    package let isOwn: Expression<Bool>
    /// Whether it names the request of this execution.
    package let isOfRequest: Expression<Bool>
    /// The execution that it names.
    package let maker: Expression<String>

    /// - Parameters:
    ///   - missing: the error for an anchor that is not there.
    ///   - marker: the marker on the anchor that was read, as `Place.Marker`.
    ///   - isOwn: whether the marker that was kept names this execution.
    ///   - isOfRequest: whether it names the request of this execution.
    ///   - maker: the execution that it names.
    package init(
        read: ServiceCall, missing: String, marker: Expression<JSONValue>, isOwn: Expression<Bool>,
        isOfRequest: Expression<Bool>, maker: Expression<String>
    ) {
        (self.read, self.missing, self.marker) = (read, missing, marker)
        (self.isOwn, self.isOfRequest, self.maker) = (isOwn, isOfRequest, maker)
    }

    /// The way of who has found an anchor that another execution has made for the same request.
    package var followingMaker: Way { Duplicates.following(maker) }

    /// The state that reads the marker of an anchor.
    ///
    /// - Parameter what: what the names of the states end in.
    package static func read(_ what: String) -> String { "ReadMarker" + what }
    /// The state that asks whose the anchor is.
    package static func comparison(_ what: String) -> String { "CompareMarker" + what }

    /// Reads the anchor and leads to one of four states.
    ///
    /// - Parameters:
    ///   - what: what the names of the states end in.
    ///   - name: what the state is called that reads; `nil` for what it is called elsewhere.
    ///   - awaitsAnchor: whether an anchor that is not there yet is looked for again.
    ///   - tooLarge: the way for an anchor of which a state cannot take what the service says; `nil` for the failed exit.
    package func block(
        _ what: String, reading name: String? = nil, _ outcome: Outcome, awaitsAnchor: Bool = false,
        tooLarge: Way? = nil
    ) -> Block {
        let (name, comparison) = (name ?? Self.read(what), Self.comparison(what))
        return Block(entrance: name) { graph, exits in
            Block.task(
                name, read, assigning: [assigned(Place.marker.whole, marker)],
                catching: [.init(missing, outcome.gone)]
                    + (tooLarge.map { [.init(StatesError.dataLimitExceeded, $0)] } ?? []),
                lookingAgainFor: awaitsAnchor ? missing : nil
            ).build(&graph, Exits(next: Way(to: comparison), failed: exits.failed))
            graph.outline.compares(comparison)
            graph.addChoice(
                comparison,
                [
                    Rule(if: isOwn, outcome.own), outcome.notOwn,
                    outcome.sameRequest.map { Rule(if: isOfRequest, $0) }, .otherwise(outcome.foreign),
                ].compactMap(\.self))
        }
    }
}
