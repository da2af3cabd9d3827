extension JSONataLibrary {
    /// Base64 and the parts of URLs.
    ///
    /// Source: <https://docs.jsonata.org/string-functions>
    static let encodingFunctions: [JSONataBuiltIn] = [
        // A character is a byte of what is encoded, as in the reference; of one beyond 255 the lowest byte counts.
        JSONataBuiltIn("base64encode", "<s-:s>") { call throws(JSONataFailure) in
            guard let text = try call.text(0) else { return .undefined }
            try call.charge(bytes: (text.utf8.count + 2) / 3 * 4)
            return .string(base64(text.utf16.map { UInt8(truncatingIfNeeded: $0) }))
        },
        JSONataBuiltIn("base64decode", "<s-:s>") { call throws(JSONataFailure) in
            guard let text = try call.text(0) else { return .undefined }
            // A byte beyond 127 takes two as a character.
            try call.charge(bytes: 2 * text.utf8.count)
            var decoded = ""
            for byte in bytes(base64: text) { decoded.unicodeScalars.append(Unicode.Scalar(byte)) }
            return .string(decoded)
        },
        JSONataBuiltIn("encodeUrlComponent", "<s-:s>") { call throws(JSONataFailure) in
            try encoded(call, keeping: componentCharacters)
        },
        JSONataBuiltIn("encodeUrl", "<s-:s>") { call throws(JSONataFailure) in
            try encoded(call, keeping: componentCharacters.union(delimiters))
        },
        JSONataBuiltIn("decodeUrlComponent", "<s-:s>") { call throws(JSONataFailure) in
            try decoded(call, keeping: [])
        },
        JSONataBuiltIn("decodeUrl", "<s-:s>") { call throws(JSONataFailure) in
            try decoded(call, keeping: delimiters)
        },
    ]

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    /// What JavaScript's `encodeURIComponent` leaves as it is.
    private static let componentCharacters = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()".utf8)
    /// What `encodeURI` leaves beside that.
    private static let delimiters = Set(";/?:@&=+$,#".utf8)

    private static func base64(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for digit in 0..<4 {
                text.append(
                    digit <= group.count ? alphabet[Int(bits >> UInt32(18 - 6 * digit) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text in base64. What is not of the alphabet is passed over, and the alphabet for URLs is read
    /// too.
    private static func bytes(base64 text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var (bits, count) = (UInt32(0), 0)
        for byte in text.utf8 {
            let digit: UInt32
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = UInt32(byte - UInt8(ascii: "A"))
            case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = UInt32(byte - UInt8(ascii: "a")) + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt32(byte - UInt8(ascii: "0")) + 52
            case UInt8(ascii: "+"), UInt8(ascii: "-"): digit = 62
            case UInt8(ascii: "/"), UInt8(ascii: "_"): digit = 63
            case UInt8(ascii: "="): return bytes
            default: continue
            }
            bits = bits << 6 | digit
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }

    private static func encoded(
        _ call: JSONataCall, keeping kept: Set<UInt8>
    ) throws(JSONataFailure) -> JSONataValue {
        guard let text = try call.text(0) else { return .undefined }
        try call.charge(bytes: 3 * text.utf8.count)
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if kept.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return .string(String(decoding: bytes, as: UTF8.self))
    }

    private static func decoded(
        _ call: JSONataCall, keeping kept: Set<UInt8>
    ) throws(JSONataFailure) -> JSONataValue {
        guard let text = try call.text(0) else { return .undefined }
        try call.charge(bytes: text.utf8.count)
        let encoded = Array(text.utf8)
        var bytes: [UInt8] = []
        var position = 0
        while position < encoded.count {
            if encoded[position] != UInt8(ascii: "%") {
                bytes.append(encoded[position])
                position += 1
                continue
            }
            let digits = String(decoding: encoded[(position + 1)..<min(position + 3, encoded.count)], as: UTF8.self)
            guard digits.utf8.count == 2, digits.utf8.allSatisfy(\.isHexadecimalDigit),
                let byte = UInt8(digits, radix: 16)
            else { throw call.error(.malformedURL, argument: 1) }
            if kept.contains(byte) {
                bytes += encoded[position..<(position + 3)]
            } else {
                bytes.append(byte)
            }
            position += 3
        }
        guard let result = String(validating: bytes, as: UTF8.self) else {
            throw call.error(.malformedURL, argument: 1)
        }
        return .string(result)
    }
}

extension UInt8 {
    fileprivate var isHexadecimalDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
