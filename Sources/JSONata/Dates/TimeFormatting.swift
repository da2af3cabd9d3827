extension TimePicture {
    /// The text of a moment in a time zone.
    ///
    /// - Parameter zone: the difference to UTC as four digits with a sign: hours and minutes.
    /// - Throws: D3110 for a time that no calendar has, D3130, D3133 and D3134.
    func text(ofMilliseconds milliseconds: Double, zone: String?) throws(JSONataFailure) -> String {
        let offset = zone.flatMap { Self.leadingInteger($0) } ?? 0
        let hours = Int((Double(offset) / 100).rounded(.down))
        let minutes = offset % 100
        guard let time = CalendarTime(milliseconds: milliseconds, offsetMinutes: hours * 60 + minutes) else {
            throw .error(JSONataError(.notATimestamp, value: .number(milliseconds)))
        }
        var text = ""
        for part in parts {
            switch part {
            case .literal(let literal): text += literal
            case .marker(let marker): text += try Self.text(of: marker, time, hours, minutes)
            }
        }
        return text
    }

    /// The number that a text begins with, as JavaScript's `parseInt` reads it, where it is no more than a day.
    private static func leadingInteger(_ text: String) -> Int? {
        var digits = text.unicodeScalars.drop { Pattern.CharacterSet.blanks.contains($0) }
        let sign = digits.first == "-" ? -1 : 1
        if digits.first == "-" || digits.first == "+" { digits = digits.dropFirst() }
        let number = Int(String(digits.prefix { ("0"..."9").contains($0) }.prefix(6)))
        return number.map { sign * $0 }
    }

    private static func text(
        of marker: Marker, _ time: CalendarTime, _ hours: Int, _ minutes: Int
    ) throws(JSONataFailure) -> String {
        switch marker.component {
        case "Z", "z": return try zone(marker, hours, minutes)
        case "P":
            let half = time.time < 43_200_000 ? "am" : "pm"
            return marker.names == .upper ? half.uppercased() : half
        case "C", "E": return "ISO"
        default: break
        }
        guard let number = time.number(of: marker.component) else {
            throw .error(JSONataError(.unknownComponent, value: String(marker.component)))
        }
        if let names = marker.names { return try name(of: number, marker, names) }
        var value = Double(number)
        if let digits = marker.yearDigits {
            value = value.truncatingRemainder(dividingBy: Power.power(10, Double(digits)))
        }
        return try marker.format?.text(of: value) ?? ""
    }

    private static func name(
        of number: Int, _ marker: Marker, _ names: IntegerPicture.LetterCase
    ) throws(JSONataFailure) -> String {
        let name: String
        switch marker.component {
        case "M", "x": name = months[number - 1]
        case "F": name = days[number - 1]
        default: throw .error(JSONataError(.nameNotAllowed, value: String(marker.component)))
        }
        let cased =
            switch names {
            case .upper: name.uppercased()
            case .lower: name.lowercased()
            case .title: name
            }
        return marker.maximumWidth.map { String(cased.prefix(max(0, $0))) } ?? cased
    }

    private static func zone(
        _ marker: Marker, _ hours: Int, _ minutes: Int
    ) throws(JSONataFailure) -> String {
        let offset = hours * 100 + minutes
        guard let format = marker.format, let digits = format.digits else {
            throw .error(JSONataError(.timezoneTooLong))
        }
        var text: String
        if digits.regularGroup > 0 {
            text = try format.text(of: Double(offset))
        } else if digits.minimum <= 2 {
            text = try format.text(of: Double(hours))
            if minutes != 0 { text += (minutes < 10 ? ":0" : ":") + String(minutes) }
        } else if digits.minimum <= 4 {
            text = try format.text(of: Double(offset))
        } else {
            throw .error(JSONataError(.timezoneTooLong, value: String(digits.minimum)))
        }
        if offset >= 0 { text = "+" + text }
        if marker.component == "z" { text = "GMT" + text }
        return offset == 0 && marker.writesZulu ? "Z" : text
    }
}

extension CalendarTime {
    /// The number that a component of a picture stands for; `nil` for one that is no number.
    func number(of component: Character) -> Int? {
        switch component {
        case "Y": year
        case "M": month
        case "D": dayOfMonth
        case "d": dayOfYear
        case "F": dayOfWeek
        case "W": weekOfYear
        case "w": weekOfMonth
        case "X": weekYear
        case "x": weekMonth
        case "H": time / 3_600_000
        case "h": (time / 3_600_000 + 11) % 12 + 1
        case "P": time / 43_200_000
        case "m": time / 60_000 % 60
        case "s": time / 1000 % 60
        case "f": time % 1000
        default: nil
        }
    }
}
