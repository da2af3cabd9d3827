import JSONata

/// What is said of an expression that cannot be read.
enum QueryProblem {
    static func syntax(_ failure: JSONataFailure, at place: ProblemPath) -> Problem {
        switch failure {
        case .error(let error):
            Problem(.invalidJSONata, at: place, error.message, hint: error.position.map(position))
        case .excess: Problem(.invalidJSONata, at: place, "The expression is nested too deep")
        }
    }

    static func position(_ position: Int) -> String { "see character \(position) of the expression" }
}
