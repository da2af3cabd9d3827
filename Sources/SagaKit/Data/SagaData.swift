// The data that every saga has. A workflow declares its own beside it, as extensions of `Reference` and `Place`.

extension Reference {
    // What the request lays out.
    package static var request: Place.Request<Self> { Self["request"] }
    package static var execution: Place.Execution<Self> { Self["execution"] }
    package static var answer: Place.Answer<Self> { Self["answer"] }
    package static var mode: Place.Mode<Self> { Self["mode"] }
    package static var left: Place.Left<Self> { Self["left"] }
    package static var made: Place.Made<Self> { Self["made"] }

    // What comes on the way.
    package static var failure: Place.Failure<Self> { Self["failure"] }
    /// Not `error`, which is a function of JSONata.
    package static var error: Place.ErrorToTell<Self> { Self["outcomeError"] }
    package static var anchor: Place.Anchor<Self> { Self["anchor"] }
    package static var marker: Place.Marker<Self> { Self["marker"] }
    package static var rollback: Place.Rollback<Self> { Self["rollback"] }
}

extension Place {
    /// What was asked for; a workflow adds the members that its requests have.
    package struct Request<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        package var requestID: Leaf { self["requestId"] }
    }

    /// The execution for which the machine runs.
    package struct Execution<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        package var id: Leaf { self["id"] }
        package var name: Leaf { self["name"] }
        package var startTime: Leaf { self["startTime"] }
    }

    /// What is delivered.
    package struct Answer<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        package var requestID: Leaf { self["requestId"] }
    }

    /// The error that a caller is told.
    package struct ErrorToTell<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        package var message: Leaf { self["message"] }
        package var cause: Leaf { self["cause"] }
        /// The error of a service behind it, if there is one.
        package var failure: Failure<Leaf> { self["failure"] }
    }

    /// How the request is dealt with.
    package struct Mode<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        /// Whether the execution answers for another one.
        package var `repeat`: Leaf { self["repeat"] }
    }

    /// What could not be undone.
    package struct Left<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        /// What is left behind, as sentences.
        package var text: Leaf { self["text"] }
    }

    /// What has been begun; a workflow adds what it has to remember of that.
    package struct Made<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        /// Whether there may be more than the anchor.
        package var more: Leaf { self["more"] }
    }

    /// The error of a task, as AWS names its members.
    package struct Failure<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        package var error: Leaf { self["Error"] }
        package var cause: Leaf { self["Cause"] }
    }

    /// What the undo graph has found out about the anchor.
    package struct Anchor<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        /// Whether it is there, and this execution's own.
        package var own: Leaf { self["own"] }
    }

    /// The marker that was read on an anchor.
    package struct Marker<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        package var execution: Leaf { self["execution"] }
        package var requestID: Leaf { self["requestId"] }
    }

    /// What the survey has found out; a workflow adds what it looks for.
    package struct Rollback<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        /// Whether another anchor stands in the place of this execution's, so that nothing more is touched.
        package var isReplaced: Leaf { self["isReplaced"] }
    }
}
