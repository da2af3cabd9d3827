extension Signature {
    /// The arguments as the function wants them: the context for one that is missing, an array around a single value.
    ///
    /// - Throws: T0410 to T0412.
    func arguments(
        _ arguments: [JSONataValue], context: JSONataValue
    ) throws(JSONataFailure) -> [JSONataValue] {
        let letters = arguments.map(\.letter)
        guard let counts = Self.counts(letters[...], parameters[...]) else {
            throw wrong(arguments, letters)
        }
        var result: [JSONataValue] = []
        var position = 0
        func next() -> JSONataValue { position < arguments.count ? arguments[position] : .undefined }
        for (parameter, count) in zip(parameters, counts) {
            if count == 0, parameter.takesContext {
                guard parameter.types.contains(context.letter) else {
                    throw .error(JSONataError(.wrongContext, value: context, argument: position + 1))
                }
                result.append(context)
            } else if parameter.isArray {
                for _ in 0..<count {
                    let argument = next()
                    position += 1
                    result.append(try array(argument, parameter, position))
                }
            } else {
                // As the reference has it: a parameter that is left out moves those behind it on.
                for _ in 0..<max(1, count) {
                    result.append(next())
                    position += 1
                }
            }
        }
        return result
    }

    private func array(
        _ argument: JSONataValue, _ parameter: Parameter, _ position: Int
    ) throws(JSONataFailure) -> JSONataValue {
        if argument.isUndefined { return argument }
        if let type = parameter.elements {
            let isRight =
                argument.arrayValue?.elements.allSatisfy { $0.letter == type } ?? (argument.letter == type)
            if !isRight {
                throw .error(
                    JSONataError(.wrongElements, value: argument, argument: position, detail: Self.names[type]))
            }
        }
        return argument.isArray ? argument : .array([argument])
    }

    /// How many arguments each parameter takes, as many as it can; `nil` where they do not fit.
    private static func counts(
        _ letters: ArraySlice<Character>, _ parameters: ArraySlice<Parameter>
    ) -> [Int]? {
        guard let parameter = parameters.first else { return letters.isEmpty ? [] : nil }
        let fitting = letters.prefix { parameter.types.contains($0) }.count
        let most = parameter.repeats ? fitting : min(1, fitting)
        let least = parameter.isOptional || parameter.takesContext ? 0 : 1
        for count in stride(from: most, through: least, by: -1) {
            if let rest = counts(letters.dropFirst(count), parameters.dropFirst()) { return [count] + rest }
        }
        return nil
    }

    /// The error for arguments that do not fit: the first one up to which they do is wrong.
    private func wrong(_ arguments: [JSONataValue], _ letters: [Character]) -> JSONataFailure {
        var good = 0
        for end in parameters.indices {
            guard let count = Self.fitting(letters[...], parameters[...end]) else { break }
            good = count
        }
        let value = good < arguments.count ? arguments[good] : .undefined
        return .error(JSONataError(.wrongArgument, value: value, argument: good + 1))
    }

    /// How many arguments the parameters take when others may follow; `nil` where they cannot.
    private static func fitting(_ letters: ArraySlice<Character>, _ parameters: ArraySlice<Parameter>) -> Int? {
        for count in stride(from: letters.count, through: 0, by: -1)
        where counts(letters.prefix(count), parameters) != nil {
            return count
        }
        return nil
    }

    private static let names: [Character: String] = [
        "a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings",
    ]
}

extension JSONataValue {
    /// The letter of the value's type in a signature; `m` for what is missing.
    fileprivate var letter: Character {
        switch self {
        case .undefined: "m"
        case .null: "l"
        case .bool: "b"
        case .number: "n"
        case .string: "s"
        case .array: "a"
        case .object: "o"
        case .function: "f"
        }
    }
}
