/// Something that a state reads, and that is not there on every way to it, or on some.
struct MissedValue {
    /// What is missing, as the definition writes it.
    let text: String
    let segments: [JSONPath.Segment]
    let document: KnownData.Document
    let isOnEveryWay: Bool
    let place: ProblemPath
    /// Where in the expression it is read, and what was probably meant; `nil` for a path.
    var query: Query?

    struct Query {
        let position: Int
        /// Whether it is called as a function.
        let isFunction: Bool
        /// The names that there are instead.
        let names: Set<String>
    }

    /// Whether the value is missing from what one of the states before hands over.
    func isMissing(from known: KnownData) -> Bool {
        let document: Shape
        switch self.document {
        case .input: document = known.input
        case .variables: document = known.variables
        case .other: return false
        }
        if case .missing = document.find(segments, goesThroughArrays: query != nil) { return true }
        return false
    }

    /// - Parameter before: a state from which the value does not come, where it comes from others.
    func problem(comingFrom before: @autoclosure () -> String?, _ problems: ProblemCollector) -> Problem {
        var message =
            if query?.isFunction == true {
                "there is no function '\(text.quoted)'"
            } else if document == .variables {
                "'\(text.quoted)' is not assigned here"
            } else {
                "there is no '\(text.quoted)' here"
            }
        if !isOnEveryWay {
            message += " on some way"
            if let before = before() { message += ", by \(before)" }
        }
        return Problem(.pathNotThere, at: place, message, hint: hint(problems))
    }

    private func hint(_ problems: ProblemCollector) -> String? {
        guard let query else { return nil }
        let position = QueryProblem.position(query.position)
        guard let meant = problems.hint(for: text, among: query.names.sorted()) else { return position }
        return "\(meant); \(position)"
    }
}
