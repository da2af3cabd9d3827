import SagaKit

extension Workflow {
    /// Makes a cleanroom.
    package static let createCleanroom = Workflow(
        name: "create",
        machine: Machine(
            nameSuffix: "", input: CreateCleanroom.input, assemble: CreateCleanroom.assembled),
        recovery: Machine(
            nameSuffix: RecoverCleanroom.nameSuffix, input: RecoverCleanroom.input,
            assemble: RecoverCleanroom.assembled),
        contract: RoomOutcome.contract,
        deliveryStates: [OutcomeDelivery.State.success, OutcomeDelivery.State.error], undoState: Waypoint.undo)
}
