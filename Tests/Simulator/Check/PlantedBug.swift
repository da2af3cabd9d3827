import CleanroomModel
package import CleanroomService
import DurableExecution
import EmbeddedLake
import StatesLanguage

/// A mistake that somebody could make in the workflow or in the engine. The simulation has to find each of them.
package enum PlantedBug: String, CaseIterable, Sendable {
    case adoptsExistingDatabase
    case takesEveryMarkerForItsOwn
    case keepsTheLocation
    case keepsTheCustomersGrants
    case ignoresFailuresOfSharing
    case ignoresFailuresOfUnsharing
    case cannotDropWhatItGaveAway
    case succeedsUnverified
    case undoesAfterSuccess
    case leavesTheStatementRunning
    case makesNewTokens
    case believesTheFirstLook
    case registersOverOthers
    case retriesNothing
    case answersForOthers
    case looksAtNoHistory
    case dropsEverythingBelow
    case revokesAllAlone
    case takesOthersRegistrations
    case keepsEarlierMembers
    case believesEmptyLists
    case duplicatesLookForData
    case dropsWhatAnotherMarks
    case takesRefusedListsForEmpty
    case recoversOnceMore
    case sweepsNothingStopped
    case registersInHybridMode
    case answersToAnotherPath
    case failsOnLargeDatabases
    case sendsAnswersBeforeCommit
    case forgetsTimers
    case neverRecovers

    /// What is wrong, in words.
    package var text: String {
        switch self {
        case .adoptsExistingDatabase: "the DDL says IF NOT EXISTS, and so adopts a database that is there"
        case .takesEveryMarkerForItsOwn: "the marker of a database is not compared with the execution"
        case .keepsTheLocation: "the compensation of registering the location is missing"
        case .keepsTheCustomersGrants: "the compensation of sharing is missing"
        case .ignoresFailuresOfSharing: "Failures[] of the grants is not looked into"
        case .ignoresFailuresOfUnsharing: "Failures[] of the revocations is not looked into"
        case .cannotDropWhatItGaveAway: "DROP is not taken back before the database is dropped"
        case .succeedsUnverified: "success is told without verifying the room"
        case .undoesAfterSuccess: "a success that cannot be delivered is undone"
        case .leavesTheStatementRunning: "a statement whose time ran out is not stopped"
        case .makesNewTokens: "each attempt of the statement gets a token of its own"
        case .believesTheFirstLook: "undoing takes a database that is not seen at once for gone"
        case .registersOverOthers:
            "it is not looked whether the location is registered, neither before the database is made nor after it"
        case .retriesNothing: "nothing is tried again"
        case .answersForOthers: "a repeat answers without looking at the first execution"
        case .looksAtNoHistory: "the recovery begins anew instead of reading what was decided"
        case .dropsEverythingBelow: "the database is dropped with CASCADE"
        case .revokesAllAlone: "the creator gives away ALL, and keeps the permissions beside it"
        case .takesOthersRegistrations:
            "another request's registration is taken for its own, and shared on, after its database was dropped"
        case .keepsEarlierMembers: "the members of an earlier room of the name stay members"
        case .believesEmptyLists: "an empty list is believed though the role is no administrator"
        case .duplicatesLookForData: "a duplicate takes what has come into the room since for a fault of it"
        case .dropsWhatAnotherMarks: "the marker is not compared once more right before the database is dropped"
        case .takesRefusedListsForEmpty: "a list of permissions that is refused is taken for an empty one"
        case .recoversOnceMore: "an execution is recovered six times"
        case .sweepsNothingStopped: "the sweep leaves out executions that somebody stopped"
        case .registersInHybridMode: "the location is registered in hybrid mode, in which only who opts in is guarded"
        case .answersToAnotherPath: "a success is told under the path of an error"
        case .failsOnLargeDatabases: "a description of a database that a state cannot take is not caught"
        case .sendsAnswersBeforeCommit: "an answer leaves the process before the commit that decides it"
        case .forgetsTimers: "the journal does not keep timers"
        case .neverRecovers: "executions that could not tell their outcome are not recovered"
        }
    }

    /// A schedule that shows it, cut down to what it takes.
    package var schedule: String {
        switch self {
        case .adoptsExistingDatabase: "seed=100 setting=bridge requests=first@0,rival@0"
        case .takesEveryMarkerForItsOwn: "seed=1 setting=aws requests=first@0 5:objectAppears"
        case .keepsTheLocation: "seed=1 setting=aws requests=first@0 1:accountVanishes"
        case .keepsTheCustomersGrants: "seed=1 setting=aws requests=first@0 5:objectAppears"
        case .ignoresFailuresOfSharing: "seed=1 setting=aws requests=first@0 17:partial"
        case .ignoresFailuresOfUnsharing:
            "seed=503 setting=aws requests=first@0,neighbour@0 31:objectAppears 73:accountVanishes"
        case .cannotDropWhatItGaveAway: "seed=1 setting=aws requests=first@0 5:objectAppears"
        case .succeedsUnverified: "seed=1 setting=aws requests=first@0 5:oversized"
        case .undoesAfterSuccess: "seed=1 setting=aws requests=first@0 28:receiverDown(4)"
        case .leavesTheStatementRunning: "seed=1 setting=aws requests=first@0 5:slow(700)"
        case .makesNewTokens: "seed=1 setting=aws requests=first@0 5:slow(700)"
        case .believesTheFirstLook: "seed=1 setting=aws requests=first@0 5:falseFailure 6:stale(375)"
        case .registersOverOthers: "seed=3 setting=here ground=registeredWithOurRole requests=first@0"
        case .retriesNothing: "seed=1 setting=aws requests=first@0 1:throttled"
        case .answersForOthers: "seed=172 setting=aws requests=first@0,renamed@3 23:objectAppears"
        case .looksAtNoHistory: "seed=1 setting=bridge requests=first@0 5:stop"
        case .dropsEverythingBelow: "seed=1 setting=aws requests=first@0 5:falseFailure"
        case .revokesAllAlone: "seed=1 setting=aws requests=first@0"
        case .takesOthersRegistrations:
            "seed=1 setting=aws requests=first@0,rival@5 13:strangerDropsDatabase 13:throttled(8)"
        case .keepsEarlierMembers: "seed=1 setting=aws ground=earlierMembers requests=first@0"
        case .believesEmptyLists: "seed=1 setting=here requests=first@0 17:oversized 18:administratorRemoved"
        case .duplicatesLookForData: "seed=1 setting=aws requests=first@0,renamed@700 30:objectAppears"
        case .dropsWhatAnotherMarks:
            "seed=1 setting=aws requests=first@0,rival@73 16:accountVanishes 44:strangerDropsDatabase 44:throttled(7)"
        case .takesRefusedListsForEmpty:
            "seed=1 setting=aws lake=keepsGrants requests=first@0 5:objectAppears 85:denied(86400) 86:denied(86400)"
        case .recoversOnceMore:
            "seed=1 setting=aws requests=first@0 1:stop 4:stop 15:stop 26:stop 39:stop 54:stop"
        case .sweepsNothingStopped: "seed=1 setting=aws requests=first@0 1:eventLost 1:stop"
        case .registersInHybridMode, .answersToAnotherPath: "seed=1 setting=aws requests=first@0"
        case .failsOnLargeDatabases: "seed=1 setting=aws ground=largeDatabase requests=first@0"
        case .sendsAnswersBeforeCommit:
            "seed=1 setting=bridge ground=registeredByStranger requests=first@0 3:crashInCommit 4:denied"
        case .forgetsTimers: "seed=1 setting=aws requests=first@0 1:throttled"
        case .neverRecovers: "seed=1 setting=aws requests=first@0 1:stop"
        }
    }

    private var engineBug: Simulation.EngineBug? {
        switch self {
        case .sendsAnswersBeforeCommit: .sendsAnswersBeforeCommit
        case .forgetsTimers: .forgetsTimers
        case .neverRecovers: .neverRecovers
        default: nil
        }
    }

    /// A player on which the bug is planted.
    ///
    /// - Throws: `DefinitionError` when the machine with the bug is none.
    package func player(on workflows: [DeployedWorkflow]) throws -> Player {
        try Player(workflows.map { try $0.mapMachines(plant) }, engineBug: engineBug)
    }

    private func plant(in version: StateMachineVersion) throws -> StateMachineVersion {
        var machine = Definition(json: try JSONValue(parsing: version.definition))
        plant(in: &machine)
        let text = machine.json.text
        let hash = StateMachineVersion.sha256(text)
        let reference = version.reference
        return StateMachineVersion(
            reference: .init(
                arn: reference.arn, name: reference.name, roleARN: reference.roleARN, definitionHash: hash),
            definition: text)
    }

    private func plant(in machine: inout Definition) {
        switch self {
        case .adoptsExistingDatabase:
            machine.replaceText("CREATE DATABASE `", with: "CREATE DATABASE IF NOT EXISTS `")
        case .takesEveryMarkerForItsOwn:
            machine.takeFirstRule("CompareMarkerToRollBack")
            machine.passOver("CompareMarkerBeforeDrop", to: "UntagMember")
        case .keepsTheLocation: machine.passOver("IsLocationToDeregister", to: machine.next(of: "DeregisterLocation"))
        case .keepsTheCustomersGrants: machine.passOver("MayAccountHaveGrants", to: "IsLocationToDeregister")
        case .ignoresFailuresOfSharing: machine.takeFirstRule("CheckGrantToAccount")
        case .ignoresFailuresOfUnsharing: machine.passOver("ListAccountGrants", to: "IsLocationToDeregister")
        case .cannotDropWhatItGaveAway: machine.passOver("RegrantDrop", to: machine.next(of: "RegrantDrop"))
        case .succeedsUnverified:
            machine.pass("VerifyDatabase", by: machine.rule(of: "IsCleanroomComplete", to: "NotifySuccess"))
        case .undoesAfterSuccess:
            let describing = ["DescribeVerificationFailure", "DescribeInterruption"].first { machine.has($0) }
            machine.change("NotifySuccess") { state in
                state["Retry"] = [["ErrorEquals": ["States.ALL"], "MaxAttempts": 2]]
                state["Catch"] = [
                    [
                        "ErrorEquals": ["States.ALL"], "Assign": ["failure": "{% $states.errorOutput %}"],
                        "Next": .string(describing ?? ""),
                    ]
                ]
            }
        case .leavesTheStatementRunning:
            machine.pass("FindQuery", by: machine.rules(of: "HasQueryEnded").first)
        case .makesNewTokens:
            for state in ["CreateDatabase", "FindQuery"] {
                machine.change(state) { state in
                    var arguments = state["Arguments"]?.objectValue ?? [:]
                    arguments["ClientRequestToken"] = "{% $uuid() %}"
                    state["Arguments"] = .object(arguments)
                }
            }
        case .believesTheFirstLook:
            for state in ["RollBack", "FindRegistration", "ReadMarkerBeforeDrop"] {
                machine.change(state) { state in
                    state["Retry"] = .array(
                        (state["Retry"]?.arrayValue ?? []).filter {
                            $0["ErrorEquals"]?[0]?.stringValue?.contains("EntityNotFound") != true
                        })
                }
            }
        case .registersOverOthers:
            machine.passOver("CheckLocationIsUnregistered", to: "CheckLocationIsEmpty")
            machine.passOver("CheckLocationIsStillUnregistered", to: "ReadMarkerBeforeUpdate")
        case .retriesNothing: machine.changeAll { state in if state["Catch"] != nil { state["Retry"] = nil } }
        case .answersForOthers:
            machine.passOver("IsNamedAfterRequest", to: "CheckDatabaseNameIsFree")
            machine.passOver("DescribeCreatingExecution", to: "VerifyDatabase")
        case .looksAtNoHistory: machine.passOver("HowFarDidItGet", to: "ReadRequest")
        case .dropsEverythingBelow:
            machine.replaceText(
                "'DROP DATABASE IF EXISTS `' & $request.database & '`'",
                with: "'DROP DATABASE `' & $request.database & '` CASCADE'")
        case .revokesAllAlone:
            machine.change("RevokeCreatorPermissions") { state in
                var arguments = state["Arguments"]?.objectValue ?? [:]
                arguments["Entries"] = .array(
                    [arguments["Entries"]?[0], arguments["Entries"]?[5]].compactMap(\.self))
                state["Arguments"] = .object(arguments)
            }
        case .takesOthersRegistrations:
            machine.passOver("CheckLocationIsStillUnregistered", to: "ReadMarkerBeforeUpdate")
            machine.passOver("ReadMarkerOfRegisteredLocation", to: "ReadRegistration")
            machine.passOver("ReadMarkerBeforeGrantToAccount", to: "GrantToAccount")
        case .keepsEarlierMembers: machine.passOver("HasEarlierMembers", to: "TagMember")
        case .believesEmptyLists:
            for name in ["IsDataLakeAdministrator", "IsCleanroomComplete", "WasMoreCreated", "IsAccountRevoked"] {
                machine.dropFirstRule(name)
            }
        case .duplicatesLookForData:
            machine.replaceText(
                "($mode.repeat = true or $count($unexpectedFacts) = 0)", with: "$count($unexpectedFacts) = 0")
        case .dropsWhatAnotherMarks: machine.takeFirstRule("CompareMarkerBeforeDrop")
        case .takesRefusedListsForEmpty: machine.dropFirstRule("MayAccountGrantsBeMissing")
        case .recoversOnceMore: machine.replaceText("$lost.attempt < 5", with: "$lost.attempt < 6")
        case .sweepsNothingStopped: machine.replaceText("\"status\":\"ABORTED\"", with: "\"status\":\"FAILED\"")
        case .registersInHybridMode:
            machine.replaceText("\"HybridAccessEnabled\":false", with: "\"HybridAccessEnabled\":true")
        case .answersToAnotherPath:
            machine.replaceText(Answer.Path.created, with: Answer.Path.failed)
        case .failsOnLargeDatabases:
            machine.changeAll { state in
                guard state["Resource"]?.stringValue?.hasSuffix(":getDatabase") == true,
                    let catchers = state["Catch"]?.arrayValue
                else { return }
                state["Catch"] = .array(
                    catchers.filter { $0["ErrorEquals"] != [.string(StatesError.dataLimitExceeded)] })
            }
        case .sendsAnswersBeforeCommit, .forgetsTimers, .neverRecovers: break
        }
    }
}

/// The definition of a machine, for planting bugs in it; what is not there is left alone, since a bug may be meant for
/// the other machine.
private struct Definition {
    private(set) var json: JSONValue

    private var states: JSONObject {
        get { json["States"]?.objectValue ?? [:] }
        set {
            var members = json.objectValue ?? [:]
            members["States"] = .object(newValue)
            json = .object(members)
        }
    }

    mutating func change(_ name: String, _ body: (inout JSONObject) -> Void) {
        guard var state = states[name]?.objectValue else { return }
        body(&state)
        states[name] = .object(state)
    }

    mutating func changeAll(_ body: (inout JSONObject) -> Void) {
        for name in Array(states.names) { change(name, body) }
    }

    /// Goes on where the state would be entered, without doing anything in it.
    mutating func passOver(_ name: String, to next: String?) {
        guard let next, states[next] != nil else { return }
        change(name) { $0 = ["Type": "Pass", "Next": .string(next)] }
        dropUnreachable()
    }

    /// Does nothing in a state but what a rule of a choice does.
    mutating func pass(_ name: String, by rule: JSONObject?) {
        guard var state = rule else { return }
        state["Condition"] = nil
        state["Type"] = "Pass"
        change(name) { $0 = state }
        dropUnreachable()
    }

    func has(_ name: String) -> Bool { states[name] != nil }

    func rules(of name: String) -> [JSONObject] {
        (states[name]?["Choices"]?.arrayValue ?? []).compactMap(\.objectValue)
    }

    /// The rule of a choice that leads to a state.
    func rule(of name: String, to next: String) -> JSONObject? {
        rules(of: name).first { $0["Next"]?.stringValue == next }
    }

    /// Takes a choice its first rule.
    mutating func dropFirstRule(_ name: String) {
        change(name) { $0["Choices"] = .array(Array(($0["Choices"]?.arrayValue ?? []).dropFirst())) }
        dropUnreachable()
    }

    /// Has a choice take its first rule whatever there is.
    mutating func takeFirstRule(_ name: String) {
        change(name) { state in
            guard var rule = state["Choices"]?[0]?.objectValue else { return }
            rule["Condition"] = "{% true %}"
            state["Choices"] = [.object(rule)]
        }
        dropUnreachable()
    }

    func next(of name: String) -> String? { states[name]?["Next"]?.stringValue }

    mutating func replaceText(_ text: String, with other: String) {
        guard let changed = try? JSONValue(parsing: json.text.replacing(text, with: other)) else {
            preconditionFailure("the texts have nothing that JSON would have to escape")
        }
        json = changed
    }

    /// A definition is refused where a state cannot be reached any more.
    private mutating func dropUnreachable() {
        var (reached, pending) = (Set<String>(), [json["StartAt"]?.stringValue ?? ""])
        while let name = pending.popLast() {
            guard reached.insert(name).inserted, let state = states[name] else { continue }
            pending += [state["Next"], state["Default"]].compactMap { $0?.stringValue }
            for rule in (state["Choices"]?.arrayValue ?? []) + (state["Catch"]?.arrayValue ?? []) {
                if let next = rule["Next"]?.stringValue { pending.append(next) }
            }
        }
        for name in Array(states.names) where !reached.contains(name) { states[name] = nil }
    }
}
