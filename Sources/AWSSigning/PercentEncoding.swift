/// The percent-encoding of RFC 3986 as AWS applies it: everything but the unreserved characters, in capitals.
package enum PercentEncoding {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// The text with everything encoded that is not unreserved, and with slashes too unless they are kept.
    package static func encode(_ text: some StringProtocol, keepingSlashes: Bool = false) -> String {
        encode(Array(text.utf8), keepingSlashes: keepingSlashes)
    }

    static func encode(_ bytes: [UInt8], keepingSlashes: Bool = false) -> String {
        var result: [UInt8] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                result.append(byte)
            case UInt8(ascii: "/") where keepingSlashes:
                result.append(byte)
            default:
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The bytes that an encoded text stands for. What is no encoding stays as it is.
    static func decode(_ text: some StringProtocol) -> [UInt8] {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = Hexadecimal.value(bytes[index + 1]), let low = Hexadecimal.value(bytes[index + 2])
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    /// The text that a part of a query stands for.
    package static func decodedText(_ text: some StringProtocol) -> String {
        String(decoding: decode(text), as: UTF8.self)
    }
}
