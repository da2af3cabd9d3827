import ArgumentParser
import CleanroomModel

/// The parameters of a deployment: from the command line, else the environment, else a config file, else the defaults.
struct DeploymentOptions: ParsableArguments {
    @Option(help: "Name of the service (CLEANROOM_NAME; default core-account-cleanroom-create).")
    var name: String?

    @Option(help: "Athena workgroup (CLEANROOM_WORKGROUP; default primary).")
    var workgroup: String?

    @Option(help: "S3 bucket that hosts the rooms (CLEANROOM_BUCKET; default mytiki-ocean).")
    var bucket: String?

    @Option(
        help: """
            Host that receives the answers, without https:// (CLEANROOM_API_ENDPOINT; default: keep them). \
            http://HOST:PORT for a receiver on this machine.
            """)
    var apiEndpoint: String?

    @Option(help: "Id of the EventBridge connection, name/id (CLEANROOM_API_AUTHORIZATION).")
    var apiAuthorization: String?

    @Option(help: "Role with which Lake Formation reaches the rooms, a name or an ARN (CLEANROOM_LOCATION_ROLE).")
    var locationRole: String?

    @Option(help: "A JSON file with the parameters by these names: name, workgroup, bucket, apiEndpoint, ….")
    var config: String?

    /// What these options, the environment and the config file say, read once.
    func settings() throws(InvalidRequest) -> DeploymentSettings {
        try DeploymentSettings(try SettingSources(flags: flags, file: config))
    }

    /// What the command line has, by the keys of the settings.
    var flags: [String: String] {
        let flags: [(Deployment.Parameter, String?)] = [
            (.name, name), (.workgroup, workgroup), (.bucket, bucket), (.apiEndpoint, apiEndpoint),
            (.apiAuthorization, apiAuthorization), (.locationRole, locationRole),
        ]
        return Dictionary(
            uniqueKeysWithValues: flags.compactMap { parameter, value in value.map { (parameter.configKey, $0) } })
    }
}

/// A deployment, and how its answers are delivered.
struct DeploymentSettings: Sendable {
    let deployment: Deployment
    let delivery: AnswerDelivery
    /// What was set, and is not a default.
    private let given: [Deployment.Parameter: String]

    /// - Throws: `InvalidRequest` with every rule that a value breaks.
    init(_ sources: SettingSources) throws(InvalidRequest) {
        given = sources.deploymentValues
        var problems: [RuleViolation] = []
        var deployment = Deployment.standard
        do {
            deployment = try Deployment(given)
        } catch {
            problems += error.problems
        }
        var delivery: AnswerDelivery?
        do {
            delivery = try AnswerDelivery(sources, to: deployment)
        } catch {
            problems += error.problems
        }
        guard problems.isEmpty, let delivery else { throw InvalidRequest(problems: problems) }
        (self.deployment, self.delivery) = (deployment, delivery)
    }

    /// The deployment by which a room is made in a folder of which another process makes all rooms.
    ///
    /// - Throws: `InvalidRequest` with what was set to something else than that process has.
    func deployment(servedAs served: Deployment?) throws(InvalidRequest) -> Deployment {
        guard let served else { return deployment }
        let (own, others) = (deployment.values, served.values)
        let problems = Deployment.Parameter.allCases.filter { given[$0] != nil && own[$0] != others[$0] }.map {
            RuleViolation(
                field: $0.rawValue, value: own[$0] ?? "",
                rule: "what the server has that runs the executions of this folder: '\(others[$0] ?? "")'")
        }
        if !problems.isEmpty { throw InvalidRequest(problems: problems) }
        return served
    }
}

extension SettingSources {
    /// What is set of the parameters of a deployment.
    var deploymentValues: [Deployment.Parameter: String] {
        Dictionary(
            uniqueKeysWithValues: Deployment.Parameter.allCases.compactMap { parameter in
                text(parameter.configKey).map { (parameter, $0.value) }
            })
    }
}

extension Deployment.Parameter {
    /// The parameter in a config file, and in an environment variable behind `CLEANROOM_`.
    var configKey: String { rawValue.prefix(1).lowercased() + rawValue.dropFirst() }
}
