/// A schedule that is played against each mutant whose change lies on its way, and once more with each thing that can go
/// wrong at each call behind one.
struct Beginning {
    /// What it leads to.
    let text: String
    let schedule: String
    /// The number of the call.
    let call: Int

    private init(_ text: String, _ schedule: String, behind call: Int) {
        (self.text, self.schedule, self.call) = (text, schedule, call)
    }

    static let all = [
        Beginning("a room is made", "setting=aws", behind: 0),
        Beginning("a whole room is rolled back", "setting=aws 22:denied(3600)", behind: 22),
        Beginning("a room is rolled back that is not shared yet", "setting=aws 17:denied(3600)", behind: 17),
        Beginning("a recovery rolls a whole room back", "setting=aws 22:denied(3600) 24:stop", behind: 24),
        Beginning(
            "a recovery goes on with what is half rolled back", "setting=aws 22:denied(3600) 39:stop", behind: 39),
        Beginning(
            "what is there is rolled back in a lake that keeps grants, and says little of them",
            "setting=aws lake=keepsGrants,missingIsDenied,shortPages 22:denied(3600)", behind: 22),
        Beginning(
            "another room of the name comes while the first is rolled back",
            "setting=aws requests=first@0,rival@9 22:denied 27:strangerDropsDatabase 27:strangerDeregisters "
                + "27:throttled(8)", behind: 90),
        Beginning(
            "an error is told, and told again for hours until somebody stops the execution",
            "setting=aws 22:denied(3600) 43:lostReply 44:receiverFails(30) 55:stop", behind: 55),
        Beginning("a recovery looks what there is", "setting=aws lake=shortPages 8:stop", behind: 8),
        Beginning("a duplicate comes", "setting=aws requests=first@0,renamed@700", behind: 28),
        Beginning("a duplicate comes at once", "setting=aws requests=first@0,renamed@1", behind: 0),
        Beginning(
            "the names of a request come in the other order, and the marker is in the properties",
            "setting=aws lake=losesComment requests=renamed@0,first@700", behind: 28),
        Beginning(
            "the names of a request come in the other order, and the marker is in the description",
            "setting=aws lake=losesProperties requests=renamed@0,first@700", behind: 28),
        Beginning(
            "the other name of a request comes while it is rolled back, and the marker is in the description",
            "setting=aws lake=losesProperties requests=renamed@0,first@8 22:denied(3600)", behind: 22),
        Beginning(
            "a duplicate comes of what could not be delivered",
            "setting=aws requests=first@0,renamed@100000 28:receiverDown(90000)", behind: 28),
        Beginning(
            "somebody drops the database", "setting=aws lake=shortPages 18:strangerDropsDatabase", behind: 18),
        Beginning(
            "somebody drops the database before it is known what was registered",
            "setting=aws 15:stop 16:strangerDropsDatabase", behind: 16),
        Beginning("there is a folder in the location", "setting=aws ground=subfolderMark", behind: 4),
        Beginning("there is a mark in the location", "setting=aws ground=folderMark", behind: 0),
        Beginning("the database breaks the rule", "setting=aws requests=misnamed@0", behind: 0),
        Beginning("the account is the provider's own", "setting=aws requests=ownAccount@0", behind: 0),
        Beginning("the name of the execution breaks the rule", "setting=aws requests=oddlyNamed@0", behind: 0),
        Beginning("a request is refused twice", "setting=aws requests=invalid@0,invalidAgain@60", behind: 0),
        Beginning("a recovery refuses the database", "setting=aws requests=misnamed@0 1:stop", behind: 1),
        Beginning(
            "a recovery refuses the provider's own account", "setting=aws requests=ownAccount@0 1:stop", behind: 1),
        Beginning("a recovery refuses the execution's name", "setting=aws requests=oddlyNamed@0 1:stop", behind: 1),
        Beginning("a recovery refuses the account", "setting=aws requests=invalid@0 1:stop", behind: 1),
        Beginning(
            "a sweep finds several executions",
            "setting=aws lake=shortPages requests=first@0,rival@1,neighbour@2 1:eventLost 1:stop 2:stop 3:stop",
            behind: 3),
    ]
}
