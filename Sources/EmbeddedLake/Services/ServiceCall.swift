package import DurableExecution
package import StatesLanguage

/// A call of an action of an embedded service.
package struct ServiceCall: Sendable {
    package let action: String
    package let parameters: JSONValue
    /// The ARN of the role that calls.
    package let caller: String
    /// The same for every delivery of this call and for no other.
    package let token: String
    package let time: Timestamp
    /// The execution that calls; `nil` for a client.
    package let execution: ExecutionARN?
    /// The definition in the parameters, if it has been checked before the transaction.
    package var definition: CheckedDefinition?
    /// The input of the execution that it starts, if it has been read before the transaction.
    package var input: JSONValue?

    package init(_ request: TaskRequest) {
        execution = request.execution.arn
        action = request.resource.action
        parameters = request.parameters
        caller = request.execution.machine.roleARN
        token = request.idempotencyToken
        time = request.scheduledAt
    }

    /// - Parameters:
    ///   - caller: the ARN of whoever calls.
    ///   - token: the same for every delivery of this call and for no other.
    package init(action: String, parameters: JSONValue, caller: String, token: String, time: Timestamp) {
        self.action = action
        self.parameters = parameters
        self.caller = caller
        self.token = token
        self.time = time
        execution = nil
    }

    /// The account in the caller's ARN.
    var account: String {
        let parts = caller.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 5, omittingEmptySubsequences: false)
        return parts.count > 4 ? String(Substring(parts[4])) : ""
    }

    func string(_ name: String) throws(ServiceError) -> String {
        guard let value = parameters[name]?.stringValue else {
            throw ServiceError("InvalidInputException", "\(name) is missing or not a text")
        }
        return value
    }

    func limit(_ name: String, default standard: Int64, maximum: Int64) throws(ServiceError) -> Int {
        guard let json = parameters[name] else { return Int(standard) }
        guard let value = json.integerValue, (1...maximum).contains(value) else {
            throw ServiceError("InvalidInputException", "\(name) is not from 1 to \(maximum): \(json.text)")
        }
        return Int(value)
    }
}

extension ServiceError {
    static func unknownAction(_ call: ServiceCall) -> ServiceError {
        ServiceError("UnknownOperationException", "there is no action \(call.action)")
    }
}
