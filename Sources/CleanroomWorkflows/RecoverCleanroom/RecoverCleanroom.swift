import CleanroomModel
package import StatesLanguage

/// Sees to the outcome of executions of `CreateCleanroom` that could not tell it themselves: stopped, timed out, or
/// ended by an error that nothing catches.
///
/// It is started with `{"executionArn": …}` for one that ended, and with `{"sweep": true}` to look for those whose event
/// was lost. For each that has not told, it starts itself once more under a name made of the execution's, so that each
/// is recovered once however often its event comes. That execution
///
/// 1. reads the history: what was about to be told is told, word for word, and what was being undone is undone;
/// 2. where the database was begun, stops the statement and waits for its end, and tells success if the room is whole;
/// 3. else runs the undo graph of `CreateCleanroom`, and tells the error;
/// 4. where nothing was begun, answers as a repeat does, and changes nothing.
package enum RecoverCleanroom {
    /// The machine, with `${…}` for what a deployment sets; `${StateMachineArn}` is the machine to recover for.
    package static func assembled() -> Assembled {
        var graph = Graph()
        graph.addChoice(
            "TakeIn",
            [
                (.and([.isText("$.executionArn"), .present("$.recover")]), "ReadExecution"),
                (.isText("$.executionArn"), "TakeEvent"), (.present("$.sweep"), "ListFailed"),
            ], default: "NothingToRecover")
        graph.addEnd(
            "NothingToRecover", .silent("it is not known for what", from: ["TakeIn"]),
            [
                "Type": "Fail", "Error": "CleanroomNothingToRecover",
                "Cause": "the input has neither executionArn nor sweep",
            ])
        Dispatch.add(to: &graph)
        History.add(to: &graph)
        addResumption(to: &graph)
        graph.addEnd(
            "Done", .silent("another execution tells", from: ["IsAnyLeft", "HasToldMeanwhile", "WhatHappened"]),
            ["Type": "Succeed"])
        graph.addEnd(
            "NotRecovered", .silent("the next sweep looks again"),
            [
                "Type": "Fail", "Error": "CleanroomNotRecovered",
                "CausePath": .string(Expression.format("{}: {}", ["$.failure.Error", "$.failure.Cause"])),
            ])
        return graph.machine(
            comment: "Undoes and tells for executions that could not do it themselves.", startAt: "TakeIn")
    }

    /// The definition of the machine.
    package static func definition() -> JSONValue { assembled().definition }

    /// What the input of an execution can have.
    package static let input = ["executionArn", "recover", "sweep"]

    /// Whether an execution has told its outcome, or will: then it is left alone. An answer that could not be delivered
    /// is sent again by a redrive, which an operator decides.
    static func hasTold(_ path: String) -> Condition {
        let error = "\(path).Error"
        return .or(
            ["RUNNING", "PENDING_REDRIVE", "SUCCEEDED"].map { .equals("\(path).Status", $0) } + [
                .and([
                    .isText(error),
                    .or([
                        .equals(error, ExecutionError.notCreated), .equals(error, ExecutionError.leftovers),
                        .matches(error, "States.Http.*"),
                    ]),
                ])
            ])
    }

    /// What the history calls for: telling what was about to be told, undoing, or answering.
    private static func addResumption(to graph: inout Graph) {
        let saga = CreateCleanroom.saga
        // 1.
        for turn in History.turns where turn.isDecided {
            graph.outline.hasSideDoor(turn.state, from: "Resume" + turn.state)
            graph.add(
                "Resume" + turn.state,
                ["Type": "Pass", "InputPath": .string("$.\(turn.name).data"), "Next": .string(turn.state)])
        }
        // 2.
        for turn in History.turns where !turn.isDecided {
            let kept = ["request", "execution", "answer", "room", "mode", "left", "made"]
            graph.addPass(
                "Resume" + turn.state, at: "$",
                .object(
                    JSONObject(
                        kept.map { ("\($0).$", .string("$.\(turn.name).data.\($0)")) }
                            + [("seen", [:]), ("grants", [:]), ("tries", Tries.zero)])),
                next: Lake.stopStatement.entrance)
        }
        graph.build(
            Lake.stopStatement, as: .step(undo: saga.undo(of: saga.anchor)),
            Exits(next: saga.pivot.block.entrance, failed: saga.pivot.block.entrance))
        graph.build(saga.pivot.block, as: .pivot, Exits(next: saga.success.entrance, failed: "SayInterrupted"))
        graph.build(saga.success, as: .answer, Exits(next: "Recovered", failed: "Recovered"))
        graph.addEnd(
            "Recovered", .told(by: Telling.Teller.success), ["Type": "Succeed", "OutputPath": "$.outcome"])
        // 3.
        graph.outline.complains("SayInterrupted", about: saga.pivot.block.entrance)
        graph.addPass(
            "SayInterrupted", at: "$.error",
            [
                "message": .string(ErrorMessage.interrupted.rawValue),
                "cause": "the execution ended before it could tell its outcome",
            ], next: "IsRepeat")
        saga.addRepeats(to: &graph)
        saga.addUndoGraph(to: &graph)
        Telling.addErrorAnswer(to: &graph, end: .success)
        // 4.
        let isRepeat = Following.lookForFirst("IsNamedAsRequest")
        graph.build(
            RequestIntake.check, as: .intake, Exits(next: isRepeat.entrance, failed: Saga.Waypoint.tellError))
        graph.build(isRepeat, as: .intake, Exits(next: "LookForDatabase", failed: Saga.Waypoint.tellError))
        let whose = saga.recognition.block(
            "LookForDatabase",
            .init(
                own: Following.Waypoint.verifyAgain, sameRequest: Saga.Waypoint.answerAgain, foreign: "SayNotBegun",
                gone: "SayNotBegun"))
        graph.build(whose, as: .intake, Exits(next: "SayNotBegun", failed: "NotRecovered"))
        graph.addPass(
            "SayNotBegun", at: "$.error",
            [
                "message": .string(ErrorMessage.interrupted.rawValue),
                "cause": "the execution ended before anything was done",
            ], next: Saga.Waypoint.tellError)
    }
}

/// Looks which executions have not told their outcome, and starts a recovery for each.
private enum Dispatch {
    /// How many of each kind a sweep looks at, the newest first.
    static let sweepLimit: Int64 = 50

    static func add(to graph: inout Graph) {
        graph.addPass("TakeEvent", at: "$", ["queue.$": "States.Array($.executionArn)"], next: "IsAnyLeft")
        let statuses = [("Failed", "FAILED"), ("TimedOut", "TIMED_OUT"), ("Aborted", "ABORTED")]
        // A recovery that did not come to its end is recovered as well, by the next sweep.
        let kinds =
            statuses.map { ($0, $1, JSONObject([("StateMachineArn", "${StateMachineArn}")])) }
            + statuses.map { ($0 + "Recoveries", $1, JSONObject([("StateMachineArn.$", "$$.StateMachine.Id")])) }
        for (position, (name, status, machine)) in kinds.enumerated() {
            let next = position + 1 < kinds.count ? "List" + kinds[position + 1].0 : "QueueAll"
            Block.task(
                "List" + name, .StepFunctions.listExecutions,
                .object(
                    machine.merging(["StatusFilter": .string(status), "MaxResults": .integer(sweepLimit)])),
                result: .at("$.\(name)", selecting: ["arns.$": "$.Executions[*].ExecutionArn"])
            ).build(&graph, Exits(next: next, failed: "NotRecovered"))
        }
        graph.addPass("QueueAll", at: "$", ["queue.$": "$..arns[*]"], next: "IsAnyLeft")
        graph.addChoice("IsAnyLeft", [(.present("$.queue[0]"), "LookAtExecution")], default: "Done")
        Block.task(
            "LookAtExecution", .StepFunctions.describeExecution, ["ExecutionArn.$": "$.queue[0]"],
            result: .at("$.described")
        ).build(&graph, Exits(next: "HasItTold", failed: "NotRecovered"))
        graph.addChoice(
            "HasItTold",
            [
                (RecoverCleanroom.hasTold("$.described"), "TakeNext"),
                (.matches("$.described.Input", "*\"recover\"*"), "TakeRecovered"),
                // What only looked for others: the next one looks again.
                (.matches("$.described.ExecutionArn", "*:execution:${Name}-recover:*"), "TakeNext"),
            ], default: "TakeItself")
        graph.addPass("TakeItself", at: "$.lost", ["executionArn.$": "$.queue[0]"], next: "DescribeRecovery")
        graph.addPass(
            "TakeRecovered", at: "$",
            [
                "queue.$": "$.queue", "lost.$": "States.StringToJson($.described.Input)",
            ], next: "DescribeRecovery")
        graph.addPass(
            "DescribeRecovery", at: "$.recovery", ["recover": true, "executionArn.$": "$.lost.executionArn"],
            next: "StartRecovery")
        let start = Block.task(
            "StartRecovery", .StepFunctions.startExecution,
            [
                "StateMachineArn.$": "$$.StateMachine.Id",
                "Name.$": "States.Format('recover-{}', States.Hash($.queue[0], 'SHA-256'))",
                "Input.$": "States.JsonToString($.recovery)",
            ], catching: [(ServiceAction.StepFunctions.alreadyExists, "TakeNext")])
        graph.build(start, as: .dispatch, Exits(next: "TakeNext", failed: "NotRecovered"))
        graph.addPass("TakeNext", at: "$", ["queue.$": "$.queue[1:]"], next: "IsAnyLeft")
    }
}

/// Reads what the execution had come to: whether the database was begun, and what was about to be told.
private enum History {
    /// Few enough that a page with all its data stays far below the limit of 256 KiB.
    static let pageSize: Int64 = 20

    static func add(to graph: inout Graph) {
        Block.task(
            "ReadExecution", .StepFunctions.describeExecution, ["ExecutionArn.$": "$.executionArn"],
            result: .at("$.described")
        ).build(&graph, Exits(next: "HasToldMeanwhile", failed: "NotRecovered"))
        graph.addChoice(
            "HasToldMeanwhile", [(RecoverCleanroom.hasTold("$.described"), "Done")], default: "TakeExecution")
        graph.addPass(
            "TakeExecution", at: "$",
            [
                "execution": [
                    "id.$": "$.executionArn", "name.$": "$.described.Name", "startTime.$": "$.described.StartDate",
                ],
                "answer": ["requestId.$": "$.described.Name"], "left": ["text": ""],
                "request.$": "States.StringToJson($.described.Input)",
            ], next: "ReadHistory")
        func read(_ name: String, _ more: JSONObject) {
            var parameters: JSONObject = [
                "ExecutionArn.$": "$.execution.id", "MaxResults": .integer(pageSize), "IncludeExecutionData": true,
            ]
            parameters = parameters.merging(more)
            Block.task(name, .StepFunctions.getExecutionHistory, .object(parameters), result: .at("$.page"))
                .build(&graph, Exits(next: "IsHistoryThere", failed: "NotRecovered"))
        }
        read("ReadHistory", [:])
        // Every page has events. One without them is none, and must not be taken for an execution that did nothing.
        graph.addChoice(
            "IsHistoryThere", [(.present("$.page.Events[0]"), "SiftHistory")], default: "MissHistory")
        graph.addPass(
            "MissHistory", at: "$.failure",
            ["Error": "HistoryNotFound", "Cause": "the history was read, but there is no event in it"],
            next: "NotRecovered")
        graph.addPass(
            "SiftHistory", at: "$.sifted",
            .object(JSONObject([("told.$", told)] + turns.map { ("\($0.name).$", entered($0.state)) })),
            next: "WhatHappened")
        // What a page shows is kept, one thing after the other, and then the next page is read.
        let kept = turns.map { turn in
            (
                Condition.and([.present("$.sifted.\(turn.name)[0]"), .not(.present("$.\(turn.name)"))]),
                "Keep" + turn.state
            )
        }
        graph.addChoice(
            "WhatHappened",
            [(.present("$.sifted.told[0]"), "Done")] + kept + [(.isText("$.page.NextToken"), "ReadMoreHistory")],
            default: "WhatIsToBeDone")
        read("ReadMoreHistory", ["NextToken.$": "$.page.NextToken"])
        for turn in turns {
            graph.addPass(
                "Keep" + turn.state, at: "$.\(turn.name)",
                ["data.$": .string("States.StringToJson($.sifted.\(turn.name)[0])")], next: "WhatHappened")
        }
        graph.addChoice(
            "WhatIsToBeDone", turns.map { (.present("$.\($0.name)"), "Resume" + $0.state) },
            default: RequestIntake.check.entrance)
    }

    /// The states that tell how far an execution had come, the last first: the input of each says how to go on.
    static let turns: [(name: String, state: String, isDecided: Bool)] = [
        ("success", Telling.Teller.success, true), ("failure", Telling.Teller.error, true),
        ("undoing", Saga.Waypoint.undo, true),
        ("more", Lake.registerLocation.entrance, false), ("begun", Lake.createDatabase.entrance, false),
    ]

    /// The answers that have been delivered.
    private static let told: JSONValue =
        "$.page.Events[?(@.StateExitedEventDetails.Name == 'TellSuccess' || @.StateExitedEventDetails.Name == 'TellError')].Id"

    /// The inputs with which a state was entered.
    private static func entered(_ state: String) -> JSONValue {
        .string("$.page.Events[?(@.StateEnteredEventDetails.Name == '\(state)')].StateEnteredEventDetails.Input")
    }
}
