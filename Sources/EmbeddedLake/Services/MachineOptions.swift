import StatesLanguage

/// The members of `CreateStateMachine` and `UpdateStateMachine` that are kept and shown, and have no effect here.
enum MachineOptions {
    /// What AWS shows of a member that was not given, or was given in part.
    ///
    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html>
    private static let standard: JSONObject = [
        "LoggingConfiguration": ["Level": "OFF", "IncludeExecutionData": false],
        "TracingConfiguration": ["Enabled": false], "EncryptionConfiguration": ["Type": "AWS_OWNED_KEY"],
    ]

    static let names = Array(standard.names)

    /// The options that a call brings with it.
    static func given(in call: ServiceCall) -> JSONObject {
        JSONObject(standard.names.compactMap { name in call.parameters[name].map { (name, $0) } })
    }

    /// All options, each with AWS's value for what was not given of it.
    static func complete(_ options: JSONObject) -> JSONObject {
        JSONObject(
            standard.map { name, value in
                let members = (value.objectValue ?? [:]).merging(options[name]?.objectValue ?? [:])
                return (name, .object(members))
            })
    }

    /// - Throws: `InvalidLoggingConfigurationException` for logs that have nowhere to go.
    static func checkLogging(_ call: ServiceCall) throws(ServiceError) {
        guard let logging = call.parameters["LoggingConfiguration"] else { return }
        let level = logging["Level"]?.stringValue ?? "OFF"
        if level != "OFF", logging["Destinations"]?.arrayValue?.count != 1 {
            throw ServiceError(
                "InvalidLoggingConfigurationException",
                "Invalid Logging Configuration: Must specify exactly one Log Destination.")
        }
    }
}
