package import StatesLanguage

/// Everything that a machine of this service is held against before it leaves the compiler. Warnings count.
package struct MachineCheck {
    private let outline: Outline
    private let advice: Advice

    /// - Parameters:
    ///   - input: the members that the input of an execution can have.
    ///   - substitutions: what a deployment gives values for.
    package init(
        outline: Outline, input: [String], substitutions: Set<String>
    ) {
        self.outline = outline
        advice = Advice(input: .members(input), substitutions: substitutions)
    }

    package func problems(of reading: DefinitionReading) -> [Problem] {
        languageProblems(of: reading) + sagaProblems(of: reading)
    }

    /// What is wrong with it as a state machine, whatever it is for.
    package func languageProblems(of reading: DefinitionReading) -> [Problem] {
        // The failure of an answer is the execution's: a redrive sends it again.
        let tellers = Set(outline.tellers.compactMap { reading.scope?.state($0)?.place })
        let listed = Set(outline.listed.compactMap { reading.scope?.state($0)?.place })
        let warnings = advice.warnings(for: reading).filter { problem in
            switch problem.code {
            case .noCatch: !tellers.contains(problem.path)
            // A list says what is left, and no wording of a refusal does.
            case .failuresNotRead: !listed.contains(problem.path)
            default: true
            }
        }
        return reading.errors + reading.unsupported + warnings
    }

    /// What it does not keep of what a saga promises.
    package func sagaProblems(of reading: DefinitionReading) -> [Problem] {
        guard let source = reading.source, let scope = reading.scope else { return [] }
        return SagaCheck(scope, outline).problems() + CircleCheck(source, scope, outline).problems()
            + VariableCheck(source, scope).problems() + AlikeCheck(source, scope, outline).problems()
    }
}
