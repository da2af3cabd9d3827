import StatesLanguage

/// The history: every event has a number, and is written out where somebody wants it.
extension Interpreter {
    /// - Parameters:
    ///   - previous: the number of the event before it, if that is not the last one of the branch.
    ///   - advances: whether it is the one before the next event of the branch.
    mutating func emit(
        _ kind: HistoryEvent.Kind, previous: Int64? = nil, advances: Bool = true,
        _ details: (Interpreter) -> JSONObject = { _ in [:] }
    ) {
        lastEventID += 1
        let previous = previous ?? branch.lastEventID
        if advances { branch.lastEventID = lastEventID }
        if history?.wants(lastEventID, kind) != true { return }
        let event = HistoryEvent(
            execution: start.arn, id: lastEventID, previousID: previous, timestamp: now, kind: kind,
            details: details(self))
        history?.record(event)
    }

    /// What an event says of a value: its text, or nothing where history goes without data.
    func told(_ value: JSONValue) -> JSONValue { historyHasData ? .string(value.text) : .null }

    /// What the events of the beginning say of the execution's input: its text as it was sent.
    var toldInput: JSONValue { historyHasData ? .string(start.shownInput) : .null }

    /// The details of the first event.
    var startDetails: JSONObject {
        let machine = start.machine
        var details: JSONObject = [
            "input": toldInput, "inputDetails": ["truncated": false], "roleArn": .string(machine.roleARN),
        ]
        if let qualifier = start.qualifier {
            if let alias = qualifier.aliasARN(of: machine.arn) { details["stateMachineAliasArn"] = .string(alias) }
            details["stateMachineVersionArn"] = .string(qualifier.versionARN(of: machine.arn))
        }
        return details
    }

    /// - Parameter assigned: the variables that the state assigns.
    mutating func emitExit(_ output: JSONValue, _ assigned: JSONObject?) {
        let state = branch.state
        emit(.stateExited(state.typeName)) {
            if !$0.historyHasData { return ["name": .string(state.name)] }
            var details: JSONObject = [
                "name": .string(state.name), "output": .string(output.text), "outputDetails": ["truncated": false],
            ]
            if let assigned, !assigned.isEmpty {
                details["assignedVariables"] = .object(JSONObject(assigned.map { ($0, .string($1.text)) }))
                details["assignedVariablesDetails"] = ["truncated": false]
            }
            return details
        }
    }

    static func errorDetails(_ error: String?, _ cause: String?) -> JSONObject {
        var details = JSONObject()
        if let error { details["error"] = .string(error) }
        if let cause { details["cause"] = .string(cause) }
        return details
    }
}
