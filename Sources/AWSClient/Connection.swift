package import CleanroomModel
import StatesLanguage

/// How requests to one host are authorised, and what is added to each: what a connection of EventBridge says.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateConnection.html>
package struct Connection: Sendable {
    package enum Authorization: Sendable {
        /// A header of the name with the value.
        case apiKey(name: String, value: Secret)
        case basic(username: String, password: Secret)
        /// A bearer token that is fetched with the credentials of the client.
        case oauth(OAuthClient)
    }

    package typealias Parameters = ConnectionParameters

    /// Headers that a connection cannot set: three of `http:invoke`, and those that frame a message. A task can set fewer
    /// (`HTTPTask`).
    private static let reservedHeaders: Set<String> = [
        "host", "user-agent", "range", "content-length", "transfer-encoding", "connection",
    ]

    package let authorization: Authorization?
    package let parameters: Parameters

    /// - Throws: `InvalidRequest` with every rule that one of the values breaks; secrets are not in it.
    package init(authorization: Authorization?, parameters: Parameters = Parameters()) throws(InvalidRequest) {
        var problems = Self.problems(of: parameters.headers, in: "connection.headers")
        switch authorization {
        case .apiKey(let name, let value): problems += Self.problems(of: [(name, value)], in: "connection.apiKey")
        case .basic(let username, let password):
            if username.contains(":") || !Parameters.isHeaderValue(username) {
                problems.append(
                    RuleViolation(
                        field: "connection.basic.username", value: username,
                        rule: "a name without ':' and control characters"))
            }
            if !Parameters.isHeaderValue(password.revealed) {
                problems.append(
                    RuleViolation(
                        field: "connection.basic.password", value: Secret.placeholder,
                        rule: "a text without control characters"))
            }
        case .oauth(let client):
            problems += Self.problems(of: client.parameters.headers, in: "connection.oauth.headers")
        case nil: break
        }
        if !problems.isEmpty { throw InvalidRequest(problems: problems) }
        self.authorization = authorization
        self.parameters = parameters
    }

    private static func problems(of headers: [Parameters.Parameter], in field: String) -> [RuleViolation] {
        headers.flatMap { name, value in
            var problems: [RuleViolation] = []
            if !HTTPTask.isHeaderName(name) || reservedHeaders.contains(name.lowercased()) {
                problems.append(
                    RuleViolation(
                        field: field, value: name,
                        rule: "a header that can be set (not Host, User-Agent, Range or one that frames the message)"))
            }
            if !Parameters.isHeaderValue(value.revealed) {
                problems.append(
                    RuleViolation(
                        field: "\(field) \(name)", value: Secret.placeholder, rule: "a text without control characters")
                )
            }
            return problems
        }
    }

    /// A text in which no secret of this connection is to be read.
    package func redact(_ text: String) -> String { redaction()(text) }

    /// Takes all secrets of this connection out of a text.
    ///
    /// - Parameter token: the one that the request was made with.
    func redaction(token: Secret? = nil) -> Redaction {
        var secrets = parameters.all.map(\.value.revealed)
        switch authorization {
        case .apiKey(_, let value): secrets.append(value.revealed)
        case .basic(let username, let password):
            secrets += [password.revealed, BasicCredentials.header(username, password)]
            secrets.append(BasicCredentials.encoded(username, password))
        case .oauth(let client): secrets += client.secrets
        case nil: break
        }
        if let token { secrets.append(token.revealed) }
        return Redaction(secrets)
    }
}
