import StatesLanguage

/// The actions of Step Functions, with the rules of AWS's model for what they take.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html>
enum StepFunctionsShapes {
    private static let arn = ActionShape.Rule.text(1...256)
    private static let definition = ActionShape.Rule.text(1...1_048_576)
    private static let page: [ActionShape.Member] = [
        .optional("maxResults", .number(0...1000)), .optional("nextToken", .text(1...1024)),
    ]
    private static let logging = ActionShape.Member.optional(
        "loggingConfiguration",
        .structure([
            .optional("level", .oneOf(["ALL", "ERROR", "FATAL", "OFF"])), .optional("includeExecutionData", .flag),
            .optional("destinations", .list(0...100, of: .map)),
        ]))
    private static let tags = ActionShape.Rule.list(
        0...1000, of: .structure([.optional("key", .text(0...128)), .optional("value", .text(0...256))]))
    private static let includedData = ActionShape.Member.optional(
        "includedData", .oneOf(["ALL_DATA", "METADATA_ONLY"]))

    static let all: [ActionShape] = [
        ActionShape(
            "CreateStateMachine", .required("name", .text(1...80)), .required("definition", definition),
            .required("roleArn", arn), .optional("type", .oneOf(["STANDARD", "EXPRESS"])), logging,
            .optional("tags", tags), .optional("tracingConfiguration", .structure([.optional("enabled", .flag)])),
            .optional("publish", .flag), .optional("versionDescription", .text(0...256)),
            .optional("encryptionConfiguration", .map)),
        ActionShape(
            "UpdateStateMachine", .required("stateMachineArn", arn), .optional("definition", definition),
            .optional("roleArn", arn), logging,
            .optional("tracingConfiguration", .structure([.optional("enabled", .flag)])),
            .optional("publish", .flag), .optional("versionDescription", .text(0...256)),
            .optional("encryptionConfiguration", .map)),
        ActionShape("DescribeStateMachine", .required("stateMachineArn", arn), includedData),
        ActionShape("DescribeStateMachineForExecution", .required("executionArn", arn), includedData),
        ActionShape("DescribeStateMachineAlias", .required("stateMachineAliasArn", arn)),
        ActionShape("ListStateMachines", page[0], page[1]),
        ActionShape("ListStateMachineAliases", .required("stateMachineArn", arn), page[0], page[1]),
        ActionShape("ListStateMachineVersions", .required("stateMachineArn", arn), page[0], page[1]),
        ActionShape("DeleteStateMachine", .required("stateMachineArn", arn)),
        ActionShape("TagResource", .required("resourceArn", arn), .required("tags", tags)),
        ActionShape(
            "UntagResource", .required("resourceArn", arn), .required("tagKeys", .list(0...1000, of: .text(0...128)))),
        ActionShape("ListTagsForResource", .required("resourceArn", arn)),
        ActionShape(
            "ValidateStateMachineDefinition", .required("definition", definition),
            .optional("type", .oneOf(["STANDARD", "EXPRESS"])), .optional("severity", .oneOf(["ERROR", "WARNING"])),
            .optional("maxResults", .number(0...100))),
        ActionShape(
            "StartExecution", .required("stateMachineArn", arn), .optional("name", .text(1...80)),
            .optional("input", .text(0...262_144)), .optional("traceHeader", .text(0...256))),
        ActionShape("DescribeExecution", .required("executionArn", arn), includedData),
        ActionShape(
            "ListExecutions", .required("stateMachineArn", arn),
            .optional(
                "statusFilter",
                .oneOf(["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"])),
            .optional("redriveFilter", .oneOf(["REDRIVEN", "NOT_REDRIVEN"])), page[0],
            .optional("nextToken", .text(1...3096))),
        ActionShape(
            "GetExecutionHistory", .required("executionArn", arn), .optional("reverseOrder", .flag),
            .optional("includeExecutionData", .flag), page[0], page[1]),
        ActionShape(
            "RedriveExecution", .required("executionArn", arn), .optional("clientToken", .text(1...64))),
        ActionShape(
            "StopExecution", .required("executionArn", arn), .optional("error", .text(0...256)),
            .optional("cause", .text(0...32_768))),
    ]
}
