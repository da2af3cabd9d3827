import CleanroomModel
import CleanroomWorkflows
import SagaKit
import StatesLanguage
import Testing

/// A defect that is planted into the machine that makes cleanrooms, and what is to be told of it.
struct PlantedDefect: Sendable, CustomTestStringConvertible {
    enum Edit: Sendable {
        case set(String, JSONValue)
        case remove(String)
        case rename(String, to: String)
    }

    let what: String
    let edits: [Edit]
    let code: Problem.Code
    let path: String

    init(_ what: String, _ edits: Edit..., code: Problem.Code, at path: String) {
        (self.what, self.edits, self.code, self.path) = (what, edits, code, path)
    }

    var testDescription: String { what }

    func plant(in definition: JSONValue) -> JSONValue {
        edits.reduce(definition) { definition, edit in
            switch edit {
            case .set(let place, let value): definition.setting(place.place, to: value)
            case .remove(let place): definition.setting(place.place, to: nil)
            case .rename(let place, let name): definition.renaming(place.place, to: name)
            }
        }
    }
}

/// Defects of the kind that reach production today, each planted into the compiled machine and refused.
struct PlantedDefectTests {
    private static let names: Set = [
        "AccountId", "ApiAuthorization", "ApiEndpoint", "Bucket", "LocationRoleArn", "Name", "Partition", "Region",
        "RoleArn", "StateMachineArn", "Workgroup",
    ]

    private static func problems(_ definition: JSONValue, _ outline: Outline, _ input: [String]) -> [Problem] {
        MachineCheck(
            outline: outline, input: input, substitutions: names, contract: { ContractCheck($0, $1).problems() }
        ).problems(of: DefinitionReading(definition))
    }

    static let defects: [PlantedDefect] = [
        // What AWS refuses.
        .init(
            "a Next to nowhere", .set("/States/ShareWithCustomer/Next", "ShareWithCustomerLookIntoFailure"),
            code: .unknownTarget, at: "/States/ShareWithCustomer/Next"),
        .init(
            "a Default to nowhere", .set("/States/IsLocationEmpty/Default", "CreateDatabse"), code: .unknownTarget,
            at: "/States/IsLocationEmpty/Default"),
        .init(
            "a catch to nowhere", .set("/States/RegisterLocation/Catch[1]/Next", "RegisterLocationFails"),
            code: .unknownTarget, at: "/States/RegisterLocation/Catch[1]/Next"),
        .init(
            "a rule to nowhere", .set("/States/IsLocationEmpty/Choices[0]/Next", "Refuse"), code: .unknownTarget,
            at: "/States/IsLocationEmpty/Choices[0]/Next"),
        .init("a start that is not there", .set("/StartAt", "TakeRequst"), code: .unknownTarget, at: "/StartAt"),
        .init(
            "a state that nothing leads to", .set("/States/Orphan", ["Type": "Succeed"]), code: .unreachableState,
            at: "/States/Orphan"),
        .init(
            "Next with End", .set("/States/CloseTableDefaults/End", true), code: .conflictingFields,
            at: "/States/CloseTableDefaults"),
        .init(
            "neither Next nor End", .remove("/States/CloseTableDefaults/Next"), code: .missingField,
            at: "/States/CloseTableDefaults"),
        .init(
            "a missing Resource", .remove("/States/GiveAway/Resource"), code: .missingField, at: "/States/GiveAway"),
        .init(
            "a misspelt field", .rename("/States/GiveAway/Parameters", to: "Parmeters"), code: .unknownField,
            at: "/States/GiveAway/Parmeters"),
        .init(
            "a field of another type of state", .set("/States/IsRoomWhole/ResultPath", "$.x"), code: .unknownField,
            at: "/States/IsRoomWhole/ResultPath"),
        .init(
            "a variable that is no path", .set("/States/IsLocationEmpty/Choices[0]/Or[0]/Variable", "objects.count"),
            code: .invalidPath, at: "/States/IsLocationEmpty/Choices[0]/Or[0]/Variable"),
        .init(
            "a result path with a wildcard", .set("/States/ShareWithCustomer/ResultPath", "$.batch[*]"),
            code: .invalidPath, at: "/States/ShareWithCustomer/ResultPath"),
        .init(
            "an unknown intrinsic",
            .set("/States/VerifyCount/Parameters/count.$", "States.ToNumber($.tries.Verify.count)"),
            code: .invalidIntrinsic, at: "/States/VerifyCount/Parameters/count.$"),
        .init(
            "a wrong number of arguments",
            .set("/States/CreateDatabase/Parameters/ClientRequestToken.$", "States.Hash($.execution.id)"),
            code: .invalidIntrinsic, at: "/States/CreateDatabase/Parameters/ClientRequestToken.$"),
        .init(
            "a quote that is not escaped",
            .set(
                "/States/CreateDatabase/Parameters/QueryString.$",
                "States.Format('CREATE DATABASE `{}` COMMENT '{}'', $.request.database, $.room.marker)"),
            code: .invalidIntrinsic, at: "/States/CreateDatabase/Parameters/QueryString.$"),
        .init(
            "an intrinsic that is not closed",
            .set("/States/DropDatabase/Parameters/ClientRequestToken.$", "States.UUID("), code: .invalidIntrinsic,
            at: "/States/DropDatabase/Parameters/ClientRequestToken.$"),
        .init(
            "an unknown strategy of jitter", .set("/States/GiveAway/Retry[0]/JitterStrategy", "PARTIAL"),
            code: .invalidField, at: "/States/GiveAway/Retry[0]/JitterStrategy"),
        .init(
            "a cap of nothing", .set("/States/GiveAway/Retry[0]/MaxDelaySeconds", 0), code: .invalidField,
            at: "/States/GiveAway/Retry[0]/MaxDelaySeconds"),
        .init(
            "States.ALL before others", .set("/States/GiveAway/Retry[0]/ErrorEquals", ["States.ALL"]),
            code: .invalidField, at: "/States/GiveAway/Retry[0]/ErrorEquals"),
        .init(
            "a computed member with a literal", .set("/States/DescribeError/Parameters/requestId.$", ["text": ""]),
            code: .invalidPath, at: "/States/DescribeError/Parameters/requestId.$"),
        .init(
            "an expression that does not read",
            .set("/States/ValidateRequest/Choices[1]/Condition", "{% $states.input. %}"), code: .invalidJSONata,
            at: "/States/ValidateRequest/Choices[1]/Condition"),
        // What AWS takes, and what fails at night.
        .init("a task without a catch", .remove("/States/GiveAway/Catch"), code: .noCatch, at: "/States/GiveAway"),
        .init(
            "a task without a time-out", .remove("/States/CreateDatabase/TimeoutSeconds"), code: .noTimeout,
            at: "/States/CreateDatabase"),
        .init(
            "a choice without a default", .remove("/States/IsLocationEmpty/Default"), code: .noDefault,
            at: "/States/IsLocationEmpty"),
        .init(
            "a lost .$", .rename("/States/RegisterLocation/Parameters/ResourceArn.$", to: "ResourceArn"),
            code: .lostDollar, at: "/States/RegisterLocation/Parameters/ResourceArn"),
        .init(
            "a misspelt action",
            .set(
                "/States/GiveAway/Resource", "arn:${Partition}:states:::aws-sdk:lakeformation:batchRevokePermission"),
            code: .unknownAction, at: "/States/GiveAway/Resource"),
        .init(
            "a misspelt parameter",
            .rename("/States/ShareWithCustomer/Parameters/Entries[0]/Permissions", to: "Permission"),
            code: .unknownParameter, at: "/States/ShareWithCustomer/Parameters/Entries[0]/Permission"),
        .init(
            "a permission that is none",
            .set("/States/ShareWithCustomer/Parameters/Entries[0]/Permissions[0]", "DATA_LOCATION_ACESS"),
            code: .invalidParameter, at: "/States/ShareWithCustomer/Parameters/Entries[0]/Permissions[0]"),
        .init(
            "an error that the service does not give",
            .set("/States/LookForDatabase/Catch[0]/ErrorEquals[0]", "Glue.EntityNotFound"), code: .unknownError,
            at: "/States/LookForDatabase/Catch[0]/ErrorEquals[0]"),
        .init(
            "a result that is dropped and read later", .set("/States/LookForObjects/ResultPath", .null),
            .remove("/States/LookForObjects/ResultSelector"),
            .set("/States/IsLocationEmpty/Choices[0]/Or[0]/Variable", "$.KeyCount"), code: .droppedResult,
            at: "/States/IsLocationEmpty/Choices[0]/Or[0]/Variable"),
        .init(
            "an error that is put where nothing reads it",
            .set("/States/LookForObjects/Catch[0]/ResultPath", "$.failurex"), code: .unreadResult,
            at: "/States/LookForObjects/Catch[0]/ResultPath"),
        .init(
            "a rule that asks whether something is not", .set("/States/IsRepeat/Choices[1]/BooleanEquals", false),
            code: .contractBroken, at: "/States/IsRepeat/Choices[1]/BooleanEquals"),
        .init(
            "a mark that is set the other way", .set("/States/FollowFirst/Parameters/repeat", false),
            code: .contractBroken, at: "/States/FollowFirst/Parameters"),
        .init(
            "a result that replaces everything", .remove("/States/LookForObjects/ResultPath"), code: .pathNotThere,
            at: "/States/IsLocationEmpty/Choices[0]/Or[0]/Variable"),
        .init(
            "data that is not laid out", .remove("/States/ValidateRequest/Choices[5]/Output/left"), code: .pathNotThere,
            at: "/States/DescribeError/Parameters/error/cause.$"),
        .init(
            "a path into what an action does not give",
            .set("/States/LookForObjects/ResultSelector/count.$", "$.KeyCuont"), code: .pathNotThere,
            at: "/States/LookForObjects/ResultSelector/count.$"),
        .init(
            "failures that nobody looks at", .set("/States/DismissEverybody/ResultPath", .null),
            code: .failuresNotRead, at: "/States/DismissEverybody"),
        .init(
            "a substitution without a value", .set("/States/LookForObjects/Parameters/Bucket", "${Buckte}"),
            code: .undefinedSubstitution, at: "/States/LookForObjects/Parameters/Bucket"),
        // What a saga is not.
        .init(
            "an effect that nothing takes back",
            .set(
                "/States/LookForLocation/Resource", "arn:${Partition}:states:::aws-sdk:lakeformation:registerResource"),
            code: .sagaNoUndo, at: "/States/LookForLocation"),
        .init(
            "an error that is told and not undone", .set("/States/MayShareWithCustomerFailed/Next", "DescribeError"),
            code: .sagaNoUndo, at: "/States/MayShareWithCustomer"),
        .init(
            "an end that tells nothing", .set("/States/RefuseRegisteredLocation/Next", "NotCreated"),
            code: .sagaNoOutcome, at: "/States/NotCreated"),
        .init(
            "an end that tells two outcomes", .set("/States/TellSuccess/Next", "DescribeError"),
            code: .sagaTwoOutcomes, at: "/States/NotCreated"),
        .init(
            "an effect after the pivot", .set("/States/DescribeOutcome/Next", "GiveAway"), code: .sagaEffectAfterPivot,
            at: "/States/GiveAway"),
        .init(
            "a step that is left out", .set("/States/TagMember/Next", "RememberRegistering"),
            code: .sagaStepBypassed, at: "/States/MayDismissEverybody"),
        .init(
            "a step that is done twice", .set("/States/ShareWithCustomer/Catch[0]/Next", "RememberRegistering"),
            code: .sagaStepRepeated, at: "/States/RememberRegistering"),
        .init(
            "an undo that is left out", .set("/States/RememberRegistered/Next", "IsThereARegistration"),
            code: .sagaStepBypassed, at: "/States/IsThereAShare"),
        .init(
            "a way into the middle of a step",
            .set("/States/RegisterLocation/Next", "ShareWithCustomerLookIntoFailures"),
            code: .sagaSideDoor, at: "/States/RegisterLocation/Next"),
        .init(
            "the wrong words", .set("/States/RegisterLocation/Catch[1]/Next", "ShareWithCustomerFailed"),
            code: .sagaWrongComplaint, at: "/States/RegisterLocation/Catch[1]/Next"),
        .init(
            "a task without a retry", .remove("/States/RegisterLocation/Retry"), code: .sagaNoRetry,
            at: "/States/RegisterLocation/Retry"),
        .init(
            "a retry without jitter", .remove("/States/RegisterLocation/Retry[0]/JitterStrategy"), code: .sagaNoJitter,
            at: "/States/RegisterLocation/Retry[0]"),
        .init(
            "an answer that is given up at once", .set("/States/TellError/Retry[0]/MaxAttempts", 3), code: .sagaNoRetry,
            at: "/States/TellError/Retry"),
        // What a cleanroom is not.
        .init(
            "a room that guards only those who opt in",
            .set("/States/RegisterLocation/Parameters/HybridAccessEnabled", true), code: .contractBroken,
            at: "/States/RegisterLocation/Parameters/HybridAccessEnabled"),
        .init(
            "more than the customer is to have",
            .set("/States/ShareWithCustomer/Parameters/Entries[1]/Permissions", ["ALL"]), code: .contractBroken,
            at: "/States/ShareWithCustomer/Parameters/Entries"),
        .init(
            "a statement that adopts a stranger's database",
            .set(
                "/States/CreateDatabase/Parameters/QueryString.$",
                "States.Format('CREATE DATABASE IF NOT EXISTS `{}`', $.request.database)"), code: .contractBroken,
            at: "/States/CreateDatabase/Parameters/QueryString.$"),
        .init(
            "an answer to somewhere else",
            .set("/States/TellSuccess/Parameters/ApiEndpoint", "https://${ApiEndpoint}/api/latest/ocean/created"),
            code: .contractBroken, at: "/States/TellSuccess/Parameters"),
        .init(
            "a message that callers do not know",
            .set("/States/RefuseFilledLocation/Parameters/message", "LocationFilled"), code: .contractBroken,
            at: "/States/RefuseFilledLocation/Parameters/message"),
        .init(
            "a name of any length",
            .set(
                "/States/ValidateRequest/Choices[3]/Condition",
                "{% $not($type($states.input.database) = 'string' and $contains($states.input.database, /^[a-z]/)) %}"),
            code: .contractBroken, at: "/States/ValidateRequest"),
        .init(
            "a condition that has an error for some requests",
            .set("/States/ValidateRequest/Choices[1]/Condition", "{% $length($states.input.account) != 12 %}"),
            code: .contractBroken, at: "/States/ValidateRequest"),
        // Ways and names that lead to nothing wrong in most runs.
        .init(
            "a look at the marker that leads back to itself",
            .set("/States/MayShareWithCustomerReadOwner/Choices[1]/Next", "MayShareWithCustomer"),
            code: .sagaStepRepeated,
            at: "/States/MayShareWithCustomer"),
        .init(
            "a success past what verifies it",
            .set("/States/ListMorePermissions/Catch[1]/Next", "DescribeOutcome"), code: .sagaSideDoor,
            at: "/States/ListMorePermissions/Catch[1]/Next"),
        .init(
            "another account's room that is spoken of",
            .set("/States/IsRoomWhole/Choices[0]/Next", "MayReadAgain"), code: .contractBroken,
            at: "/States/ReadRoom"),
        .init(
            "a database that is said to be kept and is another's",
            .set("/States/IsThereMore/Default", "KeepAnchor"), code: .sagaSideDoor,
            at: "/States/IsThereMore/Default"),
        .init(
            "a choice that decides nothing",
            .set("/States/AreUnsharedLocationGrantsMissing/Choices[0]/Next", "KeepNoUnsharedLocationGrants"),
            code: .contractBroken,
            at: "/States/AreUnsharedLocationGrantsMissing"),
        .init(
            "a list that is read and not kept",
            .set("/States/AreUnsharedTablesGrantsRead/Default", "KeepNoUnsharedTablesGrants"), code: .sagaSideDoor,
            at: "/States/AreUnsharedTablesGrantsRead/Default"),
        .init(
            "a drop of what bears no marker",
            .set("/States/MayDropDatabaseReadMarker/Default", "DropDatabase"), code: .sagaSideDoor,
            at: "/States/MayDropDatabaseReadMarker/Default"),
        .init(
            "a drop of what bears another's marker",
            .set("/States/MayDropDatabaseReadOwner/Choices[1]/Next", "RegainDrop"), code: .contractBroken,
            at: "/States/MayDropDatabaseReadOwner/Choices[1]/Next"),
        .init(
            "a statement that has ended and is followed by another undoing",
            .set("/States/HasDropQueryEnded/Choices[0]/Next", "IsThereMore"), code: .sagaSideDoor,
            at: "/States/HasDropQueryEnded/Choices[0]/Next"),
        .init(
            "a wait that goes on elsewhere",
            .set("/States/AwaitDropQueryWait/Next", "ReadDropSettings"), code: .sagaStepBypassed,
            at: "/States/AwaitDropQueryWait/Next"),
        .init(
            "a page after which none is asked for",
            .set("/States/KeepRestDatabaseGrants/Next", "KeepMoreRestDatabaseGrants"), code: .contractBroken,
            at: "/States/KeepRestDatabaseGrants/Next"),
        .init(
            "a registration that could not be read and is taken for its own",
            .set("/States/RememberUnknownRegistration/Parameters/isRegistered", true), code: .contractBroken,
            at: "/States/RememberUnknownRegistration"),
        .init(
            "another's database that is not noted as that",
            .set("/States/RememberMayUnshareReplaced/Parameters/isReplaced", false), code: .contractBroken,
            at: "/States/RememberMayUnshareReplaced"),
        .init(
            "a name that no reply has",
            .set("/States/LookForFirst/ResultSelector/errors.$", "$..Errorx"), code: .contractBroken,
            at: "/States/LookForFirst/ResultSelector/errors.$"),
        .init(
            "a folder's mark that is taken for content",
            .set(
                "/States/ReadObjects/Assign/actualFacts",
                "{% [$actualFacts, $states.result.KeyCount = 0 ? [] : ['there are objects']] %}"),
            code: .contractBroken, at: "/States/ReadRoom"),
        .init(
            "a grant that is not looked for",
            .set(
                "/States/CompareRoom/Assign/missingFacts",
                "{% [$filter($wantedFacts, function($fact) { $not($fact in $actualFacts or $contains($fact, 'SELECT')) })] %}"
            ), code: .contractBroken, at: "/States/ReadRoom"),
        .init(
            "a marker that could not be read and is looked at",
            .set("/States/MayShareWithCustomer/Catch[1]/Next", "MayShareWithCustomerReadMarker"), code: .contractBroken,
            at: "/States/MayShareWithCustomer/Catch[1]/Next"),
        .init(
            "a list that could not be read and is taken for empty",
            .set("/States/ReadUnsharedLocationGrants/Catch[1]/Next", "KeepNoUnsharedLocationGrants"),
            code: .contractBroken,
            at: "/States/ReadUnsharedLocationGrants/Catch[1]/Next"),
        .init(
            "a share on another's database that is looked at as done",
            .set("/States/MayShareWithCustomerReadOwner/Default", "ShareWithCustomerLookIntoFailures"),
            code: .sagaSideDoor,
            at: "/States/MayShareWithCustomerReadOwner/Default"),
        .init(
            "an error that ends without being told",
            .set("/States/DropDatabase/Catch[0]/Next", "RequestIdReused"), code: .sagaNoOutcome,
            at: "/States/DropDatabase/Catch[0]/Next"),
        .init(
            "a statement that is not stopped",
            .set("/States/HasDropFailed/Default", "RememberDropStopped"), code: .sagaSideDoor,
            at: "/States/HasDropFailed/Default"),
    ]

    /// Defects of the machine that recovers.
    static let recoveryDefects: [PlantedDefect] = [
        .init(
            "an event that queues nothing",
            .remove("/States/TakeEvent/Parameters/queue"), code: .contractBroken,
            at: "/States/TakeEvent/Parameters"),
        .init(
            "a list that a sweep leaves out",
            .set("/States/TakeSweep/Parameters/lists/items[4]/status", "TIMEDOUT"), code: .contractBroken,
            at: "/States/TakeSweep/Parameters"),
        .init(
            "one recovery more",
            .set("/States/MayRecoverAgain/Choices[0]/And[4]/NumericLessThan", 6), code: .contractBroken,
            at: "/States/MayRecoverAgain/Choices[0]/And[4]/NumericLessThan"),
        .init(
            "a refusal under a requestId of which nobody has asked whose it is",
            .set("/States/ValidateRecoveredRequest/Choices[1]/Next", "DescribeError"), code: .contractBroken,
            at: "/States/ValidateRecoveredRequest"),
        .init(
            "a sweep that leaves the rest of the lists out",
            .set("/States/TakeRest/Parameters/lists", [:]), code: .contractBroken,
            at: "/States/TakeRest/Parameters"),
        .init(
            "a page of a history that is not looked at",
            .set("/States/ReadEventBefore/Next", "IsAnyHistoryLeft"), code: .contractBroken,
            at: "/States/ReadEventBefore/Next"),
        .init(
            "a history that is read again for ever",
            .set("/States/TakeHistoryBefore/InputPath", "$.histories"), code: .sagaStepRepeated,
            at: "/States/ReadHistory"),
        .init(
            "a lost recovery whose history is not read",
            .remove("/States/CountRecovery/Parameters/histories/before.$"), code: .contractBroken,
            at: "/States/CountRecovery/Parameters"),
        .init(
            "a variable that nothing reads",
            .set("/States/ReadObjects/Assign/pageTokene", .array([])), code: .unreadResult,
            at: "/States/ReadObjects/Assign/pageTokene"),
        .init(
            "a member that no listed execution has",
            .set("/States/IsUnreadableARecovery/Choices[0]/Variable", "$.queue.items[0].Arn"), code: .contractBroken,
            at: "/States/IsUnreadableARecovery/Choices[0]/Variable"),
        .init(
            "a milestone that is read on past",
            .set("/States/WhatHappened/Choices[1]/Next", "ReadEventBefore"), code: .contractBroken,
            at: "/States/WhatHappened/Choices[1]/Next"),
        .init(
            "another milestone that is gone on from",
            .set("/States/WhatHappenedInEvent/Choices[5]/Next", "KeepTellSuccess"), code: .contractBroken,
            at: "/States/WhatHappenedInEvent/Choices[5]/Next"),
        .init(
            "data of another milestone",
            .set("/States/ResumeTellSuccess/Next", "ResumeRegisterLocation"), code: .sagaSideDoor,
            at: "/States/ResumeTellSuccess/Next"),
        .init(
            "a bad account that is called the provider's",
            .set(
                "/States/ValidateRecoveredRequest/Choices[1]/Output/error/cause",
                "account is missing or is not exactly 12 digits, and not those of the provider's own account"),
            code: .contractBroken, at: "/States/ValidateRecoveredRequest"),
        .init(
            "another execution's room that is taken for its own",
            .set("/States/LookForDatabaseReadOwner/Choices[1]/Next", "ResumeOwn"), code: .contractBroken,
            at: "/States/LookForDatabaseReadOwner/Choices[1]/Next"),
        .init(
            "a repeat that begins anew",
            .set("/States/WhatCameOfFirst/Choices[1]/Next", "MayRequestBeRead"), code: .sagaStepRepeated,
            at: "/States/MayRequestBeRead"),
        .init(
            "an error that is told for another",
            .set("/States/MayDropDatabaseReadMarker/Default", "RefuseUnreadableRequest"), code: .sagaSideDoor,
            at: "/States/MayDropDatabaseReadMarker/Default"),
        .init(
            "a number of recoveries that is forgotten",
            .remove("/States/TakeExecution/Parameters/execution/attempts.$"), code: .contractBroken,
            at: "/States/TakeExecution/Parameters"),
        .init(
            "a page that is read again for ever",
            .set("/States/ArePermissionsListed/Choices[1]/Assign/pendingResources", "{% $pendingResources %}"),
            code: .sagaStepRepeated, at: "/States/ListPermissions"),
        .init(
            "a choice that leads back to itself",
            .set("/States/UndoReadOwner/Default", "UndoReadOwner"), code: .sagaStepRepeated,
            at: "/States/UndoReadOwner"),
    ]

    @Test(arguments: defects)
    func `a defect planted into the compiled machine is refused, with its code and place`(defect: PlantedDefect) {
        expect(defect, in: CreateCleanroom.assembled(), CreateCleanroom.input)
    }

    @Test(arguments: recoveryDefects)
    func `a defect planted into the machine that recovers is refused, with its code and place`(defect: PlantedDefect) {
        expect(defect, in: RecoverCleanroom.assembled(), RecoverCleanroom.input)
    }

    private func expect(_ defect: PlantedDefect, in assembled: Assembled, _ input: [String]) {
        let definition = defect.plant(in: assembled.definition)
        #expect(definition != assembled.definition)
        let problems = Self.problems(definition, assembled.outline, input)
        let isFound = problems.contains { $0.code == defect.code && $0.path.description == defect.path }
        #expect(isFound, "\(problems)")
    }

    /// Either change is no defect by itself: what tells is that the other machine does it as before.
    @Test(arguments: [
        PlantedDefect.Edit.set("/States/HasQueryEnded/Choices[1]/NumericLessThan", 8),
        .set("/States/MayDropAgain/Choices[0]/NumericLessThan", 6),
        .set("/States/ReadUnsharedTablesGrants/Catch[1]/Next", "IsThereAShareLeaves"),
    ])
    func `what both machines do and one does in another way is told`(edit: PlantedDefect.Edit) {
        let (create, recovery) = (CreateCleanroom.definition(), RecoverCleanroom.definition())
        let shared = SharedStates(create, recovery)
        #expect(shared.names.count > 150)
        #expect(shared.problems() == [])
        let defect = PlantedDefect("", edit, code: .contractBroken, at: "")
        let problems = SharedStates(create, defect.plant(in: recovery)).problems()
        #expect(problems.map(\.code) == [.contractBroken])
        #expect(SharedStates(defect.plant(in: create), recovery).problems() == problems)
    }

    @Test func `a state that comes twice in the text is refused`() {
        let text = CreateCleanroom.definition().text
        let twice = text.replacing(#""Created":{"#, with: #""Created":{"Type":"Succeed"},"Created":{"#)
        #expect(twice != text)
        let errors = DefinitionReading(parsing: twice).errors
        #expect(errors.map(\.code) == [.duplicateName])
        #expect(errors.map(\.path.description) == ["/States/Created"])
    }

    @Test func `the compiled machines have none`() {
        for machine in Workflows.all.flatMap(\.machines) {
            let assembled = machine.assemble()
            #expect(Self.problems(assembled.definition, assembled.outline, machine.input) == [])
        }
    }

    @Test func `every code of a saga is planted`() {
        let planted = Set(Self.defects.map(\.code))
        let codes = Problem.Code.allCases.filter {
            $0.rawValue.hasPrefix("SAGA_") || $0.rawValue.hasPrefix("CONTRACT_")
        }
        #expect(planted.isSuperset(of: codes))
        #expect(Self.defects.count >= 50)
    }
}
