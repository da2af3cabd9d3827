import StatesLanguage

/// What Step Functions demands of names and ARNs beyond the rules of its model, with its own errors.
enum StepFunctionsRules {
    static func check(_ parameters: JSONValue) throws(WireError) {
        for (member, kinds) in [
            ("stateMachineArn", ["stateMachine"]), ("stateMachineAliasArn", ["stateMachine"]),
            ("executionArn", ["execution"]), ("resourceArn", ["stateMachine", "activity"]),
        ] {
            if let arn = parameters[member]?.stringValue { try check(arn: arn, kinds) }
        }
        if let arn = parameters["roleArn"]?.stringValue, !arn.hasPrefix("arn:") || !arn.contains(":iam::") {
            throw WireError(code: "InvalidArn", message: "Invalid Role Arn: '\(arn)'")
        }
        if let name = parameters["name"]?.stringValue, !isName(name) {
            throw WireError(code: "InvalidName", message: "Invalid Name: '\(name)'")
        }
    }

    private static func check(arn: String, _ kinds: [String]) throws(WireError) {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.first == "arn" else {
            throw WireError(code: "InvalidArn", message: "Invalid Arn: 'Invalid ARN prefix: \(arn)'")
        }
        guard parts.count >= 7, parts[2] == "states", kinds.contains(String(parts[5])),
            parts[5] != "execution" || parts.count == 8
        else {
            throw WireError(
                code: "InvalidArn", message: "Invalid Arn: 'Resource type not valid in this context: \(arn)'")
        }
    }

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>
    private static func isName(_ name: String) -> Bool {
        let refused = Set("<>{}[]?*\"#%\\^|~`$&,;:/".unicodeScalars)
        return name.unicodeScalars.allSatisfy { scalar in
            !refused.contains(scalar) && !scalar.properties.isWhitespace && scalar.value >= 0x20
                && !(0x7F...0x9F).contains(scalar.value) && !(0xD800...0xDFFF).contains(scalar.value)
                && scalar.value < 0xFFFE
        }
    }
}
