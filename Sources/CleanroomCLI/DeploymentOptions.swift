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

    /// The deployment that these options, the environment and the config file describe.
    func deployment() throws(InvalidRequest) -> Deployment {
        try Deployment(values())
    }

    /// How answers are delivered.
    func delivery() throws(InvalidRequest) -> AnswerDelivery {
        let sources = try SettingSources(flags: flags, file: config)
        return try AnswerDelivery(sources, to: try deployment())
    }

    private func values() throws(InvalidRequest) -> [Deployment.Parameter: String] {
        let sources = try SettingSources(flags: flags, file: config)
        var values: [Deployment.Parameter: String] = [:]
        for parameter in Deployment.Parameter.allCases {
            values[parameter] = sources.text(parameter.configKey)?.value
        }
        return values
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

extension Deployment.Parameter {
    /// The parameter in a config file, and in an environment variable behind `CLEANROOM_`.
    var configKey: String { rawValue.prefix(1).lowercased() + rawValue.dropFirst() }
}
