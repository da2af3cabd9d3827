/// How far an execution had come, the last first: the input of the state that it entered says how to go on.
enum Turn: String, CaseIterable {
    case success, failure, undoing, registered, more, begun

    /// The state that was entered.
    var state: String {
        switch self {
        case .success: Telling.Teller.success
        case .failure: Telling.Teller.error
        case .undoing: Saga.Waypoint.undo
        case .registered: RoomPermissions.grantToAccount.name.rawValue
        case .more: RoomLocation.registering
        case .begun: RoomDatabase.create.entrance
        }
    }

    /// Whether it was decided by then how to go on, so that nothing has to be found out.
    var isDecided: Bool {
        switch self {
        case .success, .failure, .undoing: true
        case .registered, .more, .begun: false
        }
    }
}
