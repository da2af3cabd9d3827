/// The functions that an intrinsic may call.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html>
package enum IntrinsicFunction: String, CaseIterable, Sendable {
    case format = "States.Format"
    case stringToJson = "States.StringToJson"
    case jsonToString = "States.JsonToString"
    case array = "States.Array"
    case arrayPartition = "States.ArrayPartition"
    case arrayContains = "States.ArrayContains"
    case arrayRange = "States.ArrayRange"
    case arrayGetItem = "States.ArrayGetItem"
    case arrayLength = "States.ArrayLength"
    case arrayUnique = "States.ArrayUnique"
    case base64Encode = "States.Base64Encode"
    case base64Decode = "States.Base64Decode"
    case hash = "States.Hash"
    case jsonMerge = "States.JsonMerge"
    case mathRandom = "States.MathRandom"
    case mathAdd = "States.MathAdd"
    case stringSplit = "States.StringSplit"
    case uuid = "States.UUID"

    /// How many arguments the function takes.
    package var arity: ClosedRange<Int> {
        switch self {
        case .format: 1...Int.max
        case .array: 0...Int.max
        case .uuid: 0...0
        case .stringToJson, .jsonToString, .arrayLength, .arrayUnique, .base64Encode, .base64Decode: 1...1
        case .arrayPartition, .arrayContains, .arrayGetItem, .hash, .mathAdd, .stringSplit: 2...2
        case .arrayRange, .jsonMerge: 3...3
        case .mathRandom: 2...3
        }
    }
}

/// A call of an intrinsic function with its arguments, read once and evaluated often.
package indirect enum IntrinsicExpression: Hashable, Sendable {
    /// With the text as it was written, which errors quote.
    case call(IntrinsicFunction, [IntrinsicExpression], text: String)
    case path(JSONPath)
    case value(JSONValue)
    /// A text in quotes: what it means, and its pieces between `{}` when it is the template of `States.Format`.
    case text(String, pieces: [String])
}

extension IntrinsicExpression {
    /// Reads `States.Name(…)`.
    package init(parsing text: String) throws(ExpressionSyntaxError) {
        var scanner = ExpressionScanner(text)
        self = try scanner.intrinsic()
        try scanner.end()
    }

    /// All paths in the expression.
    package var paths: [JSONPath] {
        switch self {
        case .call(_, let arguments, _): arguments.flatMap(\.paths)
        case .path(let path): [path]
        case .value, .text: []
        }
    }
}

extension ExpressionScanner {
    mutating func intrinsic() throws(ExpressionSyntaxError) -> IntrinsicExpression {
        let start = position
        let name = scalars(while: {
            $0 == "." || $0 != "-" && $0.isNameScalar
        })
        guard let function = IntrinsicFunction(rawValue: name) else {
            position = start
            if name.isEmpty { throw error("a function is expected here") }
            throw error("there is no intrinsic function '\(name.quoted)'", unknownFunction: name)
        }
        try expect("(", "after \(name)")
        let arguments = try arguments()
        if !function.arity.contains(arguments.count) {
            position = start
            throw error("\(name) takes \(function.arityText), not \(arguments.count)")
        }
        if function == .format {
            if case .text(_, let pieces) = arguments[0], pieces.count != arguments.count {
                position = start
                throw error(
                    "the template of \(name) has \(pieces.count - 1) times {} for \(arguments.count - 1) arguments")
            }
        }
        return .call(function, arguments, text: text(start..<position))
    }

    private mutating func arguments() throws(ExpressionSyntaxError) -> [IntrinsicExpression] {
        var arguments: [IntrinsicExpression] = []
        skipSpaces()
        if take(")") { return arguments }
        while true {
            skipSpaces()
            arguments.append(try argument())
            skipSpaces()
            if take(")") { return arguments }
            try expect(",", "between arguments")
        }
    }

    private mutating func argument() throws(ExpressionSyntaxError) -> IntrinsicExpression {
        switch next {
        case "$": return .path(try path())
        case "'": return try quotedText()
        case "S": return try nested { (scanner) throws(ExpressionSyntaxError) in try scanner.intrinsic() }
        default:
            let start = position
            let word = scalars(while: { $0 != "," && $0 != ")" && $0 != " " })
            guard let value = try? JSONValue(parsing: word), value.objectValue == nil, value.arrayValue == nil else {
                // Not JSON: the error below says what is wrong in the terms of the intrinsic.
                position = start
                throw error(
                    "a path, a text in single quotes, a number, true, false, null or a function is expected here")
            }
            return .value(value)
        }
    }

    /// A text in single quotes, in which a backslash escapes `'`, `{`, `}` and `\`.
    private mutating func quotedText() throws(ExpressionSyntaxError) -> IntrinsicExpression {
        position += 1
        var whole = String.UnicodeScalarView()
        var piece = String.UnicodeScalarView()
        var pieces: [String] = []
        while let scalar = next {
            position += 1
            switch scalar {
            case "'":
                return .text(String(whole), pieces: pieces + [String(piece)])
            case "\\":
                guard let escaped = next else { throw error("a quote is not closed") }
                if !"'{}\\".unicodeScalars.contains(escaped) {
                    throw error("a backslash stands before ', {, } and \\ only")
                }
                position += 1
                whole.append(escaped)
                piece.append(escaped)
            case "{" where next == "}":
                position += 1
                whole.append(contentsOf: "{}".unicodeScalars)
                pieces.append(String(piece))
                piece = .init()
            default:
                whole.append(scalar)
                piece.append(scalar)
            }
        }
        throw error("a quote is not closed")
    }
}

extension IntrinsicFunction {
    fileprivate var arityText: String {
        let (low, high) = (arity.lowerBound, arity.upperBound)
        let count = high == Int.max ? "at least \(low)" : low == high ? "\(low)" : "\(low) to \(high)"
        return "\(count) argument\(low == 1 && high == 1 || low == 1 && high == Int.max ? "" : "s")"
    }
}
