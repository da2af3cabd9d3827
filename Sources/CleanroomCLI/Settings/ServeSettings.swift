import AWSSigning
import CleanroomModel
import CleanroomServer
import EmbeddedLake
import Logging
import StatesLanguage

/// Everything that `serve` is set up by, with where each value comes from.
struct ServeSettings: Sendable {
    /// A setting as it is shown: never with a secret in it.
    struct Line: Sendable {
        let key: String
        let value: String
        let source: String

        init(key: String, value: String, source: String) {
            (self.key, self.value, self.source) = (key, value.isEmpty ? "(none)" : value, source)
        }
    }

    let server: ServerSettings
    let logLevel: Logger.Level
    /// How much clients may have running.
    let limits: ExecutionLimits
    let deployment: Deployment
    let delivery: AnswerDelivery
    let lines: [Line]

    /// Reads the settings.
    ///
    /// - Throws: `InvalidRequest` with every rule that a value breaks.
    init(_ sources: SettingSources) throws(InvalidRequest) {
        var reader = Reader(sources: sources)
        var server = ServerSettings()
        server.host = reader.text("host", default: server.host)
        server.port = reader.number("port", default: server.port, in: 0...65_535)
        server.maximumWaiting = reader.number("maximumWaiting", default: server.maximumWaiting, in: 1...1_000_000)
        server.maximumConnections = reader.number(
            "maximumConnections", default: server.maximumConnections, in: 1...1_000_000)
        server.maximumPeerConnections = reader.number(
            "maximumPeerConnections", default: server.maximumPeerConnections, in: 1...1_000_000)
        let mebibyte = 1_048_576
        server.maximumBodyMemory =
            mebibyte
            * reader.number("maximumBodyMemory", default: server.maximumBodyMemory / mebibyte, in: 1...1_000_000)
        server.maximumAnswerMemory =
            mebibyte
            * reader.number("maximumAnswerMemory", default: server.maximumAnswerMemory / mebibyte, in: 8...1_000_000)
        server.timeouts.idle = Int64(reader.number("idleTimeout", default: Int(server.timeouts.idle), in: 1...3600))
        server.timeouts.transfer = Int64(
            reader.number("transferTimeout", default: Int(server.timeouts.transfer), in: 1...3600))
        logLevel =
            Logger.Level(rawValue: reader.choice("logLevel", default: "info", of: Logger.Level.allCases)) ?? .info
        var limits = ExecutionLimits()
        limits.executions = reader.number("maximumExecutions", default: limits.executions, in: 1...1_000_000)
        limits.bytes = reader.number("maximumExecutionBytes", default: limits.bytes, in: 1...1_099_511_627_776)
        limits.requests = reader.number("maximumRequests", default: limits.requests, in: 1...10_000_000)
        limits.depth = reader.number("maximumStartDepth", default: limits.depth, in: 0...1000)
        self.limits = limits
        reader.list("httpHosts")
        reader.list("httpPrivateHosts")
        server.accessKeys = reader.accessKeys()
        server.tokenHashes = reader.tokenHashes()
        for parameter in Deployment.Parameter.allCases {
            let standard = parameter == .apiEndpoint ? "(answers are kept)" : parameter.defaultValue
            _ = reader.optionalText(parameter.configKey, default: standard)
        }
        var problems = reader.problems
        var settings: DeploymentSettings?
        do {
            settings = try DeploymentSettings(sources)
        } catch {
            problems += error.problems
        }
        guard problems.isEmpty, let settings else { throw InvalidRequest(problems: problems) }
        (deployment, delivery) = (settings.deployment, settings.delivery)
        self.server = server
        _ = reader.optionalText("connection.caFile", default: "(the system's certificates)")
        let source = delivery.connection == nil ? nil : sources.source(ofAny: "connection.")
        lines = reader.lines + [Line(key: "connection", value: delivery.summary, source: source ?? "default")]
    }

    /// Reads one setting after the other, noting what was found where and what is wrong.
    private struct Reader {
        let sources: SettingSources
        var lines: [Line] = []
        var problems: [RuleViolation] = []

        mutating func optionalText(_ key: String, default standard: String) -> String? {
            let found = sources.text(key)
            lines.append(Line(key: key, value: found?.value ?? standard, source: found?.source ?? "default"))
            return found?.value
        }

        mutating func text(_ key: String, default standard: String) -> String {
            optionalText(key, default: standard) ?? standard
        }

        mutating func number(_ key: String, default standard: Int, in range: ClosedRange<Int>) -> Int {
            let text = text(key, default: "\(standard)")
            if let number = Int(text), range.contains(number) { return number }
            problems.append(
                RuleViolation(
                    field: key, value: text, rule: "a whole number from \(range.lowerBound) to \(range.upperBound)"))
            return standard
        }

        mutating func choice(_ key: String, default standard: String, of levels: [Logger.Level]) -> String {
            let text = text(key, default: standard)
            let names = levels.map(\.rawValue)
            if !names.contains(text) {
                problems.append(
                    RuleViolation(field: key, value: text, rule: "one of \(names.joined(separator: ", "))"))
            }
            return text
        }

        mutating func accessKeys() -> [String: SecretAccessKey] {
            var keys: [String: SecretAccessKey] = [:]
            for (index, text) in secrets("accessKeys").enumerated() {
                let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                if parts.count == 2, !parts[0].isEmpty, parts[1].utf8.count >= 16, !parts[0].contains("/") {
                    keys[String(parts[0])] = SecretAccessKey(String(parts[1]))
                } else {
                    problems.append(
                        RuleViolation(
                            field: "accessKeys[\(index)]", value: "•••",
                            rule: "id:secret, the id without '/', the secret of at least 16 characters"))
                }
            }
            return keys
        }

        mutating func tokenHashes() -> Set<String> {
            let hashes = secrets("tokenHashes")
            for (index, hash) in hashes.enumerated()
            where hash.utf8.count != 64 || !hash.allSatisfy({ "0123456789abcdef".contains($0) }) {
                problems.append(
                    RuleViolation(
                        field: "tokenHashes[\(index)]", value: "•••",
                        rule: "the SHA-256 of a token in 64 lowercase hexadecimal digits"))
            }
            return Set(hashes)
        }

        /// Shows a list that somebody else reads.
        mutating func list(_ key: String) {
            let found = sources.list(key)
            let shown = found.map { $0.value.joined(separator: ", ") } ?? "(none)"
            lines.append(Line(key: key, value: shown, source: found?.source ?? "default"))
        }

        private mutating func secrets(_ key: String) -> [String] {
            let found = sources.list(key)
            let shown = found.map { "•••, \($0.value.count) of them" } ?? "(none)"
            lines.append(Line(key: key, value: shown, source: found?.source ?? "default"))
            return found?.value ?? []
        }
    }
}
