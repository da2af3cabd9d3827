import CleanroomModel

/// A setting of the program: how it is called in a config file and in the environment, and what it has to be.
///
/// All of them stand here. What is read that is not among them is a mistake of ours; what a config file has that is not
/// among them is refused.
struct Setting: Sendable {
    enum Kind: String, Sendable {
        case text = "a text"
        case number = "a whole number"
        case list = "a list of texts"
    }

    /// The path in a config file, with dots between the objects.
    let key: String
    let kind: Kind
    /// Whether nobody else is to read it: then it is never shown, and not taken from the command line, which others see.
    let isSecret: Bool
    /// Whether a config file may have it. The others are for commands that read none.
    let isInFile: Bool

    private init(_ key: String, _ kind: Kind = .text, isSecret: Bool = false, isInFile: Bool = true) {
        (self.key, self.kind, self.isSecret, self.isInFile) = (key, kind, isSecret, isInFile)
    }

    /// The environment variable: `connection.oauth.clientId` is `CLEANROOM_CONNECTION_OAUTH_CLIENT_ID`.
    var variable: String {
        "CLEANROOM_"
            + key.reduce(into: "") { name, letter in
                if letter.isUppercase { name += "_" }
                name += letter == "." ? "_" : letter.uppercased()
            }
    }

    static let all = ofDeployment + ofDelivery + ofServer + ofEnvironment
    private static let byKey = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })

    /// The setting with this path, if there is one.
    static func named(_ key: String) -> Setting? { byKey[key] }

    /// For each command that runs executions.
    private static let ofDeployment = Deployment.Parameter.allCases.map { Setting($0.configKey) }

    /// For each command that delivers answers.
    private static let ofDelivery = [
        Setting("connection.apiKey.name"), Setting("connection.apiKey.value", isSecret: true),
        Setting("connection.basic.username"), Setting("connection.basic.password", isSecret: true),
        Setting("connection.oauth.endpoint", isSecret: true), Setting("connection.oauth.method"),
        Setting("connection.oauth.clientId"), Setting("connection.oauth.clientSecret", isSecret: true),
        Setting("connection.oauth.headers", .list, isSecret: true),
        Setting("connection.oauth.query", .list, isSecret: true),
        Setting("connection.oauth.body", .list, isSecret: true),
        Setting("connection.headers", .list, isSecret: true), Setting("connection.query", .list, isSecret: true),
        Setting("connection.body", .list, isSecret: true), Setting("connection.caFile"),
        Setting("httpHosts", .list), Setting("httpPrivateHosts", .list),
    ]

    /// For `serve`.
    private static let ofServer =
        [Setting("host"), Setting("logLevel"), Setting("accessKeys", .list, isSecret: true)]
        + [Setting("tokenHashes", .list)]
        + [
            "port", "maximumWaiting", "maximumConnections", "maximumPeerConnections", "maximumBodyMemory",
            "maximumAnswerMemory",
            "idleTimeout", "transferTimeout", "maximumExecutions", "maximumExecutionBytes",
            "maximumRequests", "maximumStartDepth",
        ].map { Setting($0, .number) }

    /// For commands that read no config file: the folder, and the server that is asked.
    private static let ofEnvironment = [
        Setting("dataDir", isInFile: false), Setting("token", isSecret: true, isInFile: false),
        Setting("serverCaFile", isInFile: false),
    ]
}
