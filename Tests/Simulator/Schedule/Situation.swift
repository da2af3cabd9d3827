/// A schedule that leads to where schedules at random hardly ever come, and the state that it is there for.
package struct Situation: Sendable {
    /// What comes together in it.
    package let text: String
    package let schedule: Schedule
    /// A state that makes a call, and has to have made one in it.
    package let state: String

    private init(
        _ text: String, ground: Schedule.Ground? = nil, _ requests: [(Schedule.Submission.Kind, at: Int)],
        _ occurrences: [(call: Int, Happening.Kind)] = [], reaches state: String
    ) {
        (self.text, self.state) = (text, state)
        schedule = Schedule(
            ground: ground, requests: requests.map { Schedule.Submission(kind: $0, at: $1) },
            occurrences: occurrences.map { Schedule.Occurrence(call: $0, happening: Happening($1)) })
    }

    package static let all: [Situation] = [
        Situation(
            "the other name of a request comes first, and makes its room", [(.renamed, at: 0), (.first, at: 700)],
            reaches: "DescribeCreatingExecution"),
        Situation(
            "the other name of a request comes first, and leaves a database behind",
            [(.renamed, at: 0), (.first, at: 7200)], [(8, .tableAppears), (9, .objectAppears)],
            reaches: "DescribeCreatingExecution"),
        Situation(
            "the other name of a request comes after its room could not be made",
            [(.first, at: 0), (.renamed, at: 700)], [(5, .objectAppears)], reaches: "DescribeFirstExecution"),
        Situation(
            "the requestId of a request that runs comes with an invalid account under another name",
            [(.first, at: 0), (.misspelt, at: 1)], reaches: "DescribeOtherExecution"),
        Situation(
            "a recovery breaks off, and is recovered in turn", ground: .strangersDatabase, [(.first, at: 0)],
            [(1, .stop), (4, .stop)], reaches: "StartRecovery"),
        Situation(
            "it cannot be read of a recovery that broke off what it was", ground: .strangersDatabase,
            [(.first, at: 0)], [(1, .stop), (4, .stop), (13, .oversized)], reaches: "DescribeQueuedExecution"),
        Situation(
            "a rollback is stopped while the database is dropped", [(.first, at: 0)],
            [(16, .accountVanishes), (47, .stop)], reaches: "ReadHistory"),
        Situation(
            "a rollback is stopped while it unshares", [(.first, at: 0)], [(16, .accountVanishes), (36, .stop)],
            reaches: "ReadHistory"),
        Situation(
            "no recovery may look for the database", [(.first, at: 0), (.rival, at: 7200)],
            [(22, .administratorRemoved), (38, .stop)], reaches: "ReadRequest"),
    ]
}
