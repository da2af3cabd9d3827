extension JSONataLibrary {
    /// What takes texts apart and puts them together. A character is a Unicode scalar, as in the reference.
    ///
    /// Source: <https://docs.jsonata.org/string-functions>
    static let textFunctions: [JSONataBuiltIn] = [
        JSONataBuiltIn("string", "<x-b?:s>", arity: 1) { call throws(JSONataFailure) in
            if call[0].isUndefined { return .undefined }
            let isPretty = if case .bool(true) = call[1] { true } else { false }
            return .string(try call.evaluator.text(of: call[0], isPretty: isPretty))
        },
        JSONataBuiltIn("length", "<s-:n>") { call throws(JSONataFailure) in
            guard let text = try call.text(0) else { return .undefined }
            return .number(Double(text.unicodeScalars.count))
        },
        JSONataBuiltIn("substring", "<s-nn?:s>") { call throws(JSONataFailure) in
            guard let text = try call.text(0) else { return .undefined }
            return try call.made(substring(text, from: call[1].numberValue ?? 0, length: call[2].numberValue))
        },
        JSONataBuiltIn("substringBefore", "<s-s:s>") { call throws(JSONataFailure) in
            guard let text = try call.text(0) else { return .undefined }
            guard let separator = try call.text(1), let found = try call.find(separator, in: text) else {
                return call[0]
            }
            return try call.made(String(text.unicodeScalars[..<found.lowerBound]))
        },
        JSONataBuiltIn("substringAfter", "<s-s:s>") { call throws(JSONataFailure) in
            guard let text = try call.text(0) else { return .undefined }
            guard let separator = try call.text(1), let found = try call.find(separator, in: text) else {
                return call[0]
            }
            return try call.made(String(text.unicodeScalars[found.upperBound...]))
        },
        JSONataBuiltIn("lowercase", "<s-:s>") { call throws(JSONataFailure) in
            guard let text = try call.text(0) else { return .undefined }
            // A few characters have a longer one for their other case.
            try call.charge(bytes: 3 * text.utf8.count)
            return .string(text.lowercased())
        },
        JSONataBuiltIn("uppercase", "<s-:s>") { call throws(JSONataFailure) in
            guard let text = try call.text(0) else { return .undefined }
            try call.charge(bytes: 3 * text.utf8.count)
            return .string(text.uppercased())
        },
        JSONataBuiltIn("trim", "<s-:s>") { call throws(JSONataFailure) in
            guard let text = try call.text(0) else { return .undefined }
            return try call.made(trimmed(text))
        },
        JSONataBuiltIn("pad", "<s-ns?:s>") { call throws(JSONataFailure) in
            guard let text = try call.text(0) else { return .undefined }
            return .string(try padded(text, to: call[1].numberValue ?? 0, with: call[2].stringValue, call))
        },
        JSONataBuiltIn("join", "<a<s>s?:s>") { call throws(JSONataFailure) in
            guard case .array(let parts) = call[0] else { return .undefined }
            let separator = call[1].stringValue ?? ""
            var text = ""
            for (position, part) in parts.elements.enumerated() {
                guard case .string(let part) = part else { continue }
                try call.charge(bytes: part.utf8.count + separator.utf8.count)
                if position > 0 { text += separator }
                text += part
            }
            return .string(text)
        },
    ]

    private static func substring(_ text: String, from start: Double, length: Double?) -> String {
        let scalars = text.unicodeScalars
        let count = scalars.count
        let from = Int(clamping: start)
        if let length, length <= 0 { return "" }
        let first = from < 0 ? max(0, count + from) : min(from, count)
        var end = count
        if let length { end = min(count, max(first, Int(clamping: (from < -count ? 0 : Double(first)) + length))) }
        let lower = scalars.index(scalars.startIndex, offsetBy: first)
        return String(scalars[lower..<scalars.index(lower, offsetBy: end - first)])
    }

    /// The text with every run of blanks as one space, and none at its ends.
    private static func trimmed(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D: if bytes.last != 0x20, !bytes.isEmpty { bytes.append(0x20) }
            default: bytes.append(byte)
            }
        }
        if bytes.last == 0x20 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func padded(
        _ text: String, to width: Double, with filler: String?, _ call: JSONataCall
    ) throws(JSONataFailure) -> String {
        let filler = filler.flatMap { $0.isEmpty ? nil : $0 } ?? " "
        let missing = Int(clamping: width.magnitude) - text.unicodeScalars.count
        if missing <= 0 { return text }
        // A character takes four bytes at most.
        let (size, overflow) = missing.multipliedReportingOverflow(by: filler.utf8.count == 1 ? 1 : 4)
        try call.charge(bytes: overflow ? .max : text.utf8.count + min(size, .max - text.utf8.count))
        let scalars = Array(filler.unicodeScalars)
        var padding = ""
        for position in 0..<missing { padding.unicodeScalars.append(scalars[position % scalars.count]) }
        return width > 0 ? text + padding : padding + text
    }
}

extension JSONataCall {
    /// A text that is an argument, with the steps for going through it taken; `nil` where it is undefined.
    func text(_ index: Int) throws(JSONataFailure) -> String? {
        guard case .string(let text) = self[index] else { return nil }
        try charge(walkingBytes: text.utf8.count)
        return text
    }

    /// A text that was made, with its bytes taken. It is no longer than what it was made of.
    func made(_ text: String) throws(JSONataFailure) -> JSONataValue {
        try charge(bytes: text.utf8.count)
        return .string(text)
    }

    /// Where a text has another one for the first time from an index on.
    func find(
        _ part: String, in text: String, from start: String.Index? = nil
    ) throws(JSONataFailure) -> Range<String.Index>? {
        let (bytes, wanted) = (text.utf8, Array(part.utf8))
        var position = start ?? text.startIndex
        guard let first = wanted.first else { return position..<position }
        var steps = 0
        while let candidate = bytes[position...].firstIndex(of: first) {
            steps += bytes.distance(from: position, to: candidate) / JSONataBudget.bytesPerStep
            var (end, matched) = (candidate, 0)
            while matched < wanted.count, end < bytes.endIndex, bytes[end] == wanted[matched] {
                bytes.formIndex(after: &end)
                matched += 1
            }
            if matched == wanted.count { return candidate..<end }
            steps += 1 + matched / JSONataBudget.bytesPerStep
            if steps > 64 {
                try charge(steps: steps)
                steps = 0
            }
            position = bytes.index(after: candidate)
        }
        return nil
    }
}

extension Int {
    /// The whole part of a number, or the nearest that there is.
    init(clamping number: Double) {
        if number.isNaN {
            self = 0
        } else if number >= 0x1p62 {
            self = 1 << 62
        } else if number <= -0x1p62 {
            self = -(1 << 62)
        } else {
            self = Int(number)
        }
    }
}
