import JSONata

/// The functions of AWS's dialect: those of JSONata, and six of its own.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>
extension JSONataLibrary {
    static let stepFunctions = standard.adding([partition, range, hash, random, uuid, parse])

    /// The names of those that give no more than they are given.
    static let stepFunctionNames: Set = ["partition", "hash", "uuid", "parse"]

    /// Cuts an array into arrays of one size; the last one may be shorter.
    private static let partition = JSONataBuiltIn("partition", "<a-n:a>") { call throws(JSONataFailure) in
        guard case .array(let array) = call[0], case .number(let size) = call[1] else { return .undefined }
        guard size >= 1 else { throw reason("the size of $partition is at least 1") }
        try call.charge(elements: 2 * array.count)
        let count = Int(min(size, Double(max(1, array.count))))
        let parts = stride(from: 0, to: array.count, by: count).map { start -> JSONataValue in
            .array(JSONataArray(Array(array.elements[start..<min(start + count, array.count)])))
        }
        return .array(JSONataArray(parts))
    }

    /// The numbers from the first to the last one in steps.
    private static let range = JSONataBuiltIn("range", "<nnn:a>") { call throws(JSONataFailure) in
        guard case .number(let first) = call[0], case .number(let last) = call[1], case .number(let step) = call[2],
            step != 0, step.isFinite, first.isFinite, last.isFinite
        else { throw reason("$range takes three numbers, of which the third is not 0") }
        let count = max(0, ((last - first) / step).rounded(.down) + 1)
        try call.charge(elements: Int(min(count, Double(Int32.max))))
        return .array(JSONataArray(sequence: (0..<Int(count)).map { .number(first + Double($0) * step) }))
    }

    /// The hash of a text, in hexadecimal digits.
    private static let hash = JSONataBuiltIn("hash", "<s-s:s>") { call throws(JSONataFailure) in
        guard case .string(let text) = call[0], case .string(let algorithm) = call[1] else { return .undefined }
        try call.charge(walkingBytes: text.utf8.count)
        guard let hash = HashAlgorithm(rawValue: algorithm) else {
            throw reason("'\(algorithm.quoted)' is none of \(HashAlgorithm.names)")
        }
        return .string(hash.digits(of: text))
    }

    /// A random number below 1; with a seed, the first one that Java's generator gives.
    private static let random = JSONataBuiltIn("random", "<n?:n>") { call throws(JSONataFailure) in
        guard case .number(let seed) = call[0] else { return .number(Double(call.random() >> 11) * 0x1p-53) }
        guard let seed = Int64(exactly: seed.rounded(.towardZero)) else { throw reason("the seed is out of range") }
        return .number(JavaRandom.first(seed: seed))
    }

    private static let uuid = JSONataBuiltIn("uuid", "<:s>") { call throws(JSONataFailure) in
        .string(SeededRandom.uuid(call.random(), call.random()))
    }

    /// What a text is as JSON.
    private static let parse = JSONataBuiltIn("parse", "<s-:x>") { call throws(JSONataFailure) in
        guard case .string(let text) = call[0] else { return .undefined }
        try call.charge(bytes: text.utf8.count)
        let levels = text.utf8.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }
        if levels <= shallowLevels { return try value(of: text) }
        return try call.deeply { () throws(JSONataFailure) in try value(of: text) }
    }

    /// How many levels of arrays and objects are read on the stack of the caller.
    private static let shallowLevels = 16

    private static func value(of text: String) throws(JSONataFailure) -> JSONataValue {
        do throws(JSONSyntaxError) {
            return JSONataValue(try JSONValue(parsing: text))
        } catch {
            throw reason("the text is no JSON: \(error.description.quoted)")
        }
    }

    private static func reason(_ detail: String) -> JSONataFailure { .error(JSONataError(.raised, detail: detail)) }
}

/// The generator of random numbers of Java, of which AWS shows the first number to a seed.
///
/// Source: <https://docs.oracle.com/javase/8/docs/api/java/util/Random.html>
private enum JavaRandom {
    private static let multiplier: UInt64 = 0x5_DEEC_E66D
    private static let mask: UInt64 = 1 << 48 - 1

    static func first(seed: Int64) -> Double {
        var state = (UInt64(bitPattern: seed) ^ multiplier) & mask
        func bits(_ count: UInt64) -> UInt64 {
            state = (state &* multiplier &+ 0xB) & mask
            return state >> (48 - count)
        }
        let high = bits(26) << 27
        return Double(high + bits(27)) * 0x1p-53
    }
}
