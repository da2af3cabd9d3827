import AWSClient
import CleanroomModel
import DurableExecution
import EmbeddedLake

/// What a command needs to deliver answers: the connection, where they go, and how they are carried; and which hosts the
/// machines of clients may call.
struct AnswerDelivery: Sendable {
    let connection: Connection?
    let destination: AnswerDestination
    let hosts: HTTPHosts
    let transport: HTTPInvoke.Transport

    /// - Throws: `InvalidRequest` with what is wrong with the connection; secrets are not in it.
    init(_ sources: SettingSources, to deployment: Deployment) throws(InvalidRequest) {
        var transport = HTTPInvoke.Transport()
        transport.certificateAuthorityFile = sources.text("connection.caFile")?.value
        transport.isPlainToLoopback = deployment.isPlainEndpoint
        self.transport = transport
        destination = AnswerDestination(of: deployment)
        hosts = try HTTPHosts(
            sources.list("httpHosts")?.value ?? [], anywhere: sources.list("httpPrivateHosts")?.value ?? [])
        connection = try Connection.read(sources)
    }

    /// The connection in words, without a secret.
    var summary: String {
        let authorization =
            switch connection?.authorization {
            case .apiKey(let name, _): "API key in the header \(name)"
            case .basic(let username, _): "Basic credentials of \(username)"
            case .oauth(let client): "OAuth client \(client.id) at \(client.shownEndpoint)"
            case nil: "(none)"
            }
        let added = connection?.parameters
        let names = ((added?.headers ?? []) + (added?.query ?? []) + (added?.body ?? [])).map(\.name)
        return names.isEmpty ? authorization : "\(authorization), and \(names.joined(separator: ", "))"
    }

    /// Runs `body` with handlers that deliver, and lets go of the connections to the receiver when it ends.
    func run<Value>(_ body: (TaskHandlers<LakeTransaction>) async throws -> Value) async throws -> Value {
        let sender = try HTTPInvoke(connection: connection, to: destination, hosts: hosts, transport: transport)
        let result: Swift.Result<Value, any Error>
        do {
            let call: AnswerService.Delivery? =
                hosts.isEmpty ? nil : { @Sendable task in await sender.performForClient(task) }
            result = .success(
                try await body(LakeServices.handlers(deliver: { await sender.perform($0) }, call: call)))
        } catch {
            result = .failure(error)
        }
        try await sender.shutDown()
        return try result.get()
    }
}
