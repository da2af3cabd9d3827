import JSONata

/// Writes values as JSON, for tests: a function as `null`, and nothing at all as `undefined`.
enum JSONText {
    static func text(_ value: JSONataValue) -> String {
        switch value {
        case .undefined: "undefined"
        case .null, .function: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let value):
            value.isFinite ? (value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)") : "null"
        case .string(let text): quoted(text)
        case .array(let array):
            "[" + array.elements.map { $0.kind == .undefined ? "null" : text($0) }.joined(separator: ",") + "]"
        case .object(let object):
            "{" + object.map { quoted($0) + ":" + text($1) }.joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\u{0}"..<" ":
                result +=
                    "\\u" + String(repeating: "0", count: scalar.value < 16 ? 3 : 2) + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
