import OrderedCollections

/// A definition as far as it could be read, with everything that is wrong with it.
package struct DefinitionReading: Sendable {
    /// What a definition is read for.
    package enum Purpose: Sendable {
        /// A deployment sets what is written `${Name}` in it.
        case template
        /// A machine is to be made of it as it stands.
        case creation
        /// It has been taken before. What is wrong with the parameters of a task ends the execution, as it did then.
        case execution
    }

    /// The definition as JSON; `nil` when the text is none.
    package let source: JSONValue?
    /// Its states; `nil` when the text is not JSON.
    package let scope: MachineScope?
    /// What AWS refuses, in the order in which it was found: a hundred problems at most.
    package let errors: [Problem]
    /// What is valid, and not there in the embedded engine: as many at most.
    package let unsupported: [Problem]
    /// How many more there are of each.
    package let moreErrors: Int
    package let moreUnsupported: Int

    /// Reads a definition from its text.
    ///
    /// - Parameter isExpress: whether the machine is to be of the type EXPRESS.
    package init(parsing text: String, isExpress: Bool = false, purpose: Purpose = .template) {
        do {
            let (json, repeated) = try Self.parse(text)
            let problems = ProblemCollector()
            for name in repeated.told {
                problems.add(
                    .duplicateName, at: name.place,
                    "the name comes twice in this object, the second time in line \(name.line): one of both is lost")
            }
            problems.add(untold: repeated.more)
            self.init(json, problems, isExpress: isExpress, purpose: purpose)
        } catch {
            self.init(source: nil, scope: nil, errors: [Problem(.invalidJSON, at: .root, error.description)])
        }
    }

    /// Reads the text once when there is nothing wrong with it, as nearly always.
    private static func parse(_ text: String) throws(JSONSyntaxError) -> (JSONValue, RepeatedNames) {
        do {
            return (try JSONValue(parsing: text), RepeatedNames())
        } catch {
            return try JSONValue.parse(text)
        }
    }

    package init(_ json: JSONValue, isExpress: Bool = false, purpose: Purpose = .template) {
        self.init(json, ProblemCollector(), isExpress: isExpress, purpose: purpose)
    }

    private init(_ json: JSONValue, _ problems: ProblemCollector, isExpress: Bool, purpose: Purpose) {
        let context = ScopeContext(isExpress: isExpress, purpose: purpose)
        let scope = MachineScope(FieldReader(json, at: .root, problems), context)
        var names: Set<String> = []
        for state in scope.all.flatMap(\.states.values) where !names.insert(state.name).inserted {
            problems.add(
                .duplicateStateName, at: state.place,
                "there is another state of the name '\(state.name.quoted)' in this machine")
        }
        Self.checkVariables(of: scope, outer: [], problems)
        self.init(
            source: json, scope: scope, errors: problems.all, unsupported: problems.unsupported,
            moreErrors: problems.moreErrors, moreUnsupported: problems.moreUnsupported)
    }

    /// No branch assigns a variable of what is around it, in whatever order the states come.
    private static func checkVariables(of scope: MachineScope, outer: Set<String>, _ problems: ProblemCollector) {
        var visible = outer
        for state in scope.states.values {
            for assignment in state.assignments {
                for name in assignment.names {
                    if outer.contains(name) {
                        problems.add(
                            .invalidField, at: assignment.place,
                            "the variable '\(name.quoted)' is assigned outside of this branch, and may only be read here"
                        )
                    }
                    visible.insert(name)
                }
            }
        }
        for state in scope.states.values {
            for branch in state.branches { checkVariables(of: branch, outer: visible, problems) }
        }
    }

    private init(
        source: JSONValue?, scope: MachineScope?, errors: [Problem], unsupported: [Problem] = [], moreErrors: Int = 0,
        moreUnsupported: Int = 0
    ) {
        (self.source, self.scope, self.errors, self.unsupported) = (source, scope, errors, unsupported)
        (self.moreErrors, self.moreUnsupported) = (moreErrors, moreUnsupported)
    }

    /// The machine for the engine.
    ///
    /// - Throws: `DefinitionError` with every error, and everything that the engine does not have.
    package func machine() throws(DefinitionError) -> StateMachine {
        guard let source, let scope, errors.isEmpty, unsupported.isEmpty else {
            throw DefinitionError(problems: errors + unsupported, more: moreErrors + moreUnsupported)
        }
        return StateMachine(source: source, scope: scope)
    }
}
