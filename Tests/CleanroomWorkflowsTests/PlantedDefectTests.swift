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
        MachineCheck(outline: outline, input: input, substitutions: names)
            .problems(of: DefinitionReading(definition))
    }

    static let defects: [PlantedDefect] = [
        // What AWS refuses.
        .init(
            "a Next to nowhere", .set("/States/GrantToAccount/Next", "CheckGrantsToAccount"),
            code: .unknownTarget, at: "/States/GrantToAccount/Next"),
        .init(
            "a Default to nowhere", .set("/States/IsLocationEmpty/Default", "CreateDatabse"), code: .unknownTarget,
            at: "/States/IsLocationEmpty/Default"),
        .init(
            "a catch to nowhere", .set("/States/RegisterLocation/Catch[1]/Next", "RegisterLocationFails"),
            code: .unknownTarget, at: "/States/RegisterLocation/Catch[1]/Next"),
        .init(
            "a rule to nowhere", .set("/States/IsLocationEmpty/Choices[0]/Next", "Refuse"), code: .unknownTarget,
            at: "/States/IsLocationEmpty/Choices[0]/Next"),
        .init("a start that is not there", .set("/StartAt", "ValidateRequst"), code: .unknownTarget, at: "/StartAt"),
        .init(
            "a state that nothing leads to", .set("/States/Orphan", ["Type": "Succeed"]), code: .unreachableState,
            at: "/States/Orphan"),
        .init(
            "Next with End", .set("/States/ClearTableDefaultPermissions/End", true), code: .conflictingFields,
            at: "/States/ClearTableDefaultPermissions"),
        .init(
            "neither Next nor End", .remove("/States/ClearTableDefaultPermissions/Next"), code: .missingField,
            at: "/States/ClearTableDefaultPermissions"),
        .init(
            "a missing Resource", .remove("/States/RevokeCreatorPermissions/Resource"), code: .missingField,
            at: "/States/RevokeCreatorPermissions"),
        .init(
            "a misspelt field", .rename("/States/RevokeCreatorPermissions/Arguments", to: "Argments"),
            code: .unknownField, at: "/States/RevokeCreatorPermissions/Argments"),
        .init(
            "a field of another type of state", .set("/States/IsCleanroomComplete/Seconds", 1), code: .unknownField,
            at: "/States/IsCleanroomComplete/Seconds"),
        .init(
            "a field of the other language", .set("/States/RevokeBeforeDrop/ResultPath", "$.batch"),
            code: .unknownField, at: "/States/RevokeBeforeDrop/ResultPath"),
        .init(
            "an unknown strategy of jitter",
            .set("/States/RevokeCreatorPermissions/Retry[0]/JitterStrategy", "PARTIAL"),
            code: .invalidField, at: "/States/RevokeCreatorPermissions/Retry[0]/JitterStrategy"),
        .init(
            "a cap of nothing", .set("/States/RevokeCreatorPermissions/Retry[0]/MaxDelaySeconds", 0),
            code: .invalidField, at: "/States/RevokeCreatorPermissions/Retry[0]/MaxDelaySeconds"),
        .init(
            "States.ALL before others", .set("/States/RevokeCreatorPermissions/Retry[0]/ErrorEquals", ["States.ALL"]),
            code: .invalidField, at: "/States/RevokeCreatorPermissions/Retry[0]/ErrorEquals"),
        .init(
            "an expression that does not read",
            .set("/States/ValidateRequest/Choices[1]/Condition", "{% $states.input. %}"), code: .invalidJSONata,
            at: "/States/ValidateRequest/Choices[1]/Condition"),
        .init(
            "a reply where there is none",
            .set("/States/IsLocationEmpty/Choices[0]/Condition", "{% $states.result.KeyCount = 0 %}"),
            code: .unsupportedJSONata, at: "/States/IsLocationEmpty/Choices[0]/Condition"),
        // What AWS takes, and what fails at night.
        .init(
            "a task without a catch", .remove("/States/RevokeCreatorPermissions/Catch"), code: .noCatch,
            at: "/States/RevokeCreatorPermissions"),
        .init(
            "a task without a time-out", .remove("/States/CreateDatabase/TimeoutSeconds"), code: .noTimeout,
            at: "/States/CreateDatabase"),
        .init(
            "a choice that may hold nothing", .remove("/States/IsAnythingLeft/Choices[1]"), code: .noDefault,
            at: "/States/IsAnythingLeft"),
        .init(
            "a misspelt action",
            .set(
                "/States/RevokeCreatorPermissions/Resource",
                "arn:${Partition}:states:::aws-sdk:lakeformation:batchRevokePermission"),
            code: .unknownAction, at: "/States/RevokeCreatorPermissions/Resource"),
        .init(
            "a misspelt parameter",
            .rename("/States/GrantToAccount/Arguments/Entries[0]/Permissions", to: "Permission"),
            code: .unknownParameter, at: "/States/GrantToAccount/Arguments/Entries[0]/Permission"),
        .init(
            "a permission that is none",
            .set("/States/GrantToAccount/Arguments/Entries[0]/Permissions[0]", "DATA_LOCATION_ACESS"),
            code: .invalidParameter, at: "/States/GrantToAccount/Arguments/Entries[0]/Permissions[0]"),
        .init(
            "an error that the service does not give",
            .set("/States/CheckDatabaseNameIsFree/Catch[0]/ErrorEquals[0]", "Glue.EntityNotFound"), code: .unknownError,
            at: "/States/CheckDatabaseNameIsFree/Catch[0]/ErrorEquals[0]"),
        .init(
            "a variable that nothing reads",
            .set("/States/VerifyObjects/Assign/pageTokene", .array([])), code: .unreadResult,
            at: "/States/VerifyObjects/Assign/pageTokene"),
        .init(
            "a variable that is assigned on no way",
            .remove("/States/ValidateRequest/Choices[4]/Assign/left"), code: .pathNotThere,
            at: "/States/IsLocationEmpty/Choices[0]/Output/left"),
        .init(
            "a substitution without a value", .set("/States/CheckLocationIsEmpty/Arguments/Bucket", "${Buckte}"),
            code: .undefinedSubstitution, at: "/States/CheckLocationIsEmpty/Arguments/Bucket"),
        // What a saga is not.
        .init(
            "an effect that nothing takes back",
            .set(
                "/States/CheckLocationIsUnregistered/Resource",
                "arn:${Partition}:states:::aws-sdk:lakeformation:registerResource"),
            code: .sagaNoUndo, at: "/States/CheckLocationIsUnregistered"),
        .init(
            "an error that is told and not rolled back",
            .set("/States/MayRetryGrantToAccount/Choices[1]/Next", "DescribeError"),
            code: .sagaNoUndo, at: "/States/ReadMarkerBeforeGrantToAccount"),
        .init(
            "an end that tells nothing", .set("/States/CheckLocationIsUnregistered/Next", "NotCreated"),
            code: .sagaNoOutcome, at: "/States/NotCreated"),
        .init(
            "an end that tells two outcomes", .set("/States/NotifySuccess/Next", "DescribeError"),
            code: .sagaTwoOutcomes, at: "/States/NotCreated"),
        .init(
            "an effect after the pivot", .set("/States/NotifySuccess/Next", "RevokeCreatorPermissions"),
            code: .sagaEffectAfterPivot, at: "/States/RevokeCreatorPermissions"),
        .init(
            "a step that is left out", .set("/States/TagMember/Next", "RegisterLocation"),
            code: .sagaStepBypassed, at: "/States/ReadMarkerBeforeRevokeIAMAllowedPrincipals"),
        .init(
            "a step that is done twice", .set("/States/GrantToAccount/Catch[0]/Next", "RegisterLocation"),
            code: .sagaStepRepeated, at: "/States/RegisterLocation"),
        .init(
            "a rollback that is left out",
            .set("/States/WhoseRegistrationIsIt/Choices[0]/Next", "IsLocationToDeregister"),
            code: .sagaStepBypassed, at: "/States/MayAccountHaveGrants"),
        .init(
            "a way into the middle of a step", .set("/States/RegisterLocation/Next", "CheckGrantToAccount"),
            code: .sagaSideDoor, at: "/States/RegisterLocation/Next"),
        .init(
            "a task without a retry", .remove("/States/RegisterLocation/Retry"), code: .sagaNoRetry,
            at: "/States/RegisterLocation/Retry"),
        .init(
            "a retry without jitter", .remove("/States/RegisterLocation/Retry[0]/JitterStrategy"), code: .sagaNoJitter,
            at: "/States/RegisterLocation/Retry[0]"),
        .init(
            "an answer that is given up at once", .set("/States/NotifyError/Retry[0]/MaxAttempts", 3),
            code: .sagaNoRetry, at: "/States/NotifyError/Retry"),
        // What is done in another way than elsewhere.
        .init(
            "a marker that is read from another member",
            .set("/States/ReadMarkerBeforeDrop/Assign/marker", "{% $states.result.Database %}"), code: .contractBroken,
            at: "/States/ReadMarkerBeforeDrop/Assign/marker"),
        .init(
            "a marker that is compared with another execution",
            .set("/States/CompareMarkerBeforeDrop/Choices[0]/Condition", "{% $exists($marker.execution) %}"),
            code: .contractBroken, at: "/States/CompareMarkerBeforeDrop/Choices[0]/Condition"),
        .init(
            "an error that is kept in part",
            .set("/States/ReadMarkerBeforeDrop/Catch[2]/Assign/failure", "{% $states.errorOutput.Error %}"),
            code: .contractBroken, at: "/States/ReadMarkerBeforeDrop/Catch[2]/Assign/failure"),
        // Ways that lead to nothing wrong in most runs.
        .init(
            "a look at the marker that leads back to itself",
            .set("/States/CompareMarkerBeforeGrantToAccount/Choices[1]/Next", "ReadMarkerBeforeGrantToAccount"),
            code: .sagaStepRepeated, at: "/States/ReadMarkerBeforeGrantToAccount"),
        .init(
            "a success past what verifies it", .set("/States/ListMorePermissions/Catch[1]/Next", "NotifySuccess"),
            code: .sagaSideDoor, at: "/States/ListMorePermissions/Catch[1]/Next"),
        .init(
            "a list that is read and not kept",
            .set("/States/AreAllAccountGrantsListed/Choices[2]/Next", "MayAccountGrantsBeMissing"),
            code: .sagaSideDoor, at: "/States/AreAllAccountGrantsListed/Choices[2]/Next"),
        .init(
            "a drop of what bears no marker",
            .set("/States/CompareMarkerBeforeDrop/Choices[1]/Next", "DropDatabase"), code: .sagaSideDoor,
            at: "/States/CompareMarkerBeforeDrop/Choices[1]/Next"),
        .init(
            "a statement that has ended and is followed by another rollback",
            .set("/States/HasDropQueryEnded/Choices[0]/Next", "IsEverythingElseRolledBack"), code: .sagaStepRepeated,
            at: "/States/IsEverythingElseRolledBack"),
        .init(
            "a wait that goes on elsewhere", .set("/States/WaitForDropQuery/Next", "ReadSettingsToDrop"),
            code: .sagaStepBypassed, at: "/States/WaitForDropQuery/Next"),
        .init(
            "a page after which none is asked for",
            .set("/States/AreAllRemainingGrantsListed/Choices[0]/Next", "ListRemainingGrants"),
            code: .sagaStepRepeated, at: "/States/ListRemainingGrants"),
        .init(
            "a grant on another's database that is looked at as done",
            .set("/States/CompareMarkerBeforeGrantToAccount/Choices[1]/Next", "CheckGrantToAccount"),
            code: .sagaSideDoor, at: "/States/CompareMarkerBeforeGrantToAccount/Choices[1]/Next"),
        .init(
            "an error that ends without being told", .set("/States/DropDatabase/Catch[0]/Next", "RequestIdReused"),
            code: .sagaNoOutcome, at: "/States/DropDatabase/Catch[0]/Next"),
        .init(
            "a statement that is not stopped", .set("/States/DropDatabase/Catch[0]/Next", "HasDropQueryEnded"),
            code: .sagaSideDoor, at: "/States/DropDatabase/Catch[0]/Next"),
        .init(
            "a wait that does not count", .remove("/States/WaitToRetryDrop/Assign/dropTries"), code: .sagaStepRepeated,
            at: "/States/ReadSettingsToDrop"),
    ]

    /// Defects of the machine that recovers.
    static let recoveryDefects: [PlantedDefect] = [
        .init(
            "a history that is read again for ever",
            .set("/States/HowFarDidItGet/Choices[8]/Assign/histories", "{% $histories %}"), code: .sagaStepRepeated,
            at: "/States/ReadHistory"),
        .init(
            "a duplicate that begins anew", .set("/States/HowDidFirstExecutionEnd/Choices[2]/Next", "MayRequestBeRead"),
            code: .sagaStepRepeated, at: "/States/MayRequestBeRead"),
        .init(
            "a page that is read again for ever",
            .set("/States/AreAllPermissionsListed/Choices[1]/Assign/pendingResources", "{% $pendingResources %}"),
            code: .sagaStepRepeated, at: "/States/ListPermissions"),
        .init(
            "a choice that leads back to itself",
            .set("/States/CompareMarkerToRollBack/Choices[2]/Next", "CompareMarkerToRollBack"), code: .sagaStepRepeated,
            at: "/States/CompareMarkerToRollBack"),
        .init(
            "an execution that is looked at again for ever",
            .set("/States/NeedsRecovery/Choices[0]/Assign/queue", "{% $queue %}"), code: .sagaStepRepeated,
            at: "/States/DescribeQueuedExecution"),
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
        PlantedDefect.Edit.set("/States/HasQueryEnded/Choices[1]/Condition", "{% $queryLooks < 8 %}"),
        .set("/States/MayRetryDrop/Choices[0]/Condition", "{% $dropTries < 6 %}"),
        .set("/States/ListAccountGrants/Catch[1]/Next", "IsLocationToDeregister"),
    ])
    func `what both machines do and one does in another way is told`(edit: PlantedDefect.Edit) {
        let (create, recovery) = (CreateCleanroom.definition(), RecoverCleanroom.definition())
        let shared = SharedStates(create, recovery)
        #expect(shared.names.count > 70)
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
            $0.rawValue.hasPrefix("SAGA_")
        }
        #expect(planted.isSuperset(of: codes))
        #expect(Self.defects.count >= 50)
    }
}
