import CleanroomModel
import SagaKit
import StatesLanguage

/// The names by which members are looked for in data whose shape is not known: those that services give, and those that
/// an execution has put there before it ended.
extension ContractCheck {
    func names(in json: JSONValue, at place: ProblemPath) -> [Problem] {
        switch json {
        case .string(let text) where text.hasPrefix("$") || text.hasPrefix("States."):
            Self.unknownNames(in: text).map { broken(place, "there is no '\($0)'") }
        case .array(let elements): elements.enumerated().flatMap { names(in: $1, at: place.appending($0)) }
        case .object(let members): members.flatMap { names(in: $1, at: place.appending($0)) }
        default: []
        }
    }

    private static func unknownNames(in text: String) -> [String] {
        members.flatMap { before, known in
            text.ranges(of: before).compactMap { range in
                let name = text[range.upperBound...].prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
                return name.isEmpty || known.contains(String(name)) ? nil : before + name
            }
        }
    }

    /// What comes behind a path, whatever is before it.
    private static let members: [(before: String, known: Set<String>)] = [
        (
            "..",
            [
                "DataLakePrincipalIdentifier", "Error", "Cause", "NextToken", "Tags", "attempt", "lostTo",
            ]
        ),
        ("$.queue.items[0].", ["ExecutionArn", "StartDate"]),
        ("$.lists.items[0].", ["machine", "status"]),
        ("$.lost.input.", ["executionArn", "attempt", "histories"]),
        ("$.made.", ["more", "registeredAt"]),
        ("objects.list[0].", ["Key", "Size"]),
        ("$.batch.failures[0].", ["Error"]),
        ("Database.Parameters.", [MarkerProperty.requestID, MarkerProperty.execution]),
    ]
}
