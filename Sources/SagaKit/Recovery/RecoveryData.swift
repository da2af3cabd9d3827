package import StatesLanguage

/// The variables of a recovery, beside those of the saga for which it stands in, and the members of its input.
package enum RecoveryData {
    package typealias Value = Expression<JSONValue?>

    /// The members that the input of a recovery or of a sweep can have.
    package static let input = [
        "executionArn", "recover", "attempt", "lostTo", "histories", "sweep", "lists", "since", "sweepDate", "listed",
    ]

    /// The execution to recover.
    package static let executionARN = Variable<String>("executionArn")
    /// The number of the recovery among those of the same execution, from 1; 0 where none was counted.
    package static let attempt = Variable<Int64>("attempt")
    /// The error with which the recovery before this one failed; a list of none where it has none, or there was none.
    package static let lostTo = Variable<[JSONValue]>("lostTo")
    /// The executions whose histories say how far things have come: the last one, and `before` it the rest of them. They
    /// are the recoveries that did not come to their end, and then the execution itself.
    package static let histories = Variable<JSONValue>("histories")
    /// What Step Functions says of the execution that is looked at.
    package static let status = Variable<String>("status")
    /// The error with which that has failed; empty for none.
    package static let endedBy = Variable<String>("endedBy")

    /// Where the rest of the histories is.
    static let before = Value(histories.value.syntax).member("before")

    /// What is assigned of the description of an execution.
    static let described = [
        // What says no status is no description, and not one of an execution that has failed.
        status.assigned(
            Value.result.member("Status")
                .required("the reply describes no execution", Value.result.member("Status").trusted(as: String.self))),
        endedBy.assigned(Value.result.member("Error").text(or: "")),
    ]
}
