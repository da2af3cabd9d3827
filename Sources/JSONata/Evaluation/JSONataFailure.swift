/// Why there is no tree or no value: an error of the expression, or a budget that is used up.
package indirect enum JSONataFailure: Error {
    case error(JSONataError)
    case excess(JSONataExcess)

    /// The same, with the place where it happened and what stands there, where it does not say that already.
    func at(_ position: Int?, token: String? = nil) -> JSONataFailure {
        guard case .error(var error) = self else { return self }
        error.position = error.position ?? position
        error.token = error.token ?? token
        return .error(error)
    }
}

extension JSONataFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .error(let error): error.description
        case .excess(let excess): "The expression takes more \(excess.rawValue) than it may"
        }
    }
}
