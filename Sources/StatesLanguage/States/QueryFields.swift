/// The fields that the types of states have in common when they are in JSONata.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>
package struct QueryFields: Sendable {
    /// What the state gives; `nil` is its result, or its input where it has none.
    package let output: QueryTemplate?

    /// The fields that states in JSONPath have and these do not.
    private static let pathFields = [
        "InputPath", "OutputPath", "ResultPath", "ResultSelector", "Parameters", "Result", "ItemsPath", "SecondsPath",
        "TimestampPath", "TimeoutSecondsPath", "HeartbeatSecondsPath", "ErrorPath", "CausePath", "MaxConcurrencyPath",
        "ToleratedFailureCountPath", "ToleratedFailurePercentagePath",
    ]

    init(_ reader: FieldReader, _ type: String) {
        for field in Self.pathFields where reader.has(field) {
            reader.allow(field)
            reader.problems.add(
                .unknownField, at: reader.place.appending(field), "a state in JSONata has no field '\(field)'")
        }
        let hasResult = ["Task", "Parallel", "Map"].contains(type)
        output = type == "Fail" ? nil : reader.query("Output", in: hasResult ? .result : .entering)
    }
}

extension State.Kind {
    /// Reads the fields of a state in JSONata that its type has.
    init(jsonata reader: FieldReader, _ type: String, _ errors: ErrorHandling, _ scope: ScopeContext) {
        switch type {
        case "Task": self = .task(TaskState(jsonata: reader, errors, scope))
        case "Choice": self = .queryChoice(QueryChoice(reader))
        case "Wait": self = .wait(WaitState(jsonata: reader))
        case "Succeed": self = .succeed
        case "Fail": self = .fail(FailState(jsonata: reader))
        case "Parallel": self = .parallel(ParallelState(jsonata: reader, errors))
        case "Map": self = .map(MapState(jsonata: reader, errors))
        default: self = .pass(PassState())
        }
    }
}
