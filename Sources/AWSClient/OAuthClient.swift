package import CleanroomModel
import Foundation

/// The client credentials with which a connection of the kind OAuth fetches its tokens.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateConnectionOAuthRequestParameters.html>
package struct OAuthClient: Sendable {
    package enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
    }

    package let endpoint: String
    package let method: Method
    package let id: String
    package let secret: Secret
    /// What is added to the request for a token, such as a scope.
    package let parameters: ConnectionParameters

    /// - Throws: `InvalidRequest` where the endpoint is not an `https://` URL, or `http://` of this machine.
    package init(
        endpoint: String, method: Method = .post, id: String, secret: Secret,
        parameters: ConnectionParameters = .init()
    ) throws(InvalidRequest) {
        guard let url = URLComponents(string: endpoint), let host = url.host, !host.isEmpty,
            url.scheme == "https" || url.scheme == "http" && Loopback.contains(host)
        else {
            throw InvalidRequest(problems: [
                RuleViolation(
                    field: "connection.oauth.endpoint", value: Self.shown(endpoint),
                    rule: "an https:// URL (or http:// of this machine)")
            ])
        }
        self.endpoint = endpoint
        self.method = method
        self.id = id
        self.secret = secret
        self.parameters = parameters
    }

    /// The endpoint without what may be secret in it: the name and the password before its host, and its query.
    package var shownEndpoint: String { Self.shown(endpoint) }

    private static func shown(_ endpoint: String) -> String {
        guard var url = URLComponents(string: endpoint), url.host?.isEmpty == false else { return Secret.placeholder }
        (url.user, url.password, url.query, url.fragment) = (nil, nil, nil, nil)
        return url.string ?? Secret.placeholder
    }

    var secrets: [String] {
        let url = URLComponents(string: endpoint)
        let query = (url?.queryItems ?? []).compactMap(\.value)
        let inURL = [url?.user, url?.password, url?.percentEncodedUser, url?.percentEncodedPassword].compactMap { $0 }
        return [
            secret.revealed, BasicCredentials.header(id, secret), BasicCredentials.encoded(id, secret),
        ] + parameters.all.map(\.value.revealed) + query + inURL
    }
}
