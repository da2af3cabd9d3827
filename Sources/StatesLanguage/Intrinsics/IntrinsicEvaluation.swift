import Crypto
import Foundation

/// A function that could not be carried out, or a path in it that found nothing.
package struct IntrinsicFailure: Error, Equatable, CustomStringConvertible {
    package let description: String
    /// Whether it is the function that failed, and not a path.
    package var isOfFunction = true
}

extension IntrinsicExpression {
    /// What the expression gives in `scope`; `random` feeds `States.UUID` and `States.MathRandom`.
    ///
    /// What a path finds is an argument as it is; what a function makes anew is taken from the bytes of the budget.
    package func evaluate(
        in scope: JSONPath.Scope, random: inout SeededRandom, budget: inout EvaluationBudget
    ) throws(IntrinsicFailure) -> JSONValue {
        switch self {
        case .value(let value): return value
        case .text(let text, _): return .string(text)
        case .path(let path):
            do {
                return try path.evaluate(in: scope, budget: &budget)
            } catch {
                throw IntrinsicFailure(description: error.description)
            }
        case .call(let function, let arguments, let text):
            var values: [JSONValue] = []
            values.reserveCapacity(arguments.count)
            for argument in arguments {
                if case .path(let path) = argument {
                    values.append(try Self.value(of: path, in: scope, &budget, text))
                } else {
                    values.append(try argument.evaluate(in: scope, random: &random, budget: &budget))
                }
            }
            let call = Call(function: function, text: text, arguments: values)
            try call.take(budget.take(steps: 1 + arguments.count), budget)
            if function == .format, case .text(_, let pieces) = arguments[0] {
                return try call.format(pieces: pieces, &budget)
            }
            return try call.result(random: &random, &budget)
        }
    }
}

extension IntrinsicExpression {
    /// What a path in an argument of the call `text` finds.
    private static func value(
        of path: JSONPath, in scope: JSONPath.Scope, _ budget: inout EvaluationBudget, _ text: String
    ) throws(IntrinsicFailure) -> JSONValue {
        do {
            return try path.evaluate(in: scope, budget: &budget)
        } catch {
            let reason: String
            if budget.excess != nil || !path.isDefinite {
                reason = error.description
            } else if let document = path.document(in: scope) {
                // Cut to what a cause may have, with room for what is said before it.
                let document = document.text(upTo: MessageText.maximumCauseLength - 2000)
                reason =
                    "The JsonPath argument for the field '\(path.text.quoted)' could not be found in the input '\(document)'"
            } else {
                reason = error.reason
            }
            throw IntrinsicFailure(
                description: "The function '\(text.quoted)' had the following error: \(reason)", isOfFunction: false)
        }
    }
}

/// A function with its arguments evaluated.
private struct Call {
    /// AWS's bounds for what a function takes and gives.
    static let maximumArrayLength = 1000
    static let maximumTextLength = 10_000

    let function: IntrinsicFunction
    /// The call as it was written.
    let text: String
    let arguments: [JSONValue]

    func result(
        random: inout SeededRandom, _ budget: inout EvaluationBudget
    ) throws(IntrinsicFailure) -> JSONValue {
        switch function {
        case .format: return try format(template: string(0), &budget)
        case .stringToJson: return try stringToJson(&budget)
        case .jsonToString: return .string(try text(of: 0, &budget))
        case .array:
            for argument in arguments { try take(budget.take(copyOf: argument), budget) }
            return .array(arguments)
        case .arrayPartition: return try arrayPartition(&budget)
        case .arrayContains:
            let elements = try array(0)
            try take(budget.take(walkThrough: arguments[0]), budget)
            return .bool(elements.contains(arguments[1]))
        case .arrayRange: return try arrayRange(&budget)
        case .arrayGetItem: return try arrayGetItem()
        case .arrayLength: return .integer(Int64(try array(0).count))
        case .arrayUnique:
            let elements = try array(0)
            try take(budget.take(walkThrough: arguments[0]) && budget.take(copyOf: arguments[0]), budget)
            return .array(Self.unique(elements))
        case .base64Encode:
            let text = try boundedString(0)
            try take(budget.take(bytes: text.utf8.count * 4 / 3), budget)
            return .string(Data(text.utf8).base64EncodedString())
        case .base64Decode: return try base64Decode(&budget)
        case .hash: return try hash(&budget)
        case .jsonMerge: return try jsonMerge(&budget)
        case .mathRandom: return try mathRandom(&random)
        case .mathAdd: return try mathAdd()
        case .stringSplit: return try stringSplit(&budget)
        case .uuid: return .string(random.uuid())
        }
    }

    /// Joins the pieces of a template with the arguments that follow it.
    func format(
        pieces: [String], _ budget: inout EvaluationBudget
    ) throws(IntrinsicFailure) -> JSONValue {
        if pieces.count != arguments.count {
            throw failure("the template has \(pieces.count - 1) times {} for \(arguments.count - 1) arguments")
        }
        var text = pieces[0]
        for (position, piece) in zip(arguments.indices.dropFirst(), pieces.dropFirst()) {
            if case .string(let argument) = arguments[position] {
                try take(text.utf8.count + argument.utf8.count <= budget.largestValue, &budget)
                text += argument
            } else {
                text += try formatted(position, &budget)
            }
            try take(text.utf8.count + piece.utf8.count <= budget.largestValue, &budget)
            text += piece
        }
        try take(budget.take(bytes: text.utf8.count), budget)
        return .string(try checked(text))
    }

    private func format(
        template: String, _ budget: inout EvaluationBudget
    ) throws(IntrinsicFailure) -> JSONValue {
        try take(budget.take(steps: template.utf8.count / 4), budget)
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
        return try format(pieces: pieces.map { String($0) }, &budget)
    }

    // MARK: Budget

    /// Ends the call when there is too little of the budget left.
    func take(_ isThere: Bool, _ budget: borrowing EvaluationBudget) throws(IntrinsicFailure) {
        if !isThere { throw failure(budget.excess.map { "\($0)" } ?? "") }
    }

    /// Ends the call when a value would become too large, before it is made.
    private func take(_ fits: Bool, _ budget: inout EvaluationBudget) throws(IntrinsicFailure) {
        if !fits { try take(budget.take(bytes: .max), budget) }
    }

    /// The text of an argument, as JSON.
    private func text(
        of position: Int, _ budget: inout EvaluationBudget
    ) throws(IntrinsicFailure) -> String {
        let (bytes, isWhole) = arguments[position].utf8(upTo: budget.largestValue)
        try take(isWhole, &budget)
        try take(budget.take(steps: bytes.count / 4) && budget.take(bytes: bytes.count), budget)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// An argument as `States.Format` writes it: a text within it without quotes, and `=` between a name and its value.
    private func formatted(_ position: Int, _ budget: inout EvaluationBudget) throws(IntrinsicFailure) -> String {
        var text = ""
        let isWhole = arguments[position].write(unquoted: &text, upTo: budget.largestValue)
        try take(isWhole, &budget)
        try take(budget.take(steps: text.utf8.count / 4) && budget.take(bytes: text.utf8.count), budget)
        return text
    }

    private func stringToJson(_ budget: inout EvaluationBudget) throws(IntrinsicFailure) -> JSONValue {
        let text = try string(0)
        // AWS reads nothing as null.
        if text.utf8.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) { return .null }
        // A value may have as few as two bytes, with its comma.
        try take(budget.take(steps: text.utf8.count / 4) && budget.take(bytes: text.utf8.count), budget)
        do {
            return try JSONValue(parsing: text)
        } catch {
            throw failure("the argument is not JSON: \(error)")
        }
    }

    private func arrayPartition(_ budget: inout EvaluationBudget) throws(IntrinsicFailure) -> JSONValue {
        let elements = try array(0)
        let size = Int(try integer(1))
        if size < 1 { throw failure("the size of a part is a positive number") }
        try take(budget.take(copyOf: arguments[0]), budget)
        // Each part has its own brackets.
        try take(budget.take(bytes: 2 * ((elements.count - 1) / size + 1)), budget)
        return .array(
            stride(from: 0, to: elements.count, by: size).map { start in
                .array(Array(elements[start..<Swift.min(elements.count, start + size)]))
            })
    }

    private func arrayRange(_ budget: inout EvaluationBudget) throws(IntrinsicFailure) -> JSONValue {
        let (first, last, step) = (try integer(0), try integer(1), try integer(2))
        if step == 0 { throw failure("the step is not zero") }
        let values = stride(from: first, through: last, by: Int(step)).prefix(Self.maximumArrayLength + 1)
        let elements = values.map { JSONValue.integer($0) }
        if elements.count > Self.maximumArrayLength { throw failure("more than \(Self.maximumArrayLength) elements") }
        try take(budget.take(bytes: 8 * elements.count), budget)
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

    private func base64Decode(_ budget: inout EvaluationBudget) throws(IntrinsicFailure) -> JSONValue {
        let text = try boundedString(0)
        try take(budget.take(bytes: text.utf8.count), budget)
        guard let data = Data(base64Encoded: text) else { throw failure("the argument is not Base64") }
        return .string(try checked(String(decoding: data, as: UTF8.self)))
    }

    /// A text that is made anew, held to what is asked of one that is read.
    private func checked(_ text: String) throws(IntrinsicFailure) -> String {
        if CombiningMarks.areTooMany(in: text) { throw failure(CombiningMarks.excess) }
        return text
    }

    private func hash(_ budget: inout EvaluationBudget) throws(IntrinsicFailure) -> JSONValue {
        let text = if case .string(let text) = arguments[0] { text } else { try self.text(of: 0, &budget) }
        try take(budget.take(textBytes: text.utf8.count), budget)
        let name = try string(1)
        guard let algorithm = HashAlgorithm(rawValue: name) else {
            throw failure("'\(name.quoted)' is none of \(HashAlgorithm.names)")
        }
        return .string(algorithm.digits(of: text))
    }

    private func jsonMerge(_ budget: inout EvaluationBudget) throws(IntrinsicFailure) -> JSONValue {
        guard case .object(let left) = arguments[0], case .object(let right) = arguments[1] else {
            throw failure("the first two arguments are objects")
        }
        guard case .bool(false) = arguments[2] else { throw failure("only the shallow merge (false) is there") }
        try take(budget.take(copyOf: arguments[0]) && budget.take(copyOf: arguments[1]), budget)
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
    private func stringSplit(_ budget: inout EvaluationBudget) throws(IntrinsicFailure) -> JSONValue {
        let (text, others) = (try string(0), try string(1))
        try take(budget.take(steps: (text.utf8.count + others.utf8.count) / 4), budget)
        let separators = ScalarSet(others)
        var parts: [JSONValue] = []
        var size = 2
        var rest = text.unicodeScalars[...]
        while let start = rest.firstIndex(where: { !separators.contains($0) }) {
            let end = rest[start...].firstIndex(where: separators.contains) ?? rest.endIndex
            let part = String(rest[start..<end])
            // With its quotes and comma.
            size += part.utf8.count + 3
            try take(size <= budget.largestValue, &budget)
            parts.append(.string(part))
            rest = rest[end...]
        }
        try take(budget.take(bytes: size), budget)
        return .array(parts)
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
        // The half is rounded up, below zero too.
        let floor = number.rounded(.down)
        guard let value = Int64(exactly: number - floor < 0.5 ? floor : floor + 1) else {
            throw wrong(position, "a number of 64 bits")
        }
        return value
    }

    private func wrong(_ position: Int, _ wanted: String) -> IntrinsicFailure {
        failure("argument \(position + 1) is \(wanted), not \(arguments[position].kind)")
    }

    private func failure(_ reason: String) -> IntrinsicFailure {
        IntrinsicFailure(description: "The function '\(text.quoted)' had the following error: \(reason)")
    }
}

extension JSONValue {
    /// Adds the value to a text, with neither quotes nor escapes; `false` when that has more than `limit` bytes then.
    fileprivate func write(unquoted text: inout String, upTo limit: Int) -> Bool {
        switch self {
        case .string(let value): text += value
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += ", " }
                if !element.write(unquoted: &text, upTo: limit) { return false }
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, (name, value)) in members.enumerated() {
                text += (index > 0 ? ", " : "") + name + "="
                if !value.write(unquoted: &text, upTo: limit) { return false }
            }
            text += "}"
        default: text += self.text
        }
        return text.utf8.count <= limit
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
