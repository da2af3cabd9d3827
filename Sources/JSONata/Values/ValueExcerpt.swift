extension JSONataError {
    /// Makes an error that has a value of the expression in it.
    init(
        _ code: Code, position: Int? = nil, token: String? = nil, value: JSONataValue, argument: Int? = nil,
        detail: String? = nil
    ) {
        self.init(code, position: position, token: token, value: value.excerpt, argument: argument, detail: detail)
    }
}

extension JSONataValue {
    /// A few characters of the value for an error: a large one costs nothing more.
    fileprivate var excerpt: String {
        switch self {
        case .undefined: "undefined"
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let value): value.javaScriptText
        case .string(let value): "\"" + value.prefix(64) + (value.count > 64 ? "…\"" : "\"")
        case .array(let array): "an array of \(array.count)"
        case .object(let object): "an object of \(object.count)"
        case .function: "a function"
        }
    }
}
