import Crypto
import Foundation

/// A function that could not be carried out, or a path in it that found nothing.
package struct IntrinsicFailure: Error, Equatable, CustomStringConvertible {
    package let description: String
}

extension IntrinsicExpression {
    /// What the expression gives in `scope`; `random` feeds `States.UUID` and `States.MathRandom`.
    package func evaluate(
        in scope: JSONPath.Scope, random: inout SeededRandom
    ) throws(IntrinsicFailure) -> JSONValue {
        switch self {
        case .value(let value): return value
        case .text(let text, _): return .string(text)
        case .path(let path):
            do {
                return try path.evaluate(in: scope)
            } catch {
                throw IntrinsicFailure(description: error.description)
            }
        case .call(let function, let arguments):
            var values: [JSONValue] = []
            for argument in arguments { values.append(try argument.evaluate(in: scope, random: &random)) }
            if function == .format, case .text(_, let pieces) = arguments[0] {
                return try Call(function: function, arguments: values).format(pieces: pieces)
            }
            return try Call(function: function, arguments: values).result(random: &random)
        }
    }
}

/// A function with its arguments evaluated.
private struct Call {
    /// AWS's bounds for what a function takes and gives.
    static let maximumArrayLength = 1000
    static let maximumTextLength = 10_000

    let function: IntrinsicFunction
    let arguments: [JSONValue]

    func result(random: inout SeededRandom) throws(IntrinsicFailure) -> JSONValue {
        switch function {
        case .format: return try format(template: string(0))
        case .stringToJson: return try stringToJson()
        case .jsonToString: return .string(arguments[0].text)
        case .array: return .array(arguments)
        case .arrayPartition: return try arrayPartition()
        case .arrayContains: return .bool(try array(0).contains(arguments[1]))
        case .arrayRange: return try arrayRange()
        case .arrayGetItem: return try arrayGetItem()
        case .arrayLength: return .integer(Int64(try array(0).count))
        case .arrayUnique: return .array(Self.unique(try array(0)))
        case .base64Encode: return .string(Data(try boundedString(0).utf8).base64EncodedString())
        case .base64Decode: return try base64Decode()
        case .hash: return try hash()
        case .jsonMerge: return try jsonMerge()
        case .mathRandom: return try mathRandom(&random)
        case .mathAdd: return try mathAdd()
        case .stringSplit: return try stringSplit()
        case .uuid: return .string(random.uuid())
        }
    }

    /// Joins the pieces of a template with the arguments that follow it.
    func format(pieces: [String]) throws(IntrinsicFailure) -> JSONValue {
        if pieces.count != arguments.count {
            throw failure("the template has \(pieces.count - 1) times {} for \(arguments.count - 1) arguments")
        }
        var text = pieces[0]
        for (argument, piece) in zip(arguments.dropFirst(), pieces.dropFirst()) {
            text += argument.stringValue ?? argument.text
            text += piece
        }
        return .string(text)
    }

    private func format(template: String) throws(IntrinsicFailure) -> JSONValue {
        // Scalar by scalar: what stands after a brace may combine with it to one character.
        var pieces = [String.UnicodeScalarView()]
        var isOpen = false
        for scalar in template.unicodeScalars {
            if isOpen, scalar == "}" {
                pieces[pieces.count - 1].removeLast()
                pieces.append(.init())
                isOpen = false
            } else {
                pieces[pieces.count - 1].append(scalar)
                isOpen = scalar == "{"
            }
        }
        return try format(pieces: pieces.map { String($0) })
    }

    private func stringToJson() throws(IntrinsicFailure) -> JSONValue {
        let text = try string(0)
        do {
            return try JSONValue(parsing: text)
        } catch {
            throw failure("the argument is not JSON: \(error)")
        }
    }

    private func arrayPartition() throws(IntrinsicFailure) -> JSONValue {
        let elements = try array(0)
        let size = Int(try integer(1))
        if size < 1 { throw failure("the size of a part is a positive number") }
        return .array(
            stride(from: 0, to: elements.count, by: size).map { start in
                .array(Array(elements[start..<Swift.min(elements.count, start + size)]))
            })
    }

    private func arrayRange() throws(IntrinsicFailure) -> JSONValue {
        let (first, last, step) = (try integer(0), try integer(1), try integer(2))
        if step == 0 { throw failure("the step is not zero") }
        let values = stride(from: first, through: last, by: Int(step)).prefix(Self.maximumArrayLength + 1)
        let elements = values.map { JSONValue.integer($0) }
        if elements.count > Self.maximumArrayLength { throw failure("more than \(Self.maximumArrayLength) elements") }
        return .array(elements)
    }

    private func arrayGetItem() throws(IntrinsicFailure) -> JSONValue {
        let elements = try array(0)
        let index = try integer(1)
        guard let position = Int(exactly: index), elements.indices.contains(position) else {
            throw failure("index \(index) is outside of the array of \(elements.count)")
        }
        return elements[position]
    }

    private static func unique(_ elements: [JSONValue]) -> [JSONValue] {
        var seen: Set<JSONValue> = []
        return elements.filter { seen.insert($0).inserted }
    }

    private func base64Decode() throws(IntrinsicFailure) -> JSONValue {
        guard let data = Data(base64Encoded: try boundedString(0)) else { throw failure("the argument is not Base64") }
        return .string(String(decoding: data, as: UTF8.self))
    }

    private func hash() throws(IntrinsicFailure) -> JSONValue {
        let data = Data((arguments[0].stringValue ?? arguments[0].text).utf8)
        let digest: any Sequence<UInt8> =
            switch try string(1) {
            case "MD5": Insecure.MD5.hash(data: data)
            case "SHA-1": Insecure.SHA1.hash(data: data)
            case "SHA-256": SHA256.hash(data: data)
            case "SHA-384": SHA384.hash(data: data)
            case "SHA-512": SHA512.hash(data: data)
            case let algorithm:
                throw failure("'\(algorithm)' is none of MD5, SHA-1, SHA-256, SHA-384 and SHA-512")
            }
        return .string(digest.reduce(into: "") { $0 += ($1 < 16 ? "0" : "") + String($1, radix: 16) })
    }

    private func jsonMerge() throws(IntrinsicFailure) -> JSONValue {
        guard case .object(let left) = arguments[0], case .object(let right) = arguments[1] else {
            throw failure("the first two arguments are objects")
        }
        guard case .bool(false) = arguments[2] else { throw failure("only the shallow merge (false) is there") }
        return .object(left.merging(right))
    }

    private func mathRandom(_ random: inout SeededRandom) throws(IntrinsicFailure) -> JSONValue {
        let (low, high) = (try integer(0), try integer(1))
        if low >= high { throw failure("the first number is less than the second") }
        if arguments.count == 3 {
            var seeded = SeededRandom(seed: UInt64(bitPattern: try integer(2)))
            return .integer(.random(in: low..<high, using: &seeded))
        }
        return .integer(.random(in: low..<high, using: &random))
    }

    private func mathAdd() throws(IntrinsicFailure) -> JSONValue {
        let (left, right) = (try integer(0), try integer(1))
        let (sum, overflow) = left.addingReportingOverflow(right)
        if overflow { throw failure("the sum does not fit 64 bits") }
        return .integer(sum)
    }

    /// Splits at every character of the second argument and drops empty parts, as AWS does.
    private func stringSplit() throws(IntrinsicFailure) -> JSONValue {
        let separators = ScalarSet(try string(1))
        let parts = try string(0).unicodeScalars.split(omittingEmptySubsequences: true) { separators.contains($0) }
        return .array(parts.map { .string(String($0)) })
    }

    // MARK: Arguments

    private func string(_ position: Int) throws(IntrinsicFailure) -> String {
        guard case .string(let value) = arguments[position] else { throw wrong(position, "a text") }
        return value
    }

    private func boundedString(_ position: Int) throws(IntrinsicFailure) -> String {
        let text = try string(position)
        if text.utf8.count > Self.maximumTextLength {
            throw failure("the argument is longer than \(Self.maximumTextLength) bytes")
        }
        return text
    }

    private func array(_ position: Int) throws(IntrinsicFailure) -> [JSONValue] {
        guard case .array(let value) = arguments[position] else { throw wrong(position, "an array") }
        return value
    }

    private func integer(_ position: Int) throws(IntrinsicFailure) -> Int64 {
        guard let number = arguments[position].doubleValue else { throw wrong(position, "a number") }
        if let value = arguments[position].integerValue { return value }
        guard let value = Int64(exactly: number.rounded()) else { throw wrong(position, "a number of 64 bits") }
        return value
    }

    private func wrong(_ position: Int, _ wanted: String) -> IntrinsicFailure {
        failure("argument \(position + 1) is \(wanted), not \(arguments[position].kind)")
    }

    private func failure(_ reason: String) -> IntrinsicFailure {
        IntrinsicFailure(description: "The function '\(function.rawValue)' failed: \(reason)")
    }
}

/// The characters of a text, as a set: those of ASCII as bits.
private struct ScalarSet {
    private var ascii: (low: UInt64, high: UInt64) = (0, 0)
    private var others: Set<Unicode.Scalar> = []

    init(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0..<64: ascii.low |= 1 << UInt64(scalar.value)
            case 64..<128: ascii.high |= 1 << UInt64(scalar.value - 64)
            default: others.insert(scalar)
            }
        }
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<64: ascii.low >> UInt64(scalar.value) & 1 == 1
        case 64..<128: ascii.high >> UInt64(scalar.value - 64) & 1 == 1
        default: others.contains(scalar)
        }
    }
}
