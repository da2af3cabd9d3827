import StatesLanguage

/// What is kept of the description of an execution. Its input and output may have 256 KiB each and are dropped: what a
/// caller has sent is not to fill the data of who looks after it.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>
package enum DescribedExecution {
    /// How it ended, and by what it is known. Members that are there only for some executions are lists, since a path to them alone would not
    /// find them for others.
    package static let identityAndEnd: ResultPlacement = .at(
        Place.described,
        [
            \.name: .reply("Name"), \.startDate: .reply("StartDate"), \.status: .reply("Status"),
            \.errors.whole: .reply(".Error"),
        ])

    /// How it ended.
    package static let end: ResultPlacement = .at(
        Place.described, [\.status: .reply("Status"), \.errors.whole: .reply(".Error")])

    /// How it ended, and what it was asked for.
    package static let endAndRequest: ResultPlacement = .at(
        Place.described,
        [
            \.status: .reply("Status"), \.errors.whole: .reply(".Error"), \.causes.whole: .reply(".Cause"),
            \.request.whole: .stringToJSON(.reply("Input")),
        ])

    /// What it was asked for.
    package static let request: ResultPlacement = .at(
        Place.described, [\.request.whole: .stringToJSON(.reply("Input"))])

    /// What a recovery was started with.
    package static let lost: ResultPlacement = .at(Place.lost, [\.input.whole: .stringToJSON(.reply("Input"))])

    /// What it was started with.
    package static let input: ResultPlacement = .at(Place.described, [\.input: .reply("Input")])
}
