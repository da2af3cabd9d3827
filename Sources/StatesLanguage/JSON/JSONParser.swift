/// Text that is not JSON, with the place where reading stopped.
package struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
    package let message: String
    /// Bytes from the beginning of the text.
    package let offset: Int
    /// Counted from 1.
    package let line: Int
    /// Bytes from the beginning of the line, counted from 1.
    package let column: Int

    package var description: String { "line \(line), column \(column): \(message)" }
}

extension JSONValue {
    /// Reads one JSON document (RFC 8259) that fills `text`.
    ///
    /// A name that comes twice in one object is an error: readers disagree on what it means, and in a state machine
    /// it is a state that silently disappears.
    package init(parsing text: String) throws(JSONSyntaxError) {
        var text = text
        self = try text.withUTF8 { bytes in Result { () throws(JSONSyntaxError) in try Self.read(bytes) } }.get()
    }

    /// Reads one JSON document in UTF-8 that fills `bytes`.
    package init(parsing bytes: [UInt8]) throws(JSONSyntaxError) {
        self = try bytes.withUnsafeBufferPointer { bytes in
            Result { () throws(JSONSyntaxError) in try Self.read(bytes) }
        }.get()
    }

    /// Reads a document that was written here.
    ///
    /// What comes from outside is held to limits where it comes in. What is made of it may go beyond them: it is put into
    /// other documents, and texts are joined. Whatever was written has to be read again, so here a document may have the
    /// levels that are put around it, too, and a letter any number of marks.
    package init(stored text: String) throws(JSONSyntaxError) {
        var text = text
        self = try text.withUTF8 { bytes in
            Result { () throws(JSONSyntaxError) in try Self.read(bytes, isStored: true) }
        }.get()
    }

    /// Reads a document in UTF-8 that was written here.
    package init(stored bytes: [UInt8]) throws(JSONSyntaxError) {
        self = try bytes.withUnsafeBufferPointer { bytes in
            Result { () throws(JSONSyntaxError) in try Self.read(bytes, isStored: true) }
        }.get()
    }

    private static func read(
        _ bytes: UnsafeBufferPointer<UInt8>, isStored: Bool = false
    ) throws(JSONSyntaxError) -> JSONValue {
        var parser = JSONParser(bytes: bytes, isStored: isStored)
        return try parser.document()
    }

    /// Reads one JSON document in which names may come twice; where one does, the last value stands, and it is told.
    static func parse(_ text: String) throws(JSONSyntaxError) -> (value: JSONValue, repeated: RepeatedNames) {
        var text = text
        return try text.withUTF8 { bytes in
            Result { () throws(JSONSyntaxError) in
                var parser = JSONParser(bytes: bytes)
                parser.trail = []
                let value = try parser.document()
                return (value, parser.repeated)
            }
        }.get()
    }
}

/// The names that come twice in one object.
struct RepeatedNames: Sendable {
    struct Name: Sendable {
        let place: ProblemPath
        /// Counted from 1.
        let line: Int
    }

    /// The first of them.
    fileprivate(set) var told: [Name] = []
    /// How many more there are.
    fileprivate(set) var more = 0
}

/// A recursive-descent reader of JSON over UTF-8.
private struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    /// Whether it was written here.
    let isStored: Bool
    var position = 0
    var depth = 0
    /// Where the parser is, when it goes on at a name that comes twice.
    var trail: [String]?
    var repeated = RepeatedNames()

    init(bytes: UnsafeBufferPointer<UInt8>, isStored: Bool = false) {
        (self.bytes, self.isStored) = (bytes, isStored)
    }

    mutating func document() throws(JSONSyntaxError) -> JSONValue {
        skipWhitespace()
        let value = try value()
        skipWhitespace()
        if position < bytes.count { throw error("nothing may follow the JSON document") }
        return value
    }

    private mutating func value() throws(JSONSyntaxError) -> JSONValue {
        guard position < bytes.count else { throw error("the text ends where a value is expected") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try nested { (parser) throws(JSONSyntaxError) in try parser.object() }
        case UInt8(ascii: "["): return try nested { (parser) throws(JSONSyntaxError) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error("a value is expected here")
        }
    }

    private mutating func nested(
        _ read: (inout JSONParser) throws(JSONSyntaxError) -> JSONValue
    ) throws(JSONSyntaxError) -> JSONValue {
        depth += 1
        let limit = isStored ? JSONValue.maximumStoredDepth : JSONValue.maximumDepth
        if depth > limit { throw error("nested deeper than \(limit) levels") }
        let value = try read(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws(JSONSyntaxError) -> JSONValue {
        position += 1
        var members = JSONObject()
        skipWhitespace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipWhitespace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw error("a member's name in double quotes is expected here")
            }
            let start = position
            let name = try string()
            trail?.append(name)
            if members[name] != nil {
                guard let trail else {
                    position = start
                    throw error("the name \"\(name.quoted)\" comes twice in this object")
                }
                // To say in which line, all of the text before is gone through.
                if repeated.told.count < ProblemCollector.maximumCount {
                    let place = ProblemPath(components: trail)
                    repeated.told.append(RepeatedNames.Name(place: place, line: error("").line))
                } else {
                    repeated.more += 1
                }
            }
            skipWhitespace()
            guard take(UInt8(ascii: ":")) else { throw error("a colon is expected after the name \"\(name.quoted)\"") }
            skipWhitespace()
            let value = try value()
            // A name that comes twice is told, and its last value stands.
            if trail == nil { members.append(name, value) } else { members[name] = value }
            trail?.removeLast()
            skipWhitespace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw error("a comma or the end of the object is expected here") }
        }
    }

    private mutating func array() throws(JSONSyntaxError) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        skipWhitespace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            skipWhitespace()
            trail?.append("[\(elements.count)]")
            elements.append(try value())
            trail?.removeLast()
            skipWhitespace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw error("a comma or the end of the array is expected here") }
        }
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        position += 1
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\") {
            if bytes[position] < 0x20 { throw error("a control character in a string must be escaped") }
            position += 1
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
            let text = try utf8(UnsafeBufferPointer(rebasing: bytes[start..<position]))
            position += 1
            return text
        }
        return try escapedString(from: start)
    }

    /// The rest of a string of which the bytes from `start` hold no escape up to here.
    private mutating func escapedString(from start: Int) throws(JSONSyntaxError) -> String {
        var text = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                let result = try utf8(text)
                position += 1
                return result
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &text)
            case 0..<0x20:
                throw error("a control character in a string must be escaped")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw error("the text ends within a string")
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONSyntaxError) {
        guard position < bytes.count else { throw error("the text ends within a string") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code) {
                guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw error("half of a surrogate pair") }
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw error("half of a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw error("half of a surrogate pair") }
            text.append(contentsOf: UTF8.encode(scalar)!)
        default:
            position -= 1
            throw error("unknown escape in a string")
        }
    }

    private mutating func hexadecimal() throws(JSONSyntaxError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue,
                bytes[position] < 0x80
            else { throw error("four hexadecimal digits are expected after \\u") }
            code = code << 4 + UInt32(digit)
            position += 1
        }
        return code
    }

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        var isWhole = true
        _ = take(UInt8(ascii: "-"))
        if take(UInt8(ascii: "0")) {
            if position < bytes.count, isDigit(bytes[position]) { throw error("a number has no leading zero") }
        } else {
            try digits()
        }
        if take(UInt8(ascii: ".")) {
            isWhole = false
            try digits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isWhole = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else {
            position = start
            throw error("the number is too large")
        }
        return .double(value)
    }

    private mutating func digits() throws(JSONSyntaxError) {
        guard position < bytes.count, isDigit(bytes[position]) else { throw error("a digit is expected here") }
        while position < bytes.count, isDigit(bytes[position]) { position += 1 }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        let letters = word.withUTF8Buffer { Array($0) }
        guard bytes[position...].starts(with: letters) else { throw error("a value is expected here") }
        position += letters.count
        return value
    }

    private func utf8(_ text: some Sequence<UInt8>) throws(JSONSyntaxError) -> String {
        guard let text = String(validating: text, as: UTF8.self) else { throw error("a string is not valid UTF-8") }
        if !isStored, CombiningMarks.areTooMany(in: text) { throw error(CombiningMarks.excess) }
        return text
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private func error(_ message: String) -> JSONSyntaxError {
        let before = bytes[..<min(position, bytes.count)]
        let line = before.count(where: { $0 == 0x0A }) + 1
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return JSONSyntaxError(message: message, offset: position, line: line, column: position - lineStart + 1)
    }
}
