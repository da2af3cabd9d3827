/// A state that has work done by a service.
///
/// Source: <https://states-language.net/#task-state>
package struct TaskState: Sendable {
    package enum Seconds: Hashable, Sendable {
        case fixed(Int64)
        case path(JSONPath)
    }

    package let resource: String
    /// The service and the action that the resource names, if it has that form.
    package let call: TaskResource?
    package let parameters: PayloadTemplate?
    package let resultSelector: PayloadTemplate?
    package let resultPath: ResultPath
    package let timeout: Seconds?
    package let retriers: [Retrier]
    package let catchers: [Catcher]

    init(_ reader: FieldReader) {
        resource = reader.string("Resource") ?? ""
        call = TaskResource(resource)
        if resource.contains(".waitForTaskToken") || resource.contains(":activity:") {
            reader.problems.add(
                .unsupportedFeature, at: reader.place.appending("Resource"),
                "callbacks with a task token (\(resource)) are not supported")
        }
        reader.refuse(field: "Credentials", feature: "Credentials")
        reader.refuse(field: "HeartbeatSeconds", feature: "heartbeats")
        reader.refuse(field: "HeartbeatSecondsPath", feature: "heartbeats")
        parameters = reader.template("Parameters")
        resultSelector = reader.template("ResultSelector")
        resultPath = reader.resultPath()
        if let path = reader.path("TimeoutSecondsPath") {
            timeout = .path(path)
        } else {
            timeout = reader.integer("TimeoutSeconds", in: 1...99_999_999).map { .fixed($0) }
        }
        retriers = reader.elements("Retry").map { Retrier($0) }
        catchers = reader.elements("Catch").map { Catcher($0) }
    }
}

/// Where the result of a state goes.
package enum ResultPath: Sendable {
    /// Into the state's input at a place; the root replaces the input.
    case path(ReferencePath)
    /// Nowhere: the input passes through (`"ResultPath": null`).
    case discard
    /// The default: the result replaces the input.
    case replace

    /// The state's input with `result` put where it belongs.
    package func combine(_ result: JSONValue, with input: JSONValue) throws(ReferencePathError) -> JSONValue {
        switch self {
        case .replace: result
        case .discard: input
        case .path(let path): try path.inserting(result, into: input)
        }
    }

    /// How large `combine` makes what it is given.
    package func extent(of result: JSONExtent, with input: JSONExtent) -> JSONExtent {
        switch self {
        case .replace: result
        case .discard: input
        case .path(let path): input.inserting(result, at: path)
        }
    }
}

/// A state that passes its input on, with a fixed or computed result.
package struct PassState: Sendable {
    package let result: JSONValue?
    package let parameters: PayloadTemplate?
    package let resultPath: ResultPath

    init(_ reader: FieldReader) {
        result = reader.any("Result")
        parameters = reader.template("Parameters")
        resultPath = reader.resultPath()
    }
}

/// A state that waits.
package enum WaitState: Sendable {
    case seconds(Int64)
    case secondsPath(JSONPath)
    case timestamp(Timestamp)
    case timestampPath(JSONPath)

    init(_ reader: FieldReader) {
        let seconds = reader.integer("Seconds", in: 0...99_999_999)
        let secondsPath = reader.path("SecondsPath")
        let timestampPath = reader.path("TimestampPath")
        let timestampText = reader.string("Timestamp", isRequired: false)
        let timestamp = timestampText.flatMap(Timestamp.init(parsing:))
        if let timestampText, timestamp == nil {
            reader.problems.add(
                .invalidField, at: reader.place.appending("Timestamp"),
                "'\(timestampText)' is not a time as RFC 3339 has it, like 2016-03-14T01:59:00Z")
        }
        switch (seconds, secondsPath, timestamp, timestampPath) {
        case (let seconds?, nil, nil, nil): self = .seconds(seconds)
        case (nil, let path?, nil, nil): self = .secondsPath(path)
        case (nil, nil, let timestamp?, nil): self = .timestamp(timestamp)
        case (nil, nil, nil, let path?): self = .timestampPath(path)
        default:
            self = .seconds(0)
            reader.problems.add(
                .missingField, at: reader.place,
                "a Wait state has exactly one of Seconds, SecondsPath, Timestamp and TimestampPath")
        }
    }
}

/// A state that ends the execution as failed.
package struct FailState: Sendable {
    package enum Text: Sendable {
        case fixed(String)
        case computed(PayloadTemplate)
    }

    package let error: Text?
    package let cause: Text?

    init(_ reader: FieldReader) {
        error = Self.text("Error", reader)
        cause = Self.text("Cause", reader)
    }

    private static func text(_ name: String, _ reader: FieldReader) -> Text? {
        if let expression = reader.expression(name + "Path") { return .computed(expression) }
        return reader.string(name, isRequired: false).map { .fixed($0) }
    }
}
