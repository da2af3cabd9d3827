import CleanroomModel
import SagaKit
import StatesLanguage

/// What the choices of the machines ask, and the marks by which they tell how far an execution has come.
extension ContractCheck {
    /// Holds the rules of a choice against what there is to compare with.
    func choices(in state: State) -> [Problem] {
        let place = state.place.appending("Choices")
        let rules = source.value(at: place)?.arrayValue ?? []
        return rules.enumerated().flatMap { index, json in
            rule(json, at: place.appending(index)) + target(of: json, at: place.appending(index).appending("Next"))
        }
    }

    /// What has succeeded is verified.
    private func target(of rule: JSONValue, at place: ProblemPath) -> [Problem] {
        guard let next = rule["Next"]?.stringValue else { return [] }
        if rule["StringEquals"] == "SUCCEEDED", rule["Variable"] == "$.described.status", next != "ReadRoom" {
            return [broken(place, "what has succeeded is verified before it is told again")]
        }
        return []
    }

    static func variables(in rule: JSONValue) -> [String] {
        let inner = (rule["And"]?.arrayValue ?? []) + (rule["Or"]?.arrayValue ?? []) + [rule["Not"]].compactMap(\.self)
        return inner.flatMap(variables) + [rule["Variable"]?.stringValue].compactMap(\.self)
    }

    private func rule(_ json: JSONValue, at place: ProblemPath) -> [Problem] {
        var problems: [Problem] = []
        for (name, value) in json.objectValue ?? [:] {
            let place = place.appending(name)
            switch (name, value) {
            case ("And", .array(let parts)), ("Or", .array(let parts)):
                problems += parts.enumerated().flatMap { rule($1, at: place.appending($0)) }
                if name == "And" { problems += guards(parts, at: place) }
            case ("Not", _): problems += rule(value, at: place)
            case (_, .bool(false)): problems.append(broken(place, "a rule asks whether something is so; Not turns it"))
            case ("StringEquals", .string(let text)), ("StringMatches", .string(let text)),
                ("StringGreaterThanEquals", .string(let text)):
                if !Self.texts.contains(text) {
                    problems.append(broken(place, "'\(text)' is nothing that there is to compare with"))
                }
            case (_, .integer(let number)) where !Self.numbers.contains(number):
                problems.append(broken(place, "\(number) is nothing that there is to compare with"))
            case (_, .integer(let number))
            where json["Variable"] == "$.lost.input.attempt"
                && !["NumericLessThan 5", "NumericGreaterThanEquals 1"].contains("\(name) \(number)"):
                problems.append(broken(place, "five recoveries are made of one execution, counted from 1"))
            default: break
            }
        }
        return problems
    }

    /// A text is only compared where it was looked for, and only what is compared is looked for.
    private func guards(_ parts: [JSONValue], at place: ProblemPath) -> [Problem] {
        if parts.count == 2, parts[0]["IsPresent"] != nil, parts[1]["IsString"] != nil,
            parts[0]["Variable"] != parts[1]["Variable"]
        {
            return [broken(place, "what is there and what is a text are the same")]
        }
        // What is only there sometimes is looked for before it is compared as a number or a truth.
        let others = Set(parts.filter { $0["IsPresent"] == nil }.flatMap(Self.variables))
        let lone = parts.filter { $0["IsPresent"] != nil }.compactMap { $0["Variable"]?.stringValue }
            .first { !others.contains($0) }
        if let lone, parts.contains(where: Self.comparesValue) {
            return [broken(place, "\(lone) is looked for and not compared")]
        }
        let looked = Set(parts.compactMap(Self.guarded))
        let compared = Set(parts.filter { Self.guarded($0) == nil }.flatMap(Self.comparedTexts))
        if compared.isEmpty || looked.isSubset(of: compared) { return [] }
        return [broken(place, "what is looked for is not what is compared")]
    }

    private static func comparesValue(_ condition: JSONValue) -> Bool {
        condition.objectValue?.names.contains { $0.hasPrefix("Numeric") || $0.hasPrefix("Boolean") } ?? false
    }

    /// What a condition of the form "is there, and is a text" is about.
    private static func guarded(_ condition: JSONValue) -> String? {
        guard let parts = condition["And"]?.arrayValue, parts.count == 2, parts[0]["IsPresent"] != nil,
            parts[1]["IsString"] != nil
        else { return nil }
        return parts[0]["Variable"]?.stringValue
    }

    private static func comparedTexts(in condition: JSONValue) -> [String] {
        let inner = (condition["And"]?.arrayValue ?? []) + (condition["Or"]?.arrayValue ?? [])
        let isText = condition.objectValue?.names.contains { $0.hasPrefix("String") } ?? false
        let compared = [condition["Variable"], condition["StringEqualsPath"]].compactMap { $0?.stringValue }
        return (inner + [condition["Not"]].compactMap(\.self)).flatMap(comparedTexts) + (isText ? compared : [])
    }

    /// The marks that choices read later, by where they are put; and of those laid out at the beginning, by their names.
    func marks(_ parameters: JSONValue, at path: String?, _ place: ProblemPath) -> [Problem] {
        var problems: [Problem] = []
        func demand(_ value: JSONValue?, oneOf values: [JSONValue], _ place: ProblemPath) {
            if let value, !values.contains(value) { problems.append(broken(place, "this is \(values[0].text)")) }
        }
        switch path {
        case "$.mode": demand(parameters, oneOf: [["repeat": true]], place)
        case "$.made":
            demand(
                parameters,
                oneOf: [
                    ["more": true], ["more": true, "registeredAt.$": "$.registration.ResourceInfo.LastModified"],
                ], place)
        case "$.rollback": demand(parameters, oneOf: Self.rollbacks, place)
        case "$.queue":
            demand(
                parameters, oneOf: [["items.$": "$.listed.Executions[*]"], ["items.$": "$.queue.items[1:]"]], place)
        case "$.described": demand(parameters, oneOf: Self.ends, place)
        case "$.lists": demand(parameters, oneOf: [["items.$": "$.lists.items[1:]"]], place)
        case let path? where parameters["pages.$"]?.stringValue?.hasPrefix("States.Array($.seen.") == true:
            demand(parameters["pages.$"], oneOf: [.string("States.Array(\(path).pages, $.page)")], place)
        case "$.tags":
            demand(parameters, oneOf: [["text.$": "$.tags.text", "parts.$": "$.tags.parts[1:]"]], place)
        case "$.anchor": demand(parameters, oneOf: [["own": true], ["own": false]], place)
        case "$.recovery":
            let first: JSONObject = ["arn.$": "$.queue.items[0].ExecutionArn"]
            demand(
                parameters,
                oneOf: [
                    [
                        "recover": true, "executionArn.$": "$.queue.items[0].ExecutionArn", "attempt": 1,
                        "histories": .object(first),
                    ],
                    [
                        "recover": true, "executionArn.$": "$.lost.input.executionArn",
                        "attempt.$": "States.MathAdd($.lost.input.attempt, 1)",
                        "lostTo.$": "$.described.errors",
                        "histories": .object(first.merging(["before.$": "$.lost.input.histories"])),
                    ],
                ], place)
        case "$.rest":
            demand(
                parameters,
                oneOf: [
                    [
                        "sweep": true, "lists": ["items.$": "$.lists.items"],
                        "sweepDate": ["since.$": "$.sweepDate.since"],
                        "listed": ["NextToken.$": "$.listed.NextToken"],
                    ]
                ], place)
        case "$.left" where parameters["text"] != nil: demand(parameters, oneOf: [["text": ""]], place)
        case "$.batch":
            demand(
                parameters,
                oneOf: [["failures.$": "$.batch.failures[1:]"], ["failures.$": "States.Array($.failure)"]], place)
        case "$.error" where parameters["message.$"] != nil:
            let first: JSONValue = ["message.$": "$.told.answer.error.message", "cause.$": "$.told.answer.error.cause"]
            demand(parameters, oneOf: [first], place)
        case nil:
            if parameters["lists"] != nil { demand(parameters, oneOf: [Self.event, Self.sweep], place) }
            if ["queue", "lists", "request", "request.$", "execution"].allSatisfy({ parameters[$0] == nil }) {
                problems.append(broken(place, "all the data is a queue, or is about a request"))
            }
            if parameters["execution"]?["name.$"] == "$.described.name",
                parameters["described"] != ["errors.$": "$.described.errors"]
            {
                problems.append(broken(place, "it is kept what ended an execution"))
            }
            if parameters["execution"]?["id.$"] == "$.executionArn",
                parameters["execution"]?["attempts.$"] != "$..attempt"
            {
                problems.append(broken(place, "it is kept how often an execution was recovered"))
            }
            let beginnings: [(String, JSONValue)] = [
                ("mode", ["repeat": false]), ("made", ["more": false]), ("left", ["text": ""]),
            ]
            for (name, value) in beginnings {
                demand(parameters[name], oneOf: [value], place.appending(name))
            }
        default: break
        }
        if let error = parameters["Error"]?.stringValue, !Self.failures.contains(error) {
            problems.append(broken(place.appending("Error"), "no task fails with '\(error)'"))
        }
        return problems
    }

    static let sifted: JSONValue = {
        let entered = [
            ("success", "TellSuccess"), ("failure", "TellError"), ("dropping", "ReadDropSettings"),
            ("undoing", "Undo"), ("registered", "ShareWithCustomer"), ("more", "RegisterLocation"),
            ("begun", "CreateDatabase"),
        ]
        let names: JSONValue = .string(
            "$.Events[?(@.StateExitedEventDetails.Name == 'TellSuccess' || "
                + "@.StateExitedEventDetails.Name == 'TellError')].Id")
        let undecided: JSONValue = "$.Events[?(@.StateExitedEventDetails.Name == 'MayRequestBeRead')].Id"
        return .object(
            JSONObject(
                [
                    ("events.$", "$.Events[*].Id"), ("tokens.$", "$..NextToken"), ("told.$", names),
                    ("undecided.$", undecided),
                ]
                    + entered.map { name, state in
                        let filter = "?(@.StateEnteredEventDetails.Name == '\(state)')"
                        return ("\(name).$", .string("$.Events[\(filter)].StateEnteredEventDetails.Input"))
                    }))
    }()

    private static let texts: Set = [
        "", "${LocationRoleArn}", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED", "PENDING_REDRIVE",
        ExecutionError.notCreated, ExecutionError.leftovers, ExecutionError.requestIDReused, "CleanroomNotWhole",
        StatesError.runtime, StatesError.dataLimitExceeded, "EntityNotFoundException",
        "*No permissions revoked*", "*AlreadyExists*", "*already exists*", "States.Http.*", "{*",
        "cleanroom request=* execution=* started=* deployment=*",
        "*:execution:${Name}-recover:*", StatesError.taskFailed, "*cleanroom:member:*",
        "cleanroom:member:*", "02", "03",
    ]

    /// What is kept of the end of an execution that has told something, or of which too much is said.
    private static let ends: [JSONValue] = [
        [
            "status.$": "$.described.status", "errors.$": "$.described.errors", "causes.$": "$.described.causes",
        ]
    ]

    /// An event is about one execution, whenever that was started, and there is nothing to list.
    private static let event: JSONValue = [
        "queue": ["items": [["ExecutionArn.$": "$.executionArn", "StartDate.$": "$$.Execution.StartTime"]]],
        "lists": ["items.$": "States.Array()"], "sweepDate": ["since": ""],
    ]

    /// A sweep lists what of each machine may have ended untold, and counts back from the day on which it began.
    private static let sweep: JSONValue = [
        "sweepDate": ["parts.$": "States.StringSplit($$.Execution.StartTime, '-T')"],
        "lists": [
            "items": [
                ["machine": "${StateMachineArn}", "status": "FAILED"],
                ["machine": "${StateMachineArn}", "status": "TIMED_OUT"],
                ["machine": "${StateMachineArn}", "status": "ABORTED"],
                ["machine.$": "$$.StateMachine.Id", "status": "FAILED"],
                ["machine.$": "$$.StateMachine.Id", "status": "TIMED_OUT"],
                ["machine.$": "$$.StateMachine.Id", "status": "ABORTED"],
            ]
        ],
    ]

    private static let rollbacks: [JSONValue] = [
        ["isRegistered": true, "isReplaced": false], ["isRegistered": false, "isReplaced": false],
        ["isRegistered": false, "isReplaced": true],
    ]

    /// Of lists, events and tries.
    private static let numbers: Set<Int64> = [0, 1, 2, 3, 5, 6, 8, 40]

    /// The errors that the machines themselves make.
    private static let failures: Set = [
        "LakeFormation.BatchFailure", "MarkerNotFound", "CleanroomNotWhole", "States.Timeout", "HistoryNotFound",
        "NotAdministrator", "StillGranted", "DatabaseNotDropped", "DatabaseNotFound", "RegisteredUnderAnotherRole",

    ]
}
