/// Something that is wrong with a definition, and where.
package struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
    package let code: Code
    package let path: ProblemPath
    /// The rule, in words; what it quotes is bounded.
    package let message: String
    /// What was probably meant.
    package let hint: String?

    package init(_ code: Code, at path: ProblemPath, _ message: String, hint: String? = nil) {
        self.code = code
        self.path = path
        self.message = message.shortened(to: Self.maximumLength)
        self.hint = hint?.shortened(to: Self.maximumLength)
    }

    /// How long what is said may be, in characters.
    private static let maximumLength = 1000

    package var description: String {
        "\(path): \(message)\(hint.map { "; \($0)" } ?? "") [\(code.rawValue)]"
    }
}

extension Problem {
    /// What kind of problem it is. Each has a page under `docs/errors/`.
    package enum Code: String, CaseIterable, Sendable {
        // What AWS refuses.
        case invalidJSON = "INVALID_JSON"
        case duplicateName = "DUPLICATE_NAME"
        case missingField = "MISSING_FIELD"
        case unknownField = "UNKNOWN_FIELD"
        case invalidField = "INVALID_FIELD"
        case conflictingFields = "CONFLICTING_FIELDS"
        case invalidStateName = "INVALID_STATE_NAME"
        case duplicateStateName = "DUPLICATE_STATE_NAME"
        case unknownTarget = "UNKNOWN_TARGET"
        case unreachableState = "UNREACHABLE_STATE"
        case missingEndState = "MISSING_END_STATE"
        case invalidPath = "INVALID_PATH"
        case invalidIntrinsic = "INVALID_INTRINSIC"
        case invalidResource = "INVALID_RESOURCE"
        case invalidJSONata = "INVALID_JSONATA_EXPRESSION"
        case unsupportedJSONata = "UNSUPPORTED_JSONATA_EXPRESSION"
        // What AWS takes, and the embedded engine does not have.
        case unsupportedFeature = "UNSUPPORTED_FEATURE"
        // What is valid and most likely wrong.
        case undefinedSubstitution = "UNDEFINED_SUBSTITUTION"
        case noCatch = "NO_CATCH"
        case noTimeout = "NO_TIMEOUT"
        case noDefault = "NO_DEFAULT"
        case endlessLoop = "ENDLESS_LOOP"
        case unknownAction = "UNKNOWN_ACTION"
        case unknownParameter = "UNKNOWN_PARAMETER"
        case missingParameter = "MISSING_PARAMETER"
        case invalidParameter = "INVALID_PARAMETER_VALUE"
        case forbiddenHeader = "FORBIDDEN_HEADER"
        case unknownError = "UNKNOWN_ERROR"
        case lostDollar = "LOST_DOLLAR"
        case pathNotThere = "PATH_NOT_THERE"
        case droppedResult = "DROPPED_RESULT"
        case unreadResult = "UNREAD_RESULT"
        case failuresNotRead = "FAILURES_NOT_READ"
        case neverTaken = "NEVER_TAKEN"
        case noCondition = "NO_CONDITION"
        case unexpectedType = "UNEXPECTED_RESULT_TYPE"
        // What an expression in JSONata most likely should not be.
        case unequalToNothing = "UNEQUAL_TO_NOTHING"
        case longNumber = "LONG_NUMBER"
        case unportablePattern = "UNPORTABLE_PATTERN"
        case deepExpression = "DEEP_EXPRESSION"
        case shadowedFunction = "SHADOWED_FUNCTION"
        case oldValue = "OLD_VALUE"
        case choiceAssign = "CHOICE_ASSIGN"
        case retriedExpression = "RETRIED_EXPRESSION"
        case singleElement = "SINGLE_ELEMENT"
        // What a saga may not be.
        case sagaNoUndo = "SAGA_NO_UNDO"
        case sagaNoOutcome = "SAGA_NO_OUTCOME"
        case sagaTwoOutcomes = "SAGA_TWO_OUTCOMES"
        case sagaEffectAfterPivot = "SAGA_EFFECT_AFTER_PIVOT"
        case sagaStepBypassed = "SAGA_STEP_BYPASSED"
        case sagaStepRepeated = "SAGA_STEP_REPEATED"
        case sagaSideDoor = "SAGA_SIDE_DOOR"
        case sagaNoRetry = "SAGA_NO_RETRY"
        case sagaNoJitter = "SAGA_NO_JITTER"
        // What a cleanroom may not be.
        case contractBroken = "CONTRACT_BROKEN"
    }

    package enum Severity: String, Sendable {
        case error = "ERROR"
        case warning = "WARNING"
    }

    package var severity: Severity { code.severity }
}

extension Problem.Code {
    package var severity: Problem.Severity {
        switch self {
        case .invalidJSON, .duplicateName, .missingField, .unknownField, .invalidField, .conflictingFields,
            .invalidStateName, .duplicateStateName, .unknownTarget, .unreachableState, .missingEndState, .invalidPath,
            .invalidIntrinsic, .invalidResource, .invalidJSONata, .unsupportedJSONata, .unsupportedFeature, .sagaNoUndo,
            .sagaNoOutcome, .sagaTwoOutcomes, .sagaEffectAfterPivot, .sagaStepBypassed, .sagaStepRepeated,
            .sagaSideDoor,
            .sagaNoRetry, .sagaNoJitter, .contractBroken:
            .error
        case .undefinedSubstitution, .noCatch, .noTimeout, .noDefault, .endlessLoop, .unknownAction,
            .unknownParameter, .missingParameter, .invalidParameter, .forbiddenHeader, .unknownError, .lostDollar,
            .pathNotThere, .droppedResult, .unreadResult, .failuresNotRead, .neverTaken, .noCondition, .unexpectedType,
            .unequalToNothing, .longNumber, .unportablePattern, .deepExpression, .shadowedFunction,
            .oldValue, .choiceAssign, .retriedExpression, .singleElement:
            .warning
        }
    }

    /// The code under which AWS tells it, where AWS does.
    ///
    /// Source:
    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html>
    package var awsCode: String? {
        switch self {
        case .invalidJSON: "INVALID_JSON_DESCRIPTION"
        case .unknownTarget, .unreachableState: "MISSING_TRANSITION_TARGET"
        case .missingEndState: "MISSING_END_STATE"
        case .duplicateStateName: "DUPLICATE_STATE_NAME"
        case .invalidStateName: "INVALID_STATE_NAME"
        case .lostDollar: "NO_DOLLAR"
        case .invalidJSONata, .unsupportedJSONata: rawValue
        // A resource that is not there is recorded under the general code.
        case .duplicateName, .missingField, .unknownField, .invalidField, .conflictingFields, .invalidPath,
            .invalidIntrinsic, .invalidResource, .unsupportedFeature:
            "SCHEMA_VALIDATION_FAILED"
        default: nil
        }
    }
}

/// A place in a definition, written as AWS writes it: `/States/Name/Next`.
package struct ProblemPath: Hashable, Sendable, CustomStringConvertible {
    package static let root = ProblemPath(place: .root)

    /// A place within another. Nearly all that are made are never told, so that nothing is put together before.
    private indirect enum Place: Hashable, Sendable {
        case root
        case member(Place, String)
        case element(Place, Int)

        /// The names and, in brackets, the indices on the way. The way may be long: it is gone once, from its end.
        var components: [String] {
            var components: [String] = []
            var place = self
            while true {
                switch place {
                case .root: return components.reversed()
                case .member(let outer, let name):
                    components.append(name)
                    place = outer
                case .element(let outer, let index):
                    components.append("[\(index)]")
                    place = outer
                }
            }
        }

        var text: String {
            components.map { name in
                let name = name.quoted
                return name.hasPrefix("[") ? name : "/" + name
            }.joined()
        }
    }

    private let place: Place

    private init(place: Place) {
        self.place = place
    }

    /// A place by its names and, in brackets, its indices.
    package init(components: [String]) {
        self = components.reduce(.root) { path, component in
            let index = component.hasPrefix("[") ? Int(component.dropFirst().dropLast()) : nil
            return index.map { path.appending($0) } ?? path.appending(component)
        }
    }

    /// The names and, in brackets, the indices on the way.
    package var components: [String] { place.components }

    package func appending(_ name: String) -> ProblemPath { ProblemPath(place: .member(place, name)) }
    package func appending(_ index: Int) -> ProblemPath { ProblemPath(place: .element(place, index)) }

    /// The place as AWS writes it; names that are very long are shortened.
    package var description: String { place == .root ? "/" : place.text.shortened(to: 1000) }
}

/// A definition that is refused, with all of its problems at once, as far as a person can read them.
package struct DefinitionError: Error, Equatable, CustomStringConvertible {
    /// The first of them.
    package let problems: [Problem]
    /// How many more there are.
    package let more: Int

    package init(problems: [Problem], more: Int = 0) {
        self.problems = Array(problems.prefix(ProblemCollector.maximumCount))
        self.more = more + max(0, problems.count - ProblemCollector.maximumCount)
    }

    package var description: String { lines.joined(separator: "\n") }

    /// A line for each problem, and one that says how many more there are.
    package var lines: [String] {
        problems.map(\.description) + (more > 0 ? [Self.text(ofMore: more)] : [])
    }

    /// Says how many problems there are beyond those that are told.
    package static func text(ofMore count: Int) -> String {
        count == 1 ? "1 more problem is not told" : "\(count) more problems are not told"
    }
}
