/// How far an execution had come, the last first: the input of the state that it entered says how to go on.
enum Turn: String, CaseIterable {
    case success, failure, dropping, undoing, registered, more, begun

    /// The state that was entered.
    var state: String {
        switch self {
        case .success: Telling.Teller.success
        case .failure: Telling.Teller.error
        // Nothing else is left by then, so that nothing else has to be looked for.
        case .dropping: RoomDatabase.drop.entrance
        case .undoing: Saga.Waypoint.undo
        case .registered: RoomPermissions.grantToAccount.name.rawValue
        case .more: RoomLocation.registering
        case .begun: RoomDatabase.create.entrance
        }
    }

    /// Whether it was decided by then how to go on, so that nothing has to be found out.
    var isDecided: Bool {
        switch self {
        case .success, .failure, .dropping, .undoing: true
        case .registered, .more, .begun: false
        }
    }
}
