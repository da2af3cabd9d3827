extension JSONValue {
    /// The value on one line, without spaces.
    package var text: String { String(decoding: utf8, as: UTF8.self) }

    /// The bytes of `text`.
    package var utf8: [UInt8] {
        var writer = JSONWriter(indentation: nil)
        writer.write(self, level: 0)
        return writer.bytes
    }

    /// The bytes of `text`, or no more than `limit` of them from its beginning.
    func utf8(upTo limit: Int) -> (bytes: [UInt8], isWhole: Bool) {
        var writer = JSONWriter(indentation: nil, limit: limit)
        writer.write(self, level: 0)
        if writer.bytes.count <= limit { return (writer.bytes, true) }
        return (Array(writer.bytes[..<limit]), false)
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
    /// From how many bytes on nothing more is written.
    let limit: Int
    var bytes: [UInt8] = []

    init(indentation: Int?, limit: Int = .max) {
        (self.indentation, self.limit) = (indentation, limit)
    }

    mutating func write(_ value: JSONValue, level: Int) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .integer(let value): append(String(value))
        case .double(let value): append(String(value))
        case .string(let value): write(value)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if bytes.count > limit { return }
                beginElement(index, level: level)
                write(element, level: level + 1)
            }
            if !elements.isEmpty { newLine(level: level) }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, (name, value)) in members.enumerated() {
                if bytes.count > limit { return }
                beginElement(index, level: level)
                write(name)
                bytes.append(UInt8(ascii: ":"))
                if indentation != nil { bytes.append(UInt8(ascii: " ")) }
                write(value, level: level + 1)
            }
            if !members.isEmpty { newLine(level: level) }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private mutating func beginElement(_ index: Int, level: Int) {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        newLine(level: level + 1)
    }

    private mutating func newLine(level: Int) {
        guard let indentation else { return }
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: indentation * level))
    }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            // Each byte gives one at least. What is cut here has one more than the limit, and is cut there.
            let room = limit - bytes.count
            let utf8 = utf8.count > room ? UnsafeBufferPointer(rebasing: utf8[..<(max(0, room) + 1)]) : utf8
            // What needs no escape is taken over as it is, and that is nearly always all.
            var start = 0
            while let position = Self.escapable(in: utf8, from: start) {
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<position]))
                escape(utf8[position])
                start = position + 1
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Where the next byte is that needs an escape. Eight bytes are looked at as one number: a byte of it is below `n`, or
    /// equal to a byte, where taking that away borrows from its highest bit.
    private static func escapable(in utf8: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        let (ones, high) = (UInt64(0x0101_0101_0101_0101), UInt64(0x8080_8080_8080_8080))
        func isZeroInOne(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & high }
        let raw = UnsafeRawBufferPointer(utf8)
        var position = start
        while position + 8 <= utf8.count {
            let word = raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            let found =
                (word &- ones &* 0x20) & ~word & high | isZeroInOne(word ^ ones &* UInt64(UInt8(ascii: "\"")))
                | isZeroInOne(word ^ ones &* UInt64(UInt8(ascii: "\\")))
            if found != 0 { break }
            position += 8
        }
        return utf8[position...].firstIndex(where: needsEscape)
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case 0x0A: append("\\n")
        case 0x0D: append("\\r")
        case 0x09: append("\\t")
        case 0x08: append("\\b")
        case 0x0C: append("\\f")
        default:
            let digits = Array("0123456789abcdef".utf8)
            append("\\u00")
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        }
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }
}
