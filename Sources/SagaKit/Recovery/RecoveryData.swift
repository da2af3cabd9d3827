// The data of a recovery, beside that of the saga for which it stands in.

extension Reference {
    package static var executionARN: Self { Self["executionArn"] }
    package static var recover: Self { Self["recover"] }
    package static var sweep: Self { Self["sweep"] }
    package static var queue: Place.Queue<Self> { Self["queue"] }
    package static var lists: Place.ExecutionLists<Self> { Self["lists"] }
    package static var listed: Place.Listed<Self> { Self["listed"] }
    package static var sweepDate: Place.SweepDate<Self> { Self["sweepDate"] }
    package static var rest: Place.RestOfSweep<Self> { Self["rest"] }
    package static var lost: Place.Lost<Self> { Self["lost"] }
    package static var recovery: Place.Recovery<Self> { Self["recovery"] }
    package static var histories: Place.Histories<Self> { Self["histories"] }
    package static var sifted: Place.Sifted<Self> { Self["sifted"] }
    package static func milestone(_ milestone: Milestone) -> Place.Kept<Self> { Self[milestone.name] }
}

extension Place {
    /// The executions that are still to be looked at.
    package struct Queue<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        package var items: List<Leaf> { self["items"] }
        package var first: QueuedExecution<Leaf> { QueuedExecution(place: items.place.element(0)) }
    }

    /// An execution as Step Functions lists it.
    package struct QueuedExecution<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        package var arn: Leaf { self["ExecutionArn"] }
        package var startDate: Leaf { self["StartDate"] }
    }

    /// The lists of executions that are still to be read.
    package struct ExecutionLists<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        package var items: List<Leaf> { self["items"] }
        package var first: ListedMachine<Leaf> { ListedMachine(place: items.place.element(0)) }
    }

    /// A list of executions.
    package struct ListedMachine<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        package var machine: Leaf { self["machine"] }
        /// What Step Functions calls the way in which the executions ended.
        package var status: Leaf { self["status"] }
    }

    /// A page of a list of executions.
    package struct Listed<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        package var executions: List<Leaf> { self["Executions"] }
        package var nextToken: Leaf { self["NextToken"] }
    }

    /// When the sweep began, as the parts of a date, and the day before which it looks at nothing.
    package struct SweepDate<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        package var parts: List<Leaf> { self["parts"] }
        package func part(_ index: Int) -> Leaf { Leaf(parts.place.element(index)) }
        package var since: Leaf { self["since"] }
    }

    /// What one sweep leaves to the next, which is that one's input.
    package struct RestOfSweep<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        package var sweep: Leaf { self["sweep"] }
        package var lists: ExecutionLists<Leaf> { self["lists"] }
        package var listed: Listed<Leaf> { self["listed"] }
        package var sweepDate: SweepDate<Leaf> { self["sweepDate"] }
    }

    /// A recovery that was lost.
    package struct Lost<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        /// The input of a recovery that did not come to its end.
        package var input: Recovery<Leaf> { self["input"] }
    }

    /// The input of a recovery.
    package struct Recovery<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        package var recover: Leaf { self["recover"] }
        package var executionARN: Leaf { self["executionArn"] }
        /// The number of the recovery among those of the same execution, from 1.
        package var attempt: Leaf { self["attempt"] }
        /// The error with which the recovery before it failed; nothing where it has none, or there was none.
        package var lostTo: List<Leaf> { self["lostTo"] }
        package var histories: Histories<Leaf> { self["histories"] }
    }

    /// The executions whose histories say how far things have come, the last one first: the recoveries that did not come
    /// to their end, and then the execution itself.
    package struct Histories<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        package var arn: Leaf { self["arn"] }
        /// The rest of them.
        package var before: Histories { self["before"] }
    }

    /// What a page of a history shows.
    package struct Sifted<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        package var told: List<Leaf> { self["told"] }
        /// Where a recovery had found nothing in any history.
        package var undecided: List<Leaf> { self["undecided"] }
        package var events: List<Leaf> { self["events"] }
        package var tokens: List<Leaf> { self["tokens"] }
        package subscript(milestone: Milestone) -> List<Leaf> { self[milestone.name] }
    }

    /// The data of the execution to recover, as it stood at a milestone.
    package struct Kept<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        package var data: Leaf { self["data"] }
    }
}

extension Argument {
    /// What was at a place at a milestone of the execution to recover.
    package static func kept(_ milestone: Milestone, _ place: Place) -> Argument {
        Argument(computing: ([Place.milestone(milestone).data.path] + place.names(below: .root)).joined(separator: "."))
    }

    /// The number of the recovery, where its input has one.
    package static let attempts = Argument(computing: "$..attempt")

    /// The error with which the recovery before this one failed, where the input has one.
    package static let lostTo = Argument(computing: "$..lostTo[*]")

    /// The inputs with which a state was entered, in a reply of `GetExecutionHistory`.
    package static func inputs(of state: String) -> Argument {
        reply("Events[?(@.StateEnteredEventDetails.Name == '\(state)')].StateEnteredEventDetails.Input")
    }

    /// The events of leaving one of some states, in a reply of `GetExecutionHistory`.
    package static func exits(of states: [String]) -> Argument {
        let isOne = states.map { "@.StateExitedEventDetails.Name == '\($0)'" }.joined(separator: " || ")
        return reply("Events[?(\(isOne))].Id")
    }
}
