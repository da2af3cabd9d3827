import EmbeddedLake
import HTTPTypes
import StatesLanguage

/// How a service's calls and answers are written on the wire.
enum WireProtocol: Sendable {
    /// Step Functions: names in camelCase.
    case json10
    /// Athena and Glue.
    case json11
    /// Lake Formation: the action is the path.
    case restJSON

    init(_ service: ClientService) {
        switch service {
        case .stepFunctions: self = .json10
        case .athena, .glue: self = .json11
        case .lakeFormation: self = .restJSON
        }
    }

    var contentType: String {
        switch self {
        case .json10: "application/x-amz-json-1.0"
        case .json11: "application/x-amz-json-1.1"
        case .restJSON: "application/json"
        }
    }

    /// The parameters of a call, by the names that the handlers have for them.
    func parameters(_ json: JSONValue) -> JSONValue {
        if case .json10 = self { WireNames.capitalized(json) } else { json }
    }

    /// An answer of a handler as clients read it.
    func answer(_ json: JSONValue) -> JSONValue {
        let answer = WireTimes.asNumbers(json)
        return if case .json10 = self { WireNames.uncapitalized(answer) } else { answer }
    }

    /// An error as clients read it.
    func error(_ error: WireError) -> JSONValue {
        switch self {
        case .json10: ["__type": .string(error.code), "message": .string(error.message)]
        case .json11, .restJSON: ["__type": .string(error.code), "Message": .string(error.message)]
        }
    }
}

/// Names of members: with a capital as the SDK integrations have them, without one on the wire of Step Functions.
enum WireNames {
    static func capitalized(_ json: JSONValue) -> JSONValue { renamed(json) { $0.uppercased() } }
    static func uncapitalized(_ json: JSONValue) -> JSONValue { renamed(json) { $0.lowercased() } }

    /// What holds names that a client has chosen, however it is called itself.
    private static let chosenNames: Set<String> = ["assignedVariables", "AssignedVariables"]

    private static func renamed(_ json: JSONValue, _ first: (Substring) -> String) -> JSONValue {
        switch json {
        case .object(let members):
            .object(
                JSONObject(
                    members.map { name, value in
                        let kept = chosenNames.contains(name) ? value : renamed(value, first)
                        return (first(name.prefix(1)) + name.dropFirst(), kept)
                    }))
        case .array(let elements): .array(elements.map { renamed($0, first) })
        default: json
        }
    }
}

/// Times: texts where a task has them, seconds since 1970 on the wire.
enum WireTimes {
    private static let names: Set<String> = [
        "StartDate", "StopDate", "CreationDate", "UpdateDate", "RedriveDate", "Timestamp", "CreateTime", "UpdateTime",
        "LastModified", "LastUpdated", "SubmissionDateTime", "CompletionDateTime", "CreationTime",
    ]
    /// What holds names that a client has chosen.
    private static let chosenNames: Set<String> = ["Parameters", "RequestEntry", "Tags"]

    static func asNumbers(_ json: JSONValue) -> JSONValue {
        switch json {
        case .object(let members):
            .object(
                JSONObject(
                    members.map { name, value in
                        if chosenNames.contains(name) { return (name, value) }
                        if names.contains(name), let text = value.stringValue, let time = Timestamp(parsing: text) {
                            return (name, .double(Double(time.milliseconds) / 1000))
                        }
                        return (name, asNumbers(value))
                    }))
        case .array(let elements): .array(elements.map(asNumbers))
        default: json
        }
    }
}
