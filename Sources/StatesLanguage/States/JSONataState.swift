/// A state whose values are in JSONata: its fields are checked, and what stands between `{%` and `%}` is not read.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>
enum JSONataState {
    /// The fields that states in JSONPath have and these do not.
    private static let pathFields = [
        "InputPath", "OutputPath", "ResultPath", "ResultSelector", "Parameters", "ItemsPath", "SecondsPath",
        "TimestampPath", "TimeoutSecondsPath", "HeartbeatSecondsPath", "ErrorPath", "CausePath", "MaxConcurrencyPath",
    ]

    private static let fields: [String: [String]] = [
        "Task": ["Arguments", "Resource", "TimeoutSeconds", "HeartbeatSeconds", "Credentials", "Output", "Assign"],
        "Pass": ["Output", "Assign"], "Wait": ["Seconds", "Timestamp", "Output", "Assign"],
        "Choice": ["Choices", "Default", "Output", "Assign"], "Succeed": ["Output"], "Fail": ["Error", "Cause"],
        "Parallel": ["Arguments", "Output", "Assign"], "Map": ["Items", "ItemSelector", "Output", "Assign"],
    ]

    static func read(_ reader: FieldReader, _ type: String, _ context: ScopeContext) {
        reader.allow(fields[type] ?? [])
        for field in pathFields where reader.has(field) {
            reader.allow(field)
            reader.problems.add(
                .unknownField, at: reader.place.appending(field), "a state in JSONata has no field '\(field)'")
        }
        if type == "Task" {
            let resource = reader.string("Resource") ?? ""
            TaskState.check(resource, reader, context)
            TaskState.checkCredentials(reader, of: resource)
            if ServiceIntegration(resource)?.isHTTP == true {
                HTTPTask.check(
                    reader.any("Arguments"), field: "Arguments", of: reader.place, context.purpose, reader.problems)
            }
        }
        if type == "Wait" {
            reader.exclude("Seconds", "Timestamp")
            if !reader.has("Seconds"), !reader.has("Timestamp") { reader.miss("Seconds") }
        }
        for field in fields[type] ?? [] {
            if let value = reader.any(field) { check(value, at: reader.place.appending(field), reader.problems) }
        }
    }

    /// The ways out of a choice.
    static func rules(_ reader: FieldReader) -> [State.Edge] {
        var edges: [State.Edge] = []
        for (index, rule) in reader.elements("Choices", isRequired: true).enumerated() {
            rule.allow("Comment", "Assign", "Output")
            _ = rule.string("Condition")
            if let next = rule.string("Next") {
                edges.append(State.Edge(kind: .rule(index), target: next, place: rule.place.appending("Next")))
            }
            rule.finish()
        }
        if let target = reader.string("Default", isRequired: false) {
            edges.append(State.Edge(kind: .byDefault, target: target, place: reader.place.appending("Default")))
        }
        return edges
    }

    private static func check(_ json: JSONValue, at place: ProblemPath, _ problems: ProblemCollector) {
        switch json {
        case .string(let text):
            let (opens, closes) = (text.hasPrefix("{%"), text.hasSuffix("%}"))
            if opens != closes || opens && text.utf8.count < 4 {
                problems.add(.invalidField, at: place, "an expression in JSONata begins with {% and ends with %}")
            } else if opens {
                checkBrackets(of: text, at: place, problems)
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() { check(element, at: place.appending(index), problems) }
        case .object(let members):
            for (name, value) in members { check(value, at: place.appending(name), problems) }
        default: break
        }
    }

    private static func checkBrackets(of text: String, at place: ProblemPath, _ problems: ProblemCollector) {
        let closing: [UInt8: UInt8] = [0x28: 0x29, 0x5B: 0x5D, 0x7B: 0x7D]
        var open: [UInt8] = []
        var quote: UInt8?
        var isEscaped = false
        for byte in text.utf8.dropFirst(2).dropLast(2) {
            if let current = quote {
                if isEscaped {
                    isEscaped = false
                } else if byte == 0x5C {
                    isEscaped = true
                } else if byte == current {
                    quote = nil
                }
            } else if byte == 0x22 || byte == 0x27 || byte == 0x60 {
                quote = byte
            } else if let other = closing[byte] {
                open.append(other)
            } else if closing.values.contains(byte), open.popLast() != byte {
                problems.add(.invalidField, at: place, "a bracket is closed that was not opened: \(text.quoted)")
                return
            }
        }
        // A slash may begin a regular expression, in which brackets need no partner.
        if !text.utf8.contains(0x2F), !open.isEmpty || quote != nil {
            problems.add(.invalidField, at: place, "a bracket or quote is not closed: \(text.quoted)")
        }
    }
}
