/// Text that is not a path or an intrinsic, with the place where reading stopped.
package struct ExpressionSyntaxError: Error, Equatable, CustomStringConvertible {
    package let text: String
    /// Characters (Unicode scalars) from the beginning of the text.
    package let offset: Int
    package let message: String
    /// The name of a function that is not there.
    var unknownFunction: String?
    /// Whether AWS takes it all the same, and only this engine does not have it.
    var isUnsupported = false

    package var description: String { "\(message), at character \(offset + 1) of '\(text.quoted)'" }

    /// What was probably meant.
    func hint(_ problems: ProblemCollector) -> String? {
        unknownFunction.flatMap { problems.hint(for: $0, among: IntrinsicFunction.allCases.lazy.map(\.rawValue)) }
    }
}

extension JSONPath {
    /// Reads a path that begins with `$` or `$$`.
    package init(parsing text: String) throws(ExpressionSyntaxError) {
        var scanner = ExpressionScanner(text)
        self = try scanner.path()
        try scanner.end()
    }
}

/// Reads paths and intrinsics, scalar by scalar.
struct ExpressionScanner {
    let text: String
    let scalars: [Unicode.Scalar]
    var position = 0
    private var depth = 0

    /// How deep functions and conditions may stand in one another. AWS has 10 for functions; this is what the stack of
    /// any thread bears.
    static let maximumDepth = 64
    /// How many segments a path may have, and how many conditions may stand in a row.
    static let maximumLength = 256

    init(_ text: String) {
        self.text = text
        scalars = Array(text.unicodeScalars)
    }

    var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    mutating func take(_ word: String) -> Bool {
        var end = position
        for scalar in word.unicodeScalars {
            guard end < scalars.count, scalars[end] == scalar else { return false }
            end += 1
        }
        position = end
        return true
    }

    mutating func expect(_ word: String, _ what: String) throws(ExpressionSyntaxError) {
        if !take(word) { throw error("'\(word)' is expected \(what)") }
    }

    mutating func end() throws(ExpressionSyntaxError) {
        if position < scalars.count { throw error("nothing may follow here") }
    }

    mutating func skipSpaces() {
        while let scalar = next, scalar == " " || scalar == "\t" { position += 1 }
    }

    func error(_ message: String, unknownFunction: String? = nil) -> ExpressionSyntaxError {
        ExpressionSyntaxError(text: text, offset: position, message: message, unknownFunction: unknownFunction)
    }

    func unsupported(_ what: String) -> ExpressionSyntaxError {
        ExpressionSyntaxError(
            text: text, offset: position, message: "\(what) are not supported", isUnsupported: true)
    }

    mutating func scalars(while isWanted: (Unicode.Scalar) -> Bool) -> String {
        let start = position
        while let scalar = next, isWanted(scalar) { position += 1 }
        return text(start..<position)
    }

    func text(_ range: Range<Int>) -> String {
        let part = scalars[range]
        if part.allSatisfy(\.isASCII) {
            return String(decoding: part.lazy.map { UInt8(truncatingIfNeeded: $0.value) }, as: UTF8.self)
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: part)
        return String(view)
    }

    /// Reads something that may hold others of its kind.
    mutating func nested<Value>(
        _ read: (inout ExpressionScanner) throws(ExpressionSyntaxError) -> Value
    ) throws(ExpressionSyntaxError) -> Value {
        depth += 1
        if depth > Self.maximumDepth { throw error("nested deeper than \(Self.maximumDepth) levels") }
        let value = try read(&self)
        depth -= 1
        return value
    }

    // MARK: Paths

    mutating func path() throws(ExpressionSyntaxError) -> JSONPath {
        let start = position
        try expect("$", "at the beginning of a path")
        var root: JSONPath.Root = take("$") ? .context : .input
        if let scalar = next, scalar.isNameScalar {
            if root == .context { throw error("after '$$' comes '.' or '['") }
            root = .variable(scalars(while: \.isVariableScalar))
        }
        let segments = try segments()
        return JSONPath(text: text(start..<position), root: root, segments: segments)
    }

    mutating func segments() throws(ExpressionSyntaxError) -> [JSONPath.Segment] {
        var segments: [JSONPath.Segment] = []
        while let scalar = next {
            if segments.count == Self.maximumLength {
                throw error("a path has at most \(Self.maximumLength) segments")
            }
            if take("..") {
                segments.append(.descent(next == "[" ? try bracket() : try dotted()))
            } else if take(".") {
                segments.append(next == "[" ? try bracket() : try dotted())
            } else if scalar == "[" {
                segments.append(try bracket())
            } else {
                break
            }
        }
        return segments
    }

    private mutating func dotted() throws(ExpressionSyntaxError) -> JSONPath.Segment {
        if take("*") { return .wildcard }
        let name = scalars(while: \.isNameScalar)
        if name.isEmpty { throw error("a member's name is expected here") }
        if next == "(" { throw unsupported("functions in paths") }
        return .member(name)
    }

    private mutating func bracket() throws(ExpressionSyntaxError) -> JSONPath.Segment {
        try expect("[", "here")
        skipSpaces()
        let segment: JSONPath.Segment
        if next == "(" { throw unsupported("scripts in paths") }
        if take("*") {
            segment = .wildcard
        } else if take("?") {
            skipSpaces()
            try expect("(", "after '?'")
            segment = .filter(try disjunction())
            skipSpaces()
            try expect(")", "at the end of a filter")
        } else if next == "'" || next == "\"" {
            let names = try list { (scanner) throws(ExpressionSyntaxError) in try scanner.quoted() }
            segment = names.count == 1 ? .member(names[0]) : .members(names)
        } else {
            segment = try indices()
        }
        skipSpaces()
        try expect("]", "here")
        return segment
    }

    private mutating func indices() throws(ExpressionSyntaxError) -> JSONPath.Segment {
        let from = try integer()
        skipSpaces()
        if take(":") {
            skipSpaces()
            let to = try integer()
            skipSpaces()
            let step = take(":") ? try integer() ?? 1 : 1
            if step < 1 { throw error("the step of a slice is at least 1") }
            return .slice(from: from, to: to, step: step)
        }
        guard let from else { throw error("an index, a name in quotes, a slice, '*' or a filter is expected here") }
        var indices = [from]
        while take(",") {
            skipSpaces()
            guard let index = try integer() else { throw error("an index is expected here") }
            indices.append(index)
            skipSpaces()
        }
        return indices.count == 1 ? .index(indices[0]) : .indices(indices)
    }

    private mutating func list<Element>(
        _ element: (inout ExpressionScanner) throws(ExpressionSyntaxError) -> Element
    ) throws(ExpressionSyntaxError) -> [Element] {
        var elements = [try element(&self)]
        skipSpaces()
        while take(",") {
            skipSpaces()
            elements.append(try element(&self))
            skipSpaces()
        }
        return elements
    }

    private mutating func integer() throws(ExpressionSyntaxError) -> Int? {
        let start = position
        let sign = take("-") ? "-" : ""
        let digits = scalars(while: { ("0"..."9").contains($0) })
        if digits.isEmpty {
            if !sign.isEmpty { throw error("a digit is expected after '-'") }
            return nil
        }
        guard let value = Int(sign + digits), value.magnitude <= Int32.max.magnitude else {
            position = start
            throw error("the index is too large")
        }
        return value
    }

    /// A name in quotes. A backslash is a part of it, and so is a quote behind one.
    private mutating func quoted() throws(ExpressionSyntaxError) -> String {
        guard let quote = next, quote == "'" || quote == "\"" else { throw error("a name in quotes is expected here") }
        position += 1
        var view = String.UnicodeScalarView()
        while let scalar = next {
            position += 1
            if scalar == quote {
                let name = String(view)
                if !CombiningMarks.areTooMany(in: name) { return name }
                throw error("a letter has more than \(CombiningMarks.maximumCount) combining marks")
            }
            view.append(scalar)
            if scalar == "\\", next == quote {
                view.append(quote)
                position += 1
            }
        }
        throw error("a quote is not closed")
    }

    // MARK: Filters

    private mutating func disjunction() throws(ExpressionSyntaxError) -> JSONPathFilter {
        try chain("||", { .or($0, $1) }) { (scanner) throws(ExpressionSyntaxError) in try scanner.conjunction() }
    }

    private mutating func conjunction() throws(ExpressionSyntaxError) -> JSONPathFilter {
        try chain("&&", { .and($0, $1) }) { (scanner) throws(ExpressionSyntaxError) in
            try scanner.nested { (scanner) throws(ExpressionSyntaxError) in try scanner.condition() }
        }
    }

    private mutating func chain(
        _ word: String, _ join: (JSONPathFilter, JSONPathFilter) -> JSONPathFilter,
        _ read: (inout ExpressionScanner) throws(ExpressionSyntaxError) -> JSONPathFilter
    ) throws(ExpressionSyntaxError) -> JSONPathFilter {
        var filter = try read(&self)
        var length = 1
        skipSpaces()
        while take(word) {
            length += 1
            if length > Self.maximumLength { throw error("at most \(Self.maximumLength) conditions stand in a row") }
            filter = join(filter, try read(&self))
            skipSpaces()
        }
        return filter
    }

    private mutating func condition() throws(ExpressionSyntaxError) -> JSONPathFilter {
        skipSpaces()
        if next == "!" {
            position += 1
            return .not(try nested { (scanner) throws(ExpressionSyntaxError) in try scanner.condition() })
        }
        if take("(") {
            let filter = try disjunction()
            skipSpaces()
            try expect(")", "here")
            return filter
        }
        let left = try operand()
        skipSpaces()
        for comparison in JSONPathFilter.Comparison.allCases where take(comparison.rawValue) {
            skipSpaces()
            return .compare(left, comparison, try operand())
        }
        return .exists(left)
    }

    private mutating func operand() throws(ExpressionSyntaxError) -> JSONPathFilter.Operand {
        switch next {
        case "@":
            position += 1
            return .element(try segments())
        case "$":
            position += 1
            return .root(try segments())
        case "'", "\"":
            return .literal(.string(try quoted()))
        default:
            let word = scalars(while: { !" )=!<>&|".unicodeScalars.contains($0) })
            guard let value = try? JSONValue(parsing: word), value.objectValue == nil, value.arrayValue == nil else {
                // Not JSON: the error below says what is wrong in the terms of the filter.
                throw error("'@', '$', a text in quotes, a number, true, false or null is expected here")
            }
            return .literal(value)
        }
    }
}

extension Unicode.Scalar {
    /// Whether the scalar may stand in a member's name without quotes.
    var isNameScalar: Bool {
        switch value {
        // Letters and digits of ASCII, which nearly all are, without asking the tables of Unicode.
        case 48...57, 65...90, 97...122: true
        case ..<128: self == "_" || self == "-"
        default: properties.isAlphabetic || properties.numericType != nil
        }
    }
}
