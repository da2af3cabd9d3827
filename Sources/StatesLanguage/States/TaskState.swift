/// A state that has work done by a service.
///
/// Source: <https://states-language.net/#task-state>
package struct TaskState: Sendable {
    package enum Seconds: Sendable {
        case fixed(Int64)
        case path(JSONPath)
        case query(QueryExpression)
    }

    package let resource: String
    /// The service and the action that the resource names, if it has that form.
    package let call: TaskResource?
    package let parameters: PayloadTemplate?
    /// What the task is given in JSONata; `nil` is the input.
    package let arguments: QueryTemplate?
    package let resultSelector: PayloadTemplate?
    package let resultPath: ResultPath
    package let timeout: Seconds?
    package let retriers: [Retrier]
    package let catchers: [Catcher]

    init(_ reader: FieldReader, _ errors: ErrorHandling, _ context: ScopeContext) {
        resource = Self.resource(reader, context, dataField: "Parameters")
        call = TaskResource(resource)
        arguments = nil
        parameters = reader.template("Parameters")
        resultSelector = reader.template("ResultSelector")
        resultPath = reader.resultPath()
        reader.exclude("TimeoutSeconds", "TimeoutSecondsPath")
        reader.exclude("HeartbeatSeconds", "HeartbeatSecondsPath")
        let seconds = reader.integer("TimeoutSeconds", in: 1...99_999_999)
        timeout = reader.path("TimeoutSecondsPath").map { .path($0) } ?? seconds.map { .fixed($0) }
        let heartbeat = reader.integer("HeartbeatSeconds", in: 1...99_999_999)
        let heartbeatPath = reader.path("HeartbeatSecondsPath")
        if let heartbeat { Self.checkHeartbeat(heartbeat, seconds, reader) }
        for (name, isThere) in [
            ("HeartbeatSeconds", heartbeat != nil), ("HeartbeatSecondsPath", heartbeatPath != nil),
        ] where isThere {
            Self.refuseHeartbeat(name, reader)
        }
        (retriers, catchers) = (errors.retriers, errors.catchers)
    }

    init(jsonata reader: FieldReader, _ errors: ErrorHandling, _ context: ScopeContext) {
        resource = Self.resource(reader, context, dataField: "Arguments")
        call = TaskResource(resource)
        (parameters, resultSelector, resultPath) = (nil, nil, .replace)
        arguments = reader.query("Arguments")
        var seconds: Int64?
        if reader.hasExpression("TimeoutSeconds") {
            timeout = reader.expression(of: "TimeoutSeconds").map { .query($0) }
        } else {
            seconds = reader.integer("TimeoutSeconds", in: 1...99_999_999)
            timeout = seconds.map { .fixed($0) }
        }
        if reader.hasExpression("HeartbeatSeconds") {
            _ = reader.expression(of: "HeartbeatSeconds")
            Self.refuseHeartbeat("HeartbeatSeconds", reader)
        } else if let heartbeat = reader.integer("HeartbeatSeconds", in: 1...99_999_999) {
            Self.checkHeartbeat(heartbeat, seconds, reader)
            Self.refuseHeartbeat("HeartbeatSeconds", reader)
        }
        (retriers, catchers) = (errors.retriers, errors.catchers)
    }

    private static func resource(_ reader: FieldReader, _ context: ScopeContext, dataField: String) -> String {
        let resource = reader.string("Resource") ?? ""
        check(resource, reader, context)
        checkCredentials(reader, of: resource)
        if ServiceIntegration(resource)?.isHTTP == true {
            HTTPTask.check(
                reader.any(dataField), field: dataField, of: reader.place, context.purpose, reader.problems)
        }
        return resource
    }

    private static func checkHeartbeat(_ heartbeat: Int64, _ seconds: Int64?, _ reader: FieldReader) {
        guard let seconds, heartbeat >= seconds else { return }
        reader.problems.add(
            .invalidField, at: reader.place.appending("HeartbeatSeconds"),
            "a heartbeat is shorter than the time-out of \(seconds) seconds")
    }

    private static func refuseHeartbeat(_ field: String, _ reader: FieldReader) {
        reader.problems.add(.unsupportedFeature, at: reader.place.appending(field), "heartbeats are not supported")
    }

    /// Holds a resource against what the kind of machine and the services allow.
    private static func check(_ resource: String, _ reader: FieldReader, _ context: ScopeContext) {
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

    private static func checkCredentials(_ reader: FieldReader, of resource: String) {
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
    case secondsQuery(QueryExpression)
    case timestampQuery(QueryExpression)

    init(_ reader: FieldReader) {
        let seconds = reader.integer("Seconds", in: 0...99_999_999)
        let secondsPath = reader.path("SecondsPath")
        let timestampPath = reader.path("TimestampPath")
        let timestamp = Self.timestamp(reader)
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

    init(jsonata reader: FieldReader) {
        self = .seconds(0)
        reader.exclude("Seconds", "Timestamp")
        if reader.hasExpression("Seconds") {
            if let expression = reader.expression(of: "Seconds") { self = .secondsQuery(expression) }
        } else if let seconds = reader.integer("Seconds", in: 0...99_999_999) {
            self = .seconds(seconds)
        } else if !reader.has("Seconds"), !reader.has("Timestamp") {
            reader.miss("Seconds")
        }
        if reader.hasExpression("Timestamp") {
            if let expression = reader.expression(of: "Timestamp") { self = .timestampQuery(expression) }
        } else if let timestamp = Self.timestamp(reader) {
            self = .timestamp(timestamp)
        }
    }

    private static func timestamp(_ reader: FieldReader) -> Timestamp? {
        guard let text = reader.string("Timestamp", isRequired: false) else { return nil }
        if let timestamp = Timestamp(parsing: text) { return timestamp }
        reader.problems.add(
            .invalidField, at: reader.place.appending("Timestamp"), "String does not match RFC3339 timestamp",
            hint: "a time is written like 2016-03-14T01:59:00Z")
        return nil
    }
}

/// A state that ends the execution as failed.
package struct FailState: Sendable {
    package enum Text: Sendable {
        case fixed(String)
        case computed(PayloadTemplate)
        case query(QueryExpression)
    }

    package let error: Text?
    package let cause: Text?

    init(_ reader: FieldReader) {
        reader.exclude("Error", "ErrorPath")
        reader.exclude("Cause", "CausePath")
        error = Self.text("Error", reader)
        cause = Self.text("Cause", reader)
    }

    init(jsonata reader: FieldReader) {
        func text(_ name: String) -> Text? {
            if reader.hasExpression(name) { return reader.expression(of: name).map { .query($0) } }
            return reader.string(name, isRequired: false).map { .fixed($0) }
        }
        error = text("Error")
        cause = text("Cause")
    }

    private static func text(_ name: String, _ reader: FieldReader) -> Text? {
        let text = reader.string(name, isRequired: false)
        return reader.expression(name + "Path").map { .computed($0) } ?? text.map { .fixed($0) }
    }
}
