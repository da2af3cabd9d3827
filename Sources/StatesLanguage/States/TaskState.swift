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

    init(_ reader: FieldReader, _ errors: ErrorHandling, _ context: ScopeContext) {
        resource = reader.string("Resource") ?? ""
        call = TaskResource(resource)
        Self.check(resource, reader, context)
        Self.checkCredentials(reader, of: resource)
        if ServiceIntegration(resource)?.isHTTP == true {
            HTTPTask.check(
                reader.any("Parameters"), field: "Parameters", of: reader.place, context.purpose, reader.problems)
        }
        parameters = reader.template("Parameters")
        resultSelector = reader.template("ResultSelector")
        resultPath = reader.resultPath()
        reader.exclude("TimeoutSeconds", "TimeoutSecondsPath")
        reader.exclude("HeartbeatSeconds", "HeartbeatSecondsPath")
        let seconds = reader.integer("TimeoutSeconds", in: 1...99_999_999)
        timeout = reader.path("TimeoutSecondsPath").map { .path($0) } ?? seconds.map { .fixed($0) }
        let heartbeat = reader.integer("HeartbeatSeconds", in: 1...99_999_999)
        let heartbeatPath = reader.path("HeartbeatSecondsPath")
        if let seconds, let heartbeat, heartbeat >= seconds {
            reader.problems.add(
                .invalidField, at: reader.place.appending("HeartbeatSeconds"),
                "a heartbeat is shorter than the time-out of \(seconds) seconds")
        }
        for (name, isThere) in [
            ("HeartbeatSeconds", heartbeat != nil), ("HeartbeatSecondsPath", heartbeatPath != nil),
        ] where isThere {
            reader.problems.add(
                .unsupportedFeature, at: reader.place.appending(name), "heartbeats are not supported")
        }
        (retriers, catchers) = (errors.retriers, errors.catchers)
    }

    /// Holds a resource against what the kind of machine and the services allow.
    static func check(_ resource: String, _ reader: FieldReader, _ context: ScopeContext) {
        let place = reader.place.appending("Resource")
        if resource.isEmpty {
            if reader.has("Resource") { reader.problems.add(.invalidResource, at: place, "Value cannot be empty") }
            return
        }
        let isActivity = resource.contains(":activity:")
        for pattern in [".waitForTaskToken", ".sync"] where context.isExpress && resource.contains(pattern) {
            reader.problems.add(
                .invalidResource, at: place,
                "Express state machine does not support '\(pattern)' service integration ")
        }
        if context.isExpress, isActivity {
            reader.problems.add(.invalidResource, at: place, "Express state machine does not support Activity ARN")
        }
        if resource.hasSuffix(".waitForTaskToken") || isActivity {
            reader.problems.add(
                .unsupportedFeature, at: place, "callbacks with a task token (\(resource.quoted)) are not supported")
        }
        if let action = ServiceIntegration(resource), !action.isOffered {
            reader.problems.add(
                .invalidResource, at: place,
                "The resource provided \(resource.quoted) is not recognized. The value is not a valid resource ARN, or the "
                    + "resource is not available in this region.", hint: action.hint(reader.problems))
        }
    }

    static func checkCredentials(_ reader: FieldReader, of resource: String) {
        guard reader.has("Credentials") else { return }
        reader.refuse(field: "Credentials", feature: "Credentials")
        guard let credentials = reader.nested("Credentials"), resource.contains(":states:::") else { return }
        if !credentials.has("RoleArn"), !credentials.has("RoleArn.$") {
            reader.problems.add(
                .missingField, at: credentials.place, "The field 'RoleArn' is required but was missing")
        }
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

    /// A state that passes everything on.
    init() { (result, parameters, resultPath) = (nil, nil, .replace) }

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
        if timestampText != nil, timestamp == nil {
            reader.problems.add(
                .invalidField, at: reader.place.appending("Timestamp"),
                "String does not match RFC3339 timestamp", hint: "a time is written like 2016-03-14T01:59:00Z")
        }
        switch (seconds, secondsPath, timestamp, timestampPath) {
        case (let seconds?, nil, nil, nil): self = .seconds(seconds)
        case (nil, let path?, nil, nil): self = .secondsPath(path)
        case (nil, nil, let timestamp?, nil): self = .timestamp(timestamp)
        case (nil, nil, nil, let path?): self = .timestampPath(path)
        default:
            self = .seconds(0)
            let names = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"]
            let count = names.count(where: reader.has)
            if count != 1 {
                reader.problems.add(
                    count == 0 ? .missingField : .conflictingFields, at: reader.place,
                    "a Wait state has exactly one of Seconds, SecondsPath, Timestamp and TimestampPath")
            }
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
        reader.exclude("Error", "ErrorPath")
        reader.exclude("Cause", "CausePath")
        error = Self.text("Error", reader)
        cause = Self.text("Cause", reader)
    }

    private static func text(_ name: String, _ reader: FieldReader) -> Text? {
        let text = reader.string(name, isRequired: false)
        return reader.expression(name + "Path").map { .computed($0) } ?? text.map { .fixed($0) }
    }
}
