extension TimePicture {
    /// The moment that a text stands for, in milliseconds since 1970; `nil` where it does not match the picture.
    ///
    /// What a picture leaves out at the front is that of `now`, and at the back the least that there is.
    ///
    /// - Throws: D3130, D3133, D3136, and an excess of steps.
    func milliseconds(
        of text: String, now: Double, _ budget: inout JSONataBudget
    ) throws(JSONataFailure) -> Double? {
        let pattern = try pattern()
        let program: PatternProgram
        do {
            program = try PatternProgram(of: pattern, groupCount: parts.count, flags: .ignoresCase)
        } catch {
            throw .error(JSONataError(.unsupportedPattern, detail: error.reason))
        }
        let prepared = PreparedText(text)
        var matcher = PatternMatcher(program: program, text: prepared.scalars)
        guard let match = try matcher.firstMatch(from: 0, &budget) else { return nil }
        var values: [Character: Double] = [:]
        for case (.marker(let marker), let range?) in zip(parts, match.groups) {
            values[marker.component] = Self.value(of: marker, prepared[range])
        }
        if values.isEmpty { return nil }
        return try Self.milliseconds(of: values, now: now)
    }

    private func pattern() throws(JSONataFailure) -> Pattern {
        var patterns: [Pattern] = [.lineStart]
        for (index, part) in parts.enumerated() {
            switch part {
            case .literal(let literal): patterns.append(.group(index + 1, .text(literal)))
            case .marker(let marker): patterns.append(.group(index + 1, try Self.pattern(of: marker)))
            }
        }
        return .sequence(patterns + [.lineEnd])
    }

    private static func pattern(of marker: Marker) throws(JSONataFailure) -> Pattern {
        let digits: [ClosedRange<UInt32>] = [0x30...0x39]
        if marker.component == "Z" || marker.component == "z" {
            let sign: Pattern = .characters(Pattern.CharacterSet(ranges: [0x2B...0x2B, 0x2D...0x2D]))
            var parts: [Pattern] = [.text(marker.component == "z" ? "GMT" : ""), sign, .some(of: digits)]
            if let separator = marker.format?.digits?.separator {
                parts += [.text(String(separator)), .some(of: digits)]
            }
            return .sequence(parts)
        }
        if let format = marker.format { return try format.pattern(width: marker.parsedWidth) }
        switch marker.component {
        case "M", "x", "F", "P": return .some(of: [0x41...0x5A, 0x61...0x7A])
        default: throw .error(JSONataError(.nameNotAllowed, value: String(marker.component)))
        }
    }

    /// What a part of the text stands for; `nil` for a name that there is not.
    private static func value(of marker: Marker, _ text: String) -> Double? {
        if marker.component == "Z" || marker.component == "z" { return zoneMinutes(marker, text) }
        if let format = marker.format { return format.number(of: text) }
        func position(in names: [String]) -> Double? {
            let index = names.firstIndex { name in
                (marker.maximumWidth.map { String(name.prefix($0)) } ?? name).lowercased() == text.lowercased()
            }
            return index.map { Double($0 + 1) }
        }
        switch marker.component {
        case "M", "x": return position(in: months)
        case "F": return position(in: days)
        case "P": return text.lowercased() == "pm" ? 1 : 0
        default: return nil
        }
    }

    private static func zoneMinutes(_ marker: Marker, _ text: String) -> Double {
        var digits = Substring(text)
        if marker.component == "z" { digits = digits.dropFirst(3) }
        let sign = digits.first == "-" ? -1.0 : 1.0
        digits = digits.dropFirst()
        var (hours, minutes) = (digits, Substring("0"))
        if let separator = marker.format?.digits?.separator,
            let mark = digits.firstIndex(of: Character(separator))
        {
            (hours, minutes) = (digits[..<mark], digits[digits.index(after: mark)...])
        } else if digits.count > 2 {
            (hours, minutes) = (digits.prefix(2), digits.dropFirst(2))
        }
        return sign * ((Double(hours) ?? 0) * 60 + (Double(minutes) ?? 0))
    }

    // MARK: Moments

    private static func milliseconds(
        of values: [Character: Double], now: Double
    ) throws(JSONataFailure) -> Double? {
        /// Whether the text says something of these components, and nothing of others among `all`.
        func fits(_ components: String, among all: String) -> Bool {
            let given = all.filter { values[$0] != nil }
            return !given.isEmpty && given.allSatisfy { components.contains($0) }
        }
        let dates = "YXMxWwdD"
        let isByDay = !fits("YMD", among: dates) && fits("Yd", among: dates)
        let isByWeek = !fits("YMD", among: dates) && (fits("Xxw", among: dates) || fits("XW", among: dates))
        let isByHalf = !fits("Hmsf", among: "PHhmsf") && fits("Phmsf", among: "PHhmsf")
        // A time in weeks is not read by the reference either.
        if isByWeek { throw .error(JSONataError(.underspecifiedTime)) }
        let components = (isByDay ? "Yd" : "YMD") + (isByHalf ? "Phmsf" : "Hmsf")
        var complete: [Character: Double] = [:]
        var (isBegun, isEnded) = (false, false)
        let today = CalendarTime(milliseconds: now, offsetMinutes: 0)
        for component in components {
            if let value = values[component] {
                isBegun = true
                if isEnded { throw .error(JSONataError(.underspecifiedTime)) }
                complete[component] = value
            } else if isBegun {
                complete[component] = "MDd".contains(component) ? 1 : 0
                isEnded = true
            } else {
                complete[component] = today?.number(of: component).map(Double.init) ?? 0
            }
        }
        return moment(complete, isByDay, isByHalf).map { $0 - (values["Z"] ?? values["z"] ?? 0) * 60_000 }
    }

    private static func moment(_ values: [Character: Double], _ isByDay: Bool, _ isByHalf: Bool) -> Double? {
        func value(_ component: Character) -> Int? {
            values[component].flatMap { $0.isFinite && $0.magnitude < 1e9 ? Int($0) : nil }
        }
        guard var year = value("Y"), let minute = value("m"), let second = value("s"), let fraction = value("f") else {
            return nil
        }
        // JavaScript's dates take a year of two digits for one of the twentieth century.
        if (0..<100).contains(year) { year += 1900 }
        let days: Int
        if isByDay {
            days = CalendarTime.days(year: year, month: 1) + (value("d") ?? 1) - 1
        } else {
            days = CalendarTime.days(year: year, month: max(1, value("M") ?? 1)) + (value("D") ?? 1) - 1
        }
        var hour = value("H") ?? 0
        if isByHalf { hour = (value("h") ?? 0) % 12 + (value("P") == 1 ? 12 : 0) }
        return Double(days) * Double(CalendarTime.day) + Double(hour) * 3_600_000 + Double(minute) * 60_000
            + Double(second) * 1000 + Double(fraction)
    }
}

extension Pattern {
    /// The characters of a text.
    fileprivate static func text(_ text: String) -> Pattern {
        .sequence(text.unicodeScalars.map { .characters(CharacterSet(ranges: [$0.value...$0.value])) })
    }
}
