import JSONata

/// Reads JSON as values of JSONata, for tests: it trusts its text.
struct JSONReader {
    private let bytes: [UInt8]
    private var position = 0

    static func value(of bytes: [UInt8]) -> JSONataValue {
        var reader = JSONReader(bytes: bytes)
        return reader.value()
    }

    static func value(of text: String) -> JSONataValue { value(of: Array(text.utf8)) }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func next() -> UInt8 {
        while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) { position += 1 }
        return position < bytes.count ? bytes[position] : 0
    }

    private mutating func take(_ character: Character) -> Bool {
        if next() != character.asciiValue { return false }
        position += 1
        return true
    }

    private mutating func value() -> JSONataValue {
        switch next() {
        case UInt8(ascii: "{"):
            position += 1
            var members: [(String, JSONataValue)] = []
            while !take("}") {
                _ = take(",")
                _ = next()
                let name = string()
                _ = take(":")
                members.append((name, value()))
            }
            return .object(JSONataObject(members))
        case UInt8(ascii: "["):
            position += 1
            var elements: [JSONataValue] = []
            while !take("]") {
                _ = take(",")
                elements.append(value())
            }
            return .array(JSONataArray(elements))
        case UInt8(ascii: "\""): return .string(string())
        case UInt8(ascii: "t"):
            position += 4
            return .bool(true)
        case UInt8(ascii: "f"):
            position += 5
            return .bool(false)
        case UInt8(ascii: "n"):
            position += 4
            return .null
        default:
            let start = position
            while position < bytes.count, Set("+-.0123456789eE".utf8).contains(bytes[position]) { position += 1 }
            return .number(Double(String(decoding: bytes[start..<position], as: UTF8.self)) ?? .nan)
        }
    }

    private mutating func string() -> String {
        position += 1
        var units: [UInt16] = []
        var raw: [UInt8] = []
        func flush() {
            units.append(contentsOf: String(decoding: raw, as: UTF8.self).utf16)
            raw = []
        }
        while bytes[position] != UInt8(ascii: "\"") {
            if bytes[position] != UInt8(ascii: "\\") {
                raw.append(bytes[position])
                position += 1
                continue
            }
            flush()
            position += 2
            switch bytes[position - 1] {
            case UInt8(ascii: "n"): units.append(10)
            case UInt8(ascii: "t"): units.append(9)
            case UInt8(ascii: "r"): units.append(13)
            case UInt8(ascii: "b"): units.append(8)
            case UInt8(ascii: "f"): units.append(12)
            case UInt8(ascii: "u"):
                units.append(UInt16(String(decoding: bytes[position..<(position + 4)], as: UTF8.self), radix: 16) ?? 0)
                position += 4
            case let other: units.append(UInt16(other))
            }
        }
        position += 1
        flush()
        return String(decoding: units, as: UTF16.self)
    }
}
