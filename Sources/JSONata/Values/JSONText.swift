// Values as text: `$string` and `&`.
extension Evaluator {
    /// The text of a value: a text as it is, nothing for a function, everything else as JSON.
    ///
    /// - Throws: D3001 or D1001 for a number that is not finite, and an excess.
    func text(of value: JSONataValue, isPretty: Bool = false) throws(JSONataFailure) -> String {
        switch value {
        case .undefined, .function: return ""
        case .string(let text): return text
        case .number(let number):
            if !number.isFinite { throw .error(JSONataError(.infiniteText, value: value)) }
            return number.jsonataText
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .array, .object:
            var writer = JSONWriter(isPretty: isPretty, budget: budget)
            defer { budget = writer.budget }
            var value = value
            if case .array(let array) = value, array.traits.contains(.wrapsInput), let first = array.elements.first {
                value = first
            }
            try writer.write(value, level: 0)
            return String(decoding: writer.bytes, as: UTF8.self)
        }
    }
}

/// Writes JSON as JavaScript's `JSON.stringify` does.
private struct JSONWriter {
    let isPretty: Bool
    var budget: JSONataBudget
    var bytes: [UInt8] = []

    init(isPretty: Bool, budget: JSONataBudget) {
        self.isPretty = isPretty
        self.budget = budget
    }

    mutating func write(_ value: JSONataValue, level: Int) throws(JSONataFailure) {
        switch value {
        case .undefined, .null: try append("null")
        case .bool(let value): try append(value ? "true" : "false")
        case .number(let number): try append(try number.isNumeric() ? number.jsonataText : "null")
        case .string(let text): try quote(text)
        case .function: try append("\"\"")
        case .array(let array):
            try append("[")
            for (position, element) in array.elements.enumerated() {
                try begin(position, level)
                try write(element, level: level + 1)
            }
            try end(array.count, level)
            try append("]")
        case .object(let object):
            try append("{")
            var position = 0
            for (name, member) in object where !member.isUndefined {
                try begin(position, level)
                try quote(name)
                try append(isPretty ? ": " : ":")
                try write(member, level: level + 1)
                position += 1
            }
            try end(position, level)
            try append("}")
        }
    }

    private mutating func begin(_ position: Int, _ level: Int) throws(JSONataFailure) {
        if position > 0 { try append(",") }
        if isPretty { try newLine(level + 1) }
    }

    private mutating func end(_ count: Int, _ level: Int) throws(JSONataFailure) {
        if isPretty, count > 0 { try newLine(level) }
    }

    private mutating func newLine(_ level: Int) throws(JSONataFailure) {
        try budget.charge(bytes: 1 + 2 * level)
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: 2 * level))
    }

    private mutating func append(_ text: String) throws(JSONataFailure) {
        try budget.charge(bytes: text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func quote(_ text: String) throws(JSONataFailure) {
        // An escape has six bytes at most, but few characters need one.
        try budget.charge(bytes: text.utf8.count + 2)
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x08: bytes += Array("\\b".utf8)
            case 0x09: bytes += Array("\\t".utf8)
            case 0x0A: bytes += Array("\\n".utf8)
            case 0x0C: bytes += Array("\\f".utf8)
            case 0x0D: bytes += Array("\\r".utf8)
            case 0..<0x20:
                try budget.charge(bytes: 6)
                bytes += Array((byte < 16 ? "\\u000" : "\\u00").utf8) + Array(String(byte, radix: 16).utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
