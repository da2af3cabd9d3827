/// Whole numbers in English words.
enum NumberWords {
    private static let few = [
        "Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
        "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
    ]
    private static let ordinals = [
        "Zeroth", "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth",
        "Eleventh", "Twelfth", "Thirteenth", "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth",
        "Nineteenth",
    ]
    private static let decades = [
        "Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety",
    ]
    private static let magnitudes = ["Thousand", "Million", "Billion", "Trillion"]

    /// The words with capital initials: `One Thousand, Two Hundred and Thirty-Four`.
    static func text(of number: Double, isOrdinal: Bool) -> String {
        words(number, follows: false, isOrdinal)
    }

    private static func words(_ number: Double, follows: Bool, _ isOrdinal: Bool) -> String {
        if number <= 19 {
            let index = Int(number)
            return (follows ? " and " : "") + (isOrdinal ? ordinals[index] : few[index])
        }
        if number < 100 {
            let (tens, units) = (Int(number) / 10, number.truncatingRemainder(dividingBy: 10))
            let decade = decades[tens - 2]
            let word: String
            if units > 0 {
                word = decade + "-" + words(units, follows: false, isOrdinal)
            } else {
                word = isOrdinal ? decade.dropLast() + "ieth" : decade
            }
            return (follows ? " and " : "") + word
        }
        let size: Double
        let name: String
        if number < 1000 {
            (size, name) = (100, "Hundred")
        } else {
            // Beyond the last name the count of it grows.
            var magnitude = 1
            while magnitude < magnitudes.count, number >= Power.power(1000, Double(magnitude + 1)) { magnitude += 1 }
            (size, name) = (Power.power(1000, Double(magnitude)), magnitudes[magnitude - 1])
        }
        let count = (number / size).rounded(.down)
        let rest = number - count * size
        let counted = (follows ? ", " : "") + words(count, follows: false, false) + " " + name
        if rest > 0 { return counted + words(rest, follows: true, isOrdinal) }
        return isOrdinal ? counted + "th" : counted
    }

    private static let values: [String: Double] = {
        var values: [String: Double] = [:]
        for (index, word) in few.enumerated() { values[word.lowercased()] = Double(index) }
        for (index, word) in ordinals.enumerated() { values[word.lowercased()] = Double(index) }
        for (index, word) in decades.enumerated() {
            values[word.lowercased()] = Double(index + 2) * 10
            values[word.lowercased().dropLast() + "ieth"] = Double(index + 2) * 10
        }
        var value = 100.0
        for word in ["hundred"] + magnitudes.map({ $0.lowercased() }) {
            values[word] = value
            values[word + "th"] = value
            value = value == 100 ? 1000 : value * 1000
        }
        return values
    }()

    static func number(of text: String) -> Double {
        var segments = [0.0]
        for word in text.lowercased().split(whereSeparator: { " ,-".contains($0) }) where word != "and" {
            guard let value = values[String(word)] else { return .nan }
            let last = segments.removeLast()
            if value >= 100 {
                segments.append(last * value)
            } else if last >= 1000 {
                segments += [last, value]
            } else {
                segments.append(last + value)
            }
        }
        return segments.reduce(0, +)
    }
}
