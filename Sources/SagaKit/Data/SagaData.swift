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
    package static var described: Place.Described<Self> { Self["described"] }
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
        /// The number of the recovery that goes on in its place, from 1; nothing where none was counted.
        package var attempts: List<Leaf> { self["attempts"] }
        /// The error with which the recovery before that one failed; nothing where it has none, or there was none.
        package var lostTo: List<Leaf> { self["lostTo"] }
    }

    /// What is delivered.
    package struct Answer<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        package var requestID: Leaf { self["requestId"] }
        package var error: ErrorToTell<Leaf> { self["error"] }
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

    /// An execution, as Step Functions describes it.
    package struct Described<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        package var name: Leaf { self["name"] }
        package var status: Leaf { self["status"] }
        package var startDate: Leaf { self["startDate"] }
        package var input: Leaf { self["input"] }
        /// The error with which it failed; none for one that did not.
        package var error: Leaf { errors.first }
        package var cause: Leaf { causes.first }
        /// What it was asked for.
        package var request: Request<Leaf> { self["request"] }
        package var errors: List<Leaf> { self["errors"] }
        package var causes: List<Leaf> { self["causes"] }
    }
}
