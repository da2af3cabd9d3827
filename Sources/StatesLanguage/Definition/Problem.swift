/// Something that is wrong with a definition, and where.
package struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of problem it is. Each has a page under `docs/errors/`.
    package enum Code: String, CaseIterable, Sendable {
        case invalidJSON = "INVALID_JSON"
        case missingField = "MISSING_FIELD"
        case unknownField = "UNKNOWN_FIELD"
        case invalidField = "INVALID_FIELD"
        case unsupportedFeature = "UNSUPPORTED_FEATURE"
        case unknownTarget = "UNKNOWN_TARGET"
        case unreachableState = "UNREACHABLE_STATE"
        case invalidPath = "INVALID_PATH"
        case invalidIntrinsic = "INVALID_INTRINSIC"
        case undefinedSubstitution = "UNDEFINED_SUBSTITUTION"
    }

    package let code: Code
    package let path: ProblemPath
    /// The rule, in words.
    package let message: String

    package init(_ code: Code, at path: ProblemPath, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    package var description: String { "\(path): \(message) [\(code.rawValue)]" }
}

/// A place in a definition, written as AWS writes it: `/States/Name/Next`.
package struct ProblemPath: Hashable, Sendable, CustomStringConvertible {
    package static let root = ProblemPath(place: .root)

    /// A place within another. Nearly all that are made are never told, so that nothing is put together before.
    private indirect enum Place: Hashable, Sendable {
        case root
        case member(Place, String)
        case element(Place, Int)

        var text: String {
            switch self {
            case .root: ""
            case .member(let place, let name): name.hasPrefix("[") ? place.text + name : place.text + "/" + name
            case .element(let place, let index): "\(place.text)[\(index)]"
            }
        }
    }

    private let place: Place

    private init(place: Place) {
        self.place = place
    }

    package func appending(_ name: String) -> ProblemPath { ProblemPath(place: .member(place, name)) }
    package func appending(_ index: Int) -> ProblemPath { ProblemPath(place: .element(place, index)) }

    package var description: String { place == .root ? "/" : place.text }
}

/// A definition that is refused, with every problem at once.
package struct DefinitionError: Error, Equatable, CustomStringConvertible {
    package let problems: [Problem]

    package init(problems: [Problem]) {
        self.problems = problems
    }

    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
