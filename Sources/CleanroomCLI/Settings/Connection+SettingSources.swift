import AWSClient
import CleanroomModel

extension Connection {
    /// Reads the connection from a config file or the environment, never from a command line, which others can see;
    /// `nil` when none is described.
    ///
    /// | key | environment |
    /// |---|---|
    /// | `connection.apiKey.name`, `.value` | `CLEANROOM_CONNECTION_API_KEY_NAME`, `…_VALUE` |
    /// | `connection.basic.username`, `.password` | `CLEANROOM_CONNECTION_BASIC_USERNAME`, `…_PASSWORD` |
    /// | `connection.oauth.endpoint`, `.method`, `.clientId`, `.clientSecret`, `.headers`, `.query`, `.body` | `CLEANROOM_CONNECTION_OAUTH_ENDPOINT`, … |
    /// | `connection.headers`, `.query`, `.body`: lists of `name=value` | `CLEANROOM_CONNECTION_HEADERS`, … |
    ///
    /// - Throws: `InvalidRequest` with what is wrong; secrets are not in it.
    static func read(_ sources: SettingSources) throws(InvalidRequest) -> Connection? {
        var problems: [RuleViolation] = []
        func text(_ key: String) -> String? { sources.text("connection." + key)?.value }
        func secret(_ key: String, beside other: String) -> Secret {
            if let value = text(key) { return Secret(value) }
            problems.append(
                RuleViolation(field: "connection.\(key)", value: "", rule: "given, and connection.\(other) is"))
            return Secret("")
        }
        func list(_ key: String) -> [Parameters.Parameter] {
            let values = sources.list("connection." + key)?.value ?? []
            return values.compactMap { value in
                let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if parts.count == 2, !parts[0].isEmpty { return (String(parts[0]), Secret(String(parts[1]))) }
                problems.append(
                    RuleViolation(field: "connection.\(key)", value: Secret.placeholder, rule: "a list of name=value"))
                return nil
            }
        }
        func parameters(_ prefix: String) -> Parameters {
            Parameters(headers: list(prefix + "headers"), query: list(prefix + "query"), body: list(prefix + "body"))
        }

        var authorizations: [Authorization] = []
        if text("apiKey.value") != nil || text("apiKey.name") != nil {
            let value = secret("apiKey.value", beside: "apiKey.name")
            authorizations.append(.apiKey(name: text("apiKey.name") ?? "Authorization", value: value))
        }
        if let username = text("basic.username") {
            authorizations.append(
                .basic(username: username, password: secret("basic.password", beside: "basic.username")))
        }
        if let endpoint = text("oauth.endpoint") {
            let name = text("oauth.method") ?? OAuthClient.Method.post.rawValue
            let method = OAuthClient.Method(rawValue: name)
            if method == nil {
                problems.append(
                    RuleViolation(field: "connection.oauth.method", value: name, rule: "GET, POST or PUT"))
            }
            let id = secret("oauth.clientId", beside: "oauth.endpoint")
            do {
                authorizations.append(
                    .oauth(
                        try OAuthClient(
                            endpoint: endpoint, method: method ?? .post, id: id.revealed,
                            secret: secret("oauth.clientSecret", beside: "oauth.endpoint"),
                            parameters: parameters("oauth."))))
            } catch {
                problems += error.problems
            }
        }
        if authorizations.count > 1 {
            problems.append(
                RuleViolation(
                    field: "connection", value: "several", rule: "one of an API key, Basic credentials and OAuth"))
        }
        let added = parameters("")
        if !problems.isEmpty { throw InvalidRequest(problems: problems) }
        if authorizations.isEmpty, added.isEmpty { return nil }
        return try Connection(authorization: authorizations.first, parameters: added)
    }
}
