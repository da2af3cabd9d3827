extension JSONataLibrary {
    /// What looks for a text or a pattern in a text. Places are counted in Unicode scalars.
    ///
    /// Source: <https://docs.jsonata.org/string-functions>, <https://docs.jsonata.org/regex>
    static let patternFunctions: [JSONataBuiltIn] = [
        JSONataBuiltIn("contains", "<s-(sf):b>") { call throws(JSONataFailure) in
            guard let text = try call.text(0) else { return .undefined }
            switch call[1] {
            case .string(let part): return .bool(try call.find(part, in: text) != nil)
            case .function(let function):
                var matches = Matches(of: function, in: text, call)
                return .bool(try matches.next() != nil)
            default: return .bool(false)
            }
        },
        JSONataBuiltIn("match", "<s-f<s:o>n?:a<o>>") { call throws(JSONataFailure) in
            guard let text = try call.text(0), case .function(let function) = call[1] else { return .undefined }
            let limit = try call.limit(2, .negativeMatchLimit)
            var matches = Matches(of: function, in: text, call)
            var result = JSONataArray()
            while result.count < limit, let match = try matches.next() {
                try call.charge(elements: 6 + match.groups.count)
                result.append(
                    .object(
                        JSONataObject([
                            ("match", .string(match.text)), ("index", .number(Double(match.start))),
                            ("groups", .array(match.groups)),
                        ])))
            }
            return .array(result)
        },
        JSONataBuiltIn("replace", "<s-(sf)(sf)n?:s>") { call throws(JSONataFailure) in
            guard let text = try call.text(0) else { return .undefined }
            if case .string("") = call[1] { throw call.error(.emptyReplacePattern, argument: 2) }
            let limit = try call.limit(3, .negativeReplaceLimit)
            switch call[1] {
            case .string(let part): return .string(try replaced(text, part, limit, call))
            case .function(let function): return .string(try replaced(text, function, limit, call))
            default: return .undefined
            }
        },
        JSONataBuiltIn("split", "<s-(sf)n?:a<s>>") { call throws(JSONataFailure) in
            guard let text = try call.text(0) else { return .undefined }
            let limit = try call.limit(2, .negativeSplitLimit)
            switch call[1] {
            case .string(let separator): return .array(try split(text, separator, limit, call))
            case .function(let function): return .array(try split(text, function, limit, call))
            default: return .array(limit > 0 ? [.string(text)] : [])
            }
        },
    ]

    // MARK: $replace

    private static func replaced(
        _ text: String, _ part: String, _ limit: Int, _ call: JSONataCall
    ) throws(JSONataFailure) -> String {
        guard case .string(let replacement) = call[2] else {
            if call[2].isUndefined { return text }
            throw .error(JSONataError(.replacementNotText, value: call[2]))
        }
        var result = ""
        var position = text.startIndex
        var count = 0
        while count < limit, let found = try call.find(part, in: text, from: position) {
            try call.charge(
                bytes: text.utf8.distance(from: position, to: found.lowerBound) + replacement.utf8.count)
            result += String(text.unicodeScalars[position..<found.lowerBound]) + replacement
            position = found.upperBound
            count += 1
        }
        try call.charge(bytes: text.utf8.distance(from: position, to: text.endIndex))
        return result + String(text.unicodeScalars[position...])
    }

    private static func replaced(
        _ text: String, _ function: JSONataFunction, _ limit: Int, _ call: JSONataCall
    ) throws(JSONataFailure) -> String {
        var matches = Matches(of: function, in: text, call)
        var result = ""
        var position = 0
        var count = 0
        while count < limit, let match = try matches.next() {
            let replacement = try replacement(for: match, call)
            let kept = matches.text[min(position, match.start)..<match.start]
            try call.charge(bytes: kept.utf8.count + replacement.utf8.count)
            result += kept + replacement
            position = match.start + match.text.unicodeScalars.count
            count += 1
        }
        let rest = matches.text[min(position, matches.text.scalars.count)..<matches.text.scalars.count]
        try call.charge(bytes: rest.utf8.count)
        return result + rest
    }

    private static func replacement(
        for match: Matches.Found, _ call: JSONataCall
    ) throws(JSONataFailure) -> String {
        switch call[2] {
        case .string(let template): return try filled(template, with: match, call)
        case .function(let function):
            let value = try call.apply(function, [match.value])
            guard case .string(let text) = value else {
                throw .error(JSONataError(.replacementNotText, value: value))
            }
            return text
        default: throw .error(JSONataError(.replacementNotText, value: call[2]))
        }
    }

    /// A replacement with the match in the place of `$0`, and its groups in those of `$1`, `$2`, …
    private static func filled(
        _ template: String, with match: Matches.Found, _ call: JSONataCall
    ) throws(JSONataFailure) -> String {
        try call.charge(walkingBytes: template.utf8.count)
        let scalars = Array(template.unicodeScalars)
        var result = ""
        var position = 0
        while position < scalars.count {
            let scalar = scalars[position]
            position += 1
            guard scalar == "$", position < scalars.count else {
                result.unicodeScalars.append(scalar)
                continue
            }
            if scalars[position] == "$" {
                result += "$"
                position += 1
            } else if scalars[position] == "0" {
                try call.charge(bytes: match.text.utf8.count)
                result += match.text
                position += 1
            } else if let (number, length) = groupNumber(scalars[position...], of: match.groups.count) {
                if number > 0, number <= match.groups.count, case .string(let group) = match.groups[number - 1] {
                    try call.charge(bytes: group.utf8.count)
                    result += group
                }
                position += length
            } else {
                result += "$"
            }
        }
        return result
    }

    /// The number of a group at the beginning of `scalars`: of as many digits as the number of groups has, or of one
    /// less where there is no such group.
    private static func groupNumber(
        _ scalars: ArraySlice<Unicode.Scalar>, of count: Int
    ) -> (number: Int, length: Int)? {
        let digits = scalars.prefix(String(count).utf8.count).prefix { ("0"..."9").contains($0) }
        if digits.isEmpty { return nil }
        func number(_ digits: ArraySlice<Unicode.Scalar>) -> Int {
            digits.reduce(0) { $0 * 10 + Int($1.value - 0x30) }
        }
        let value = number(digits)
        if digits.count > 1, value > count {
            let shorter = digits.dropLast()
            return (number(shorter), String(number(shorter)).utf8.count)
        }
        return (value, String(value).utf8.count)
    }

    // MARK: $split

    private static func split(
        _ text: String, _ separator: String, _ limit: Int, _ call: JSONataCall
    ) throws(JSONataFailure) -> [JSONataValue] {
        var parts: [JSONataValue] = []
        if separator.isEmpty {
            for scalar in text.unicodeScalars.prefix(limit) {
                try call.charge(elements: 1)
                parts.append(.string(String(scalar)))
            }
            return parts
        }
        var position = text.startIndex
        while parts.count < limit {
            let found = try call.find(separator, in: text, from: position)
            let part = String(text.unicodeScalars[position..<(found?.lowerBound ?? text.endIndex)])
            try call.charge(elements: 1)
            try call.charge(bytes: part.utf8.count)
            parts.append(.string(part))
            guard let found else { break }
            position = found.upperBound
        }
        return parts
    }

    private static func split(
        _ text: String, _ function: JSONataFunction, _ limit: Int, _ call: JSONataCall
    ) throws(JSONataFailure) -> [JSONataValue] {
        var matches = Matches(of: function, in: text, call)
        var parts: [JSONataValue] = []
        var position = 0
        func add(_ end: Int) throws(JSONataFailure) {
            let part = matches.text[min(position, end)..<end]
            try call.charge(elements: 1)
            try call.charge(bytes: part.utf8.count)
            parts.append(.string(part))
        }
        while parts.count < limit, let match = try matches.next() {
            try add(match.start)
            position = match.end
        }
        if parts.count < limit { try add(matches.text.scalars.count) }
        return parts
    }
}

extension JSONataCall {
    /// How many matches are wanted: all, where nothing is said.
    fileprivate func limit(_ index: Int, _ code: JSONataError.Code) throws(JSONataFailure) -> Int {
        guard case .number(let limit) = self[index] else { return .max }
        if limit < 0 { throw error(code, argument: index + 1) }
        return Int(clamping: limit.rounded(.up))
    }
}
