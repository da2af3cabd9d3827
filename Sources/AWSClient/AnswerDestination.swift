package import CleanroomModel

/// The URLs that answers go to, and with them the credentials of the connection: those of the configured host and the
/// paths of the contract, and no others.
package struct AnswerDestination: Sendable {
    private let endpoints: Set<String>

    /// The destination of a deployment; a deployment that keeps its answers has none.
    package init(of deployment: Deployment) {
        endpoints = Set(deployment.apiEndpoint.map { host in Answer.Path.all.map { "https://\(host)\($0)" } } ?? [])
    }

    /// Whether the `ApiEndpoint` of a task is one of them. The texts are compared, so that nothing hangs on how a URL is
    /// read.
    func contains(_ endpoint: String) -> Bool { endpoints.contains(endpoint) }

    /// In words, for who has to find out why an answer is not sent.
    var description: String {
        endpoints.isEmpty ? "no host, since apiEndpoint is not set" : endpoints.sorted().joined(separator: " and ")
    }
}
