/// The matches of a pattern in a text, one after another; or of a function that is used like a pattern.
struct Matches {
    struct Found {
        let text: String
        let start: Int
        let end: Int
        /// The texts of the groups; undefined for one that took no part.
        let groups: [JSONataValue]
        /// The match as a function sees it.
        let value: JSONataValue
    }

    private enum Source {
        case pattern(RegularExpression, from: Int)
        case function(JSONataFunction, [JSONataValue])
        case end
    }

    let text: PreparedText
    private let call: JSONataCall
    private var source: Source

    init(of function: JSONataFunction, in text: String, _ call: JSONataCall) {
        self.text = PreparedText(text)
        self.call = call
        if case .pattern(let pattern) = function.kind {
            source = .pattern(pattern, from: 0)
        } else {
            source = .function(function, [.string(text)])
        }
    }

    /// The next match; `nil` when there is none.
    ///
    /// - Throws: D1004 for a match of no length, and T1010 for a function that returns something else.
    mutating func next() throws(JSONataFailure) -> Found? {
        switch source {
        case .end: return nil
        case .pattern(let pattern, let start):
            guard let match = try pattern.firstMatch(in: text, from: start, &call.evaluator.budget) else {
                source = .end
                return nil
            }
            if match.range.isEmpty { throw .error(JSONataError(.emptyMatch, value: pattern.source)) }
            source =
                match.range.upperBound < text.scalars.count ? .pattern(pattern, from: match.range.upperBound) : .end
            return found(match, pattern)
        case .function(let function, let arguments):
            return try next(of: function, arguments)
        }
    }

    private func found(_ match: PatternMatcher.Match, _ pattern: RegularExpression) -> Found {
        let value = PatternMatch(match, of: pattern, in: text)
        return Found(
            text: value.text, start: match.range.lowerBound, end: match.range.upperBound, groups: value.groups,
            value: value.value)
    }

    private mutating func next(
        of function: JSONataFunction, _ arguments: [JSONataValue]
    ) throws(JSONataFailure) -> Found? {
        let value = try call.apply(function, arguments)
        if value.isUndefined {
            source = .end
            return nil
        }
        guard case .object(let object) = value, case .string(let matched)? = object["match"],
            case .number(let start)? = object["start"], case .number(let end)? = object["end"],
            case .array(let groups)? = object["groups"], case .function(let following)? = object["next"]
        else { throw .error(JSONataError(.badMatcher, value: value)) }
        source = .function(following, [])
        func place(_ number: Double) -> Int { max(0, min(text.scalars.count, Int(clamping: number))) }
        return Found(text: matched, start: place(start), end: place(end), groups: groups.elements, value: value)
    }
}

/// A match of a pattern as the object that functions see.
struct PatternMatch {
    let text: String
    let groups: [JSONataValue]
    let value: JSONataValue

    init(_ match: PatternMatcher.Match, of pattern: RegularExpression, in whole: PreparedText) {
        text = whole[match.range]
        groups = match.groups.map { $0.map { .string(whole[$0]) } ?? .undefined }
        value = .object(
            JSONataObject([
                ("match", .string(text)), ("start", .number(Double(match.range.lowerBound))),
                ("end", .number(Double(match.range.upperBound))), ("groups", .array(groups)),
                ("next", .function(JSONataFunction(.nextMatch(pattern, whole, from: match.range.upperBound)))),
            ]))
    }
}

// A pattern is a function too: it gives the first match in a text, with a function for the next one.
extension Evaluator {
    func match(
        _ pattern: RegularExpression, _ arguments: [JSONataValue]
    ) throws(JSONataFailure) -> JSONataValue {
        guard case .string(let text)? = arguments.first else { return .undefined }
        try budget.charge(walkingBytes: text.utf8.count)
        var start = 0
        if arguments.count > 1, case .number(let number) = arguments[1] { start = max(0, Int(clamping: number)) }
        let prepared = PreparedText(text)
        guard let match = try pattern.firstMatch(in: prepared, from: start, &budget) else { return .undefined }
        try budget.charge(elements: 10 + match.groups.count)
        return PatternMatch(match, of: pattern, in: prepared).value
    }

    func nextMatch(
        _ pattern: RegularExpression, _ text: PreparedText, from start: Int
    ) throws(JSONataFailure) -> JSONataValue {
        if start >= text.scalars.count { return .undefined }
        guard let match = try pattern.firstMatch(in: text, from: start, &budget) else { return .undefined }
        if match.range.isEmpty { throw .error(JSONataError(.emptyMatch, value: pattern.source)) }
        try budget.charge(elements: 10 + match.groups.count)
        return PatternMatch(match, of: pattern, in: text).value
    }
}
