import DurableExecution
import Foundation
import StatesLanguage

/// The tokens of an OAuth client: one at a time, kept until shortly before it expires.
actor OAuthTokens {
    /// How long before its end a token is not used any more.
    private static let margin: Int64 = 30_000

    private struct Token {
        let value: Secret
        let expiresAt: Timestamp?
    }

    private let client: OAuthClient
    private let clock: any EngineClock
    private let fetch: @Sendable (HTTPCall) async throws -> HTTPReply
    private var token: Token?
    private var fetching: Task<Token, any Error>?

    /// - Parameter fetch: makes a request.
    init(
        client: OAuthClient, clock: any EngineClock, fetch: @Sendable @escaping (HTTPCall) async throws -> HTTPReply
    ) {
        self.client = client
        self.clock = clock
        self.fetch = fetch
    }

    /// A token that can be used now.
    ///
    /// - Parameter refused: one that the receiver did not take, and that is not to be given again.
    func token(otherThan refused: Secret? = nil) async throws -> Secret {
        if let token, token.value != refused, token.expiresAt.map({ clock.now() < $0 }) ?? true { return token.value }
        // Deliveries that want a token at the same time share one request for it.
        let task: Task<Token, any Error>
        if let fetching {
            task = fetching
        } else {
            task = Task { try await self.fetchToken() }
            fetching = task
        }
        let result = await task.result
        if fetching == task { fetching = nil }
        let token = try result.get()
        self.token = token
        return token.value
    }

    private func fetchToken() async throws -> Token {
        var call = HTTPCall(method: client.method.rawValue, url: client.endpoint)
        call.headers.append(("Authorization", BasicCredentials.header(client.id, client.secret)))
        call.headers += client.parameters.headers.map { ($0.name, $0.value.revealed) }
        var form = client.parameters.body.map { ($0.name, $0.value.revealed) }
        if !form.contains(where: { $0.0 == "grant_type" }) { form.insert(("grant_type", "client_credentials"), at: 0) }
        call.query = client.parameters.query.map { ($0.name, $0.value.revealed) }
        if client.method == .get {
            call.query += form
        } else {
            call.headers.append(("Content-Type", "application/x-www-form-urlencoded"))
            call.body = form.map { HTTPCall.encode($0) + "=" + HTTPCall.encode($1) }.joined(separator: "&")
        }
        let reply: HTTPReply
        do {
            reply = try await fetch(call)
        } catch {
            throw OAuthFailure(reason: "\(client.shownEndpoint): \(error)")
        }
        guard (200..<300).contains(reply.status) else {
            throw OAuthFailure(reason: "\(client.shownEndpoint) answered \(reply.status): \(reply.body.prefix(500))")
        }
        guard let json = try? JSONValue(parsing: reply.body),  // What is no JSON has no token either.
            let value = json["access_token"]?.stringValue, ConnectionParameters.isHeaderValue(value), !value.isEmpty
        else { throw OAuthFailure(reason: "\(client.shownEndpoint) answered without an access_token") }
        // Some give the number as a text.
        let seconds = json["expires_in"]?.integerValue ?? json["expires_in"]?.stringValue.flatMap { Int64($0) }
        let expiresAt = seconds.flatMap { seconds -> Timestamp? in
            guard (0...31_536_000).contains(seconds) else { return nil }
            return clock.now().advanced(byMilliseconds: max(0, seconds * 1000 - Self.margin))
        }
        return Token(value: Secret(value), expiresAt: expiresAt)
    }
}

/// Why no token could be fetched.
struct OAuthFailure: Error, CustomStringConvertible {
    let reason: String

    var description: String { "the connection's token could not be fetched: \(reason)" }
}
