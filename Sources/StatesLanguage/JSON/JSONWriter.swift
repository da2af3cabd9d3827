extension JSONValue {
    /// The value on one line, without spaces.
    package var text: String {
        var writer = JSONWriter(indentation: nil)
        writer.write(self, level: 0)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The value over several lines, two spaces a level, for people.
    package var prettyText: String {
        var writer = JSONWriter(indentation: 2)
        writer.write(self, level: 0)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// Writes JSON so that the same value gives the same bytes on every run and machine.
private struct JSONWriter {
    let indentation: Int?
    var bytes: [UInt8] = []

    init(indentation: Int?) {
        self.indentation = indentation
    }

    mutating func write(_ value: JSONValue, level: Int) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .integer(let value): append(String(value))
        case .double(let value): append(String(value))
        case .string(let value): write(value)
        case .array(let elements):
            write(elements, open: "[", close: "]", level: level) { $0.write($1, level: level + 1) }
        case .object(let members):
            write(members, open: "{", close: "}", level: level) { writer, member in
                writer.write(member.0)
                writer.append(writer.indentation == nil ? ":" : ": ")
                writer.write(member.1, level: level + 1)
            }
        }
    }

    private mutating func write<Elements: Sequence>(
        _ elements: Elements, open: String, close: String, level: Int,
        _ element: (inout JSONWriter, Elements.Element) -> Void
    ) {
        append(open)
        var isFirst = true
        for value in elements {
            if !isFirst { append(",") }
            isFirst = false
            newLine(level: level + 1)
            element(&self, value)
        }
        if !isFirst { newLine(level: level) }
        append(close)
    }

    private mutating func newLine(level: Int) {
        guard let indentation else { return }
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: indentation * level))
    }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x0A: append("\\n")
            case 0x0D: append("\\r")
            case 0x09: append("\\t")
            case 0x08: append("\\b")
            case 0x0C: append("\\f")
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                append("\\u00")
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }
}

extension JSONValue {
    /// Whether the value takes more than `limit` bytes when it is written on one line, escapes not counted, or is nested
    /// so deep that what is written could not be read again.
    package func exceeds(bytes limit: Int) -> Bool {
        var remaining = limit
        return !fits(&remaining, depth: 0)
    }

    private func fits(_ remaining: inout Int, depth: Int) -> Bool {
        switch self {
        case .array where depth >= Self.maximumDepth, .object where depth >= Self.maximumDepth: return false
        case .null: remaining -= 4
        case .bool(let value): remaining -= value ? 4 : 5
        case .integer, .double: remaining -= text.utf8.count
        case .string(let value): Self.count(value, &remaining)
        case .array(let elements):
            remaining -= 2 + max(0, elements.count - 1)
            for element in elements where !element.fits(&remaining, depth: depth + 1) { return false }
        case .object(let members):
            remaining -= 2 + max(0, members.count - 1)
            for (name, value) in members {
                Self.count(name, &remaining)
                remaining -= 1
                if !value.fits(&remaining, depth: depth + 1) { return false }
            }
        }
        return remaining >= 0
    }

    private static func count(_ text: String, _ remaining: inout Int) {
        remaining -= text.utf8.count + 2
    }
}
