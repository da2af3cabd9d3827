import JSONata

/// Something that an expression reads from outside, in AWS's dialect: `$states`, a variable of the machine, a function, or
/// what the dialect does not have.
struct QueryReference: Sendable {
    /// The variable behind which AWS keeps what a state is given.
    static let states = "states"

    /// The functions of the dialect, as an expression names them.
    static let functions = Set(JSONataLibrary.stepFunctions.names.map { "$" + $0 })

    private let reference: JSONataReference
    /// Behind the reference, in characters from the beginning of the expression.
    var position: Int { reference.position }

    init(_ reference: JSONataReference) { self.reference = reference }

    /// The name of a variable, or of a function, without `$`.
    var variable: String? { if case .variable(let name) = reference.kind { name } else { nil } }

    /// The names that follow directly behind the variable.
    var members: [String] { reference.members }

    /// Behind each of these names, in characters from the beginning of the expression.
    var memberPositions: [Int] { reference.memberPositions }

    /// Whether the expression fails when nothing is found here: it gives nothing then, or throws.
    var isRequired: Bool { reference.isRequired }

    /// Whether it is called as a function.
    var isCalled: Bool { reference.isCalled }

    /// Whether a function of the dialect has a name.
    static func isFunction(_ name: String) -> Bool { JSONataLibrary.stepFunctions[name] != nil }

    /// Whether a member of `$states` may be read here.
    func mayBe(member: String) -> Bool {
        variable == Self.states && (members.first ?? member) == member
    }

    /// Why AWS refuses the reference when a machine is created, in its words; `nil` if it takes it.
    func refusal(in surroundings: QueryExpression.Surroundings) -> String? {
        switch reference.kind {
        case .root: return "Reference to '$$' is not supported."
        case .name(let name):
            return reference.isAtTop ? "Reference to '\(name.quoted)' at the top level is not supported." : nil
        case .context: return reference.isAtTop ? "Reference to '$' at the top level is not supported." : nil
        case .variable(Self.states):
            switch (members.first, surroundings) {
            case (nil, _), ("input", _), ("context", _), ("result", .result), ("errorOutput", .errorOutput): return nil
            case (let name?, _): return "Field '$states.\(name.quoted)' does not exist."
            }
        case .variable: return nil
        }
    }
}
