package import AWSSigning
import CleanroomModel

/// How a server listens, and whom it lets in.
package struct ServerSettings: Sendable {
    /// How much of a request's body is taken.
    package static let maximumBodyBytes = 1_048_576

    package var host: String
    package var port: Int
    /// The secrets of the access keys that may sign calls of AWS, by their ids.
    package var accessKeys: [String: SecretAccessKey]
    /// The SHA-256 of the bearer tokens of the JSON API, in hexadecimal.
    package var tokenHashes: Set<String>
    /// How many requests may be waiting for their answers; one more is told to come again.
    package var maximumWaiting: Int
    /// How many connections may be open; for one more another is closed (`Connections`).
    package var maximumConnections: Int
    /// How many of them one address may have; those of this machine have three times as many.
    package var maximumPeerConnections: Int
    /// How much memory the bodies of all requests may take, in bytes.
    package var maximumBodyMemory: Int
    /// How much memory large answers may take that wait to be taken, in bytes.
    package var maximumAnswerMemory: Int
    package var timeouts: Timeouts

    /// How long a client may take.
    package struct Timeouts: Sendable {
        /// Between two requests on one connection, and for the head of a request, in seconds.
        package var idle: Int64 = 60
        /// For the body of a request, and for taking an answer, in seconds.
        package var transfer: Int64 = 20

        package init() {}
    }

    package init(
        host: String = "127.0.0.1", port: Int = 8787, accessKeys: [String: SecretAccessKey] = [:],
        tokenHashes: Set<String> = [], maximumWaiting: Int = 1000, maximumConnections: Int = 2000,
        maximumPeerConnections: Int = 500, maximumBodyMemory: Int = 64 * 1_048_576,
        maximumAnswerMemory: Int = 64 * 1_048_576, timeouts: Timeouts = Timeouts()
    ) {
        self.host = host
        self.port = port
        self.accessKeys = accessKeys
        self.tokenHashes = tokenHashes
        self.maximumWaiting = maximumWaiting
        self.maximumConnections = maximumConnections
        self.maximumPeerConnections = maximumPeerConnections
        self.maximumBodyMemory = maximumBodyMemory
        self.maximumAnswerMemory = maximumAnswerMemory
        self.timeouts = timeouts
    }

    /// Whether only this machine can reach the address.
    package var isLoopback: Bool { Loopback.contains(host) }

    /// Whether requests have to say who makes them.
    package var hasCredentials: Bool { !accessKeys.isEmpty || !tokenHashes.isEmpty }

    /// Refuses to let everybody in.
    ///
    /// - Throws: `ServerError.credentialsRequired` for an address that others can reach and no credentials.
    package func check() throws(ServerError) {
        if !isLoopback, !hasCredentials { throw .credentialsRequired(host: host) }
    }
}

/// Why a server does not start. Each code has a page under `docs/errors/`.
package enum ServerError: Error, Equatable, CustomStringConvertible {
    /// Others could reach it, and nobody would have to say who they are.
    case credentialsRequired(host: String)
    /// The address is in use, or is none of this machine.
    case cannotListen(host: String, port: Int, reason: String)

    package var code: String {
        switch self {
        case .credentialsRequired: "CREDENTIALS_REQUIRED"
        case .cannotListen: "CANNOT_LISTEN"
        }
    }

    package var description: String {
        switch self {
        case .credentialsRequired(let host):
            "host '\(host)' can be reached by others, and neither accessKeys nor tokenHashes are configured. Give "
                + "credentials in a config file or in the environment, or listen on 127.0.0.1."
        case .cannotListen(let host, let port, let reason):
            "cannot listen on \(host), port \(port): \(reason). Give another one with --port or --host."
        }
    }
}
