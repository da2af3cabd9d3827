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

    /// What is added to a request, over what it has itself.
    package struct Parameters: Sendable {
        package typealias Parameter = (name: String, value: Secret)

        package var headers: [Parameter]
        package var query: [Parameter]
        package var body: [Parameter]

        package init(headers: [Parameter] = [], query: [Parameter] = [], body: [Parameter] = []) {
            self.headers = headers
            self.query = query
            self.body = body
        }

        package var isEmpty: Bool { all.isEmpty }

        var all: [Parameter] { headers + query + body }
    }

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
            if username.contains(":") || !Self.isHeaderValue(username) {
                problems.append(
                    RuleViolation(
                        field: "connection.basic.username", value: username,
                        rule: "a name without ':' and control characters"))
            }
            if !Self.isHeaderValue(password.revealed) {
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
            if !isHeaderValue(value.revealed) {
                problems.append(
                    RuleViolation(
                        field: "\(field) \(name)", value: Secret.placeholder, rule: "a text without control characters")
                )
            }
            return problems
        }
    }

    static func isHeaderValue(_ value: String) -> Bool { value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f } }

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
            secrets += [password.revealed, HTTPInvoke.basicCredentials(username, password)]
            secrets.append(HTTPInvoke.encodedCredentials(username, password))
        case .oauth(let client): secrets += client.secrets
        case nil: break
        }
        if let token { secrets.append(token.revealed) }
        return Redaction(secrets)
    }
}
