import DurableExecution
import StatesLanguage

/// A definition is checked against the language, and against the actions that the lake has.
extension CheckedDefinition {
    /// Checks a definition. It takes linear work, on the caller's thread.
    package init(_ text: String, isExpress: Bool = false, findsWarnings: Bool = false) {
        let reading = DefinitionReading(parsing: text, isExpress: isExpress, purpose: .creation)
        var (problems, more): ([Problem], Int) = ([], 0)
        do {
            try LakeServices.handlers().check(try reading.machine())
        } catch {
            (problems, more) = (error.problems, error.more)
        }
        self.init(
            text, isExpress: isExpress, problems: problems, more: more,
            warnings: findsWarnings ? Advice.awsWarnings(for: reading) : ([], 0))
    }

    /// The definition that a call brings with it, checked; `nil` for a call that brings none.
    ///
    /// - Parameter call: an action of Step Functions.
    package init?(of call: ServiceCall) {
        guard Self.isNeeded(for: call), let text = call.parameters["Definition"]?.stringValue else { return nil }
        self.init(
            text, isExpress: call.parameters["Type"] == "EXPRESS",
            findsWarnings: call.action == "validateStateMachineDefinition" && call.parameters["Severity"] == "WARNING")
    }

    /// Whether a call brings a definition that has to be checked before it is carried out.
    package static func isNeeded(for call: ServiceCall) -> Bool {
        ["createStateMachine", "updateStateMachine", "validateStateMachineDefinition"].contains(call.action)
            && call.parameters["Definition"] != nil
    }
}
