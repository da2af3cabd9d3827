import SagaKit

extension Workflow {
    /// Makes a cleanroom.
    package static let createCleanroom = Workflow(
        name: "create",
        machine: Machine(
            nameSuffix: "", input: CreateCleanroom.input, assemble: CreateCleanroom.assembled,
            contractProblems: { ContractCheck($0, $1).problems() }),
        recovery: Machine(
            nameSuffix: RecoverCleanroom.nameSuffix, input: RecoverCleanroom.input,
            assemble: RecoverCleanroom.assembled,
            contractProblems: { ContractCheck($0, $1).problems() }),
        contract: RoomOutcome.contract,
        deliveryStates: [OutcomeDelivery.State.success, OutcomeDelivery.State.error], undoState: Waypoint.undo)
}
