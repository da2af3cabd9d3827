/// Times of ISO 8601, as `$toMillis` reads them where it is given no picture: a year, with a month, with a day, with a
/// time of day, and with a difference to UTC; without it the time is UTC.
enum ISOTime {
    /// The moment that a text stands for, in milliseconds since 1970; `nil` for another text.
    static func milliseconds(of text: String) -> Double? {
        var rest = Array(text.utf8)[...]
        func number(_ count: Int) -> Int? {
            guard rest.count >= count else { return nil }
            var value = 0
            for byte in rest.prefix(count) {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
            }
            rest = rest.dropFirst(count)
            return value
        }
        func take(_ character: Unicode.Scalar) -> Bool {
            if rest.first != UInt8(ascii: character) { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = number(4) else { return nil }
        var (month, day) = (1, 1)
        if take("-") {
            guard let value = number(2) else { return nil }
            month = value
            if take("-") {
                guard let value = number(2) else { return nil }
                day = value
            }
        }
        var (time, fraction, offset) = (0, 0.0, 0)
        if take("T") {
            guard let hour = number(2), take(":"), let minute = number(2), take(":"), let second = number(2),
                hour < 24, minute < 60, second < 60
            else { return nil }
            time = hour * 3600 + minute * 60 + second
            if take(".") {
                var scale = 100.0
                let before = rest.count
                while let digit = number(1) {
                    if scale >= 1 { fraction += Double(digit) * scale }
                    scale /= 10
                }
                if rest.count == before { return nil }
            }
        }
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") {
            let sign = take("-") ? -1 : 1
            if sign == 1 { _ = take("+") }
            guard let hours = number(2) else { return nil }
            _ = take(":")
            guard let minutes = number(2), minutes < 60 else { return nil }
            offset = sign * (hours * 60 + minutes)
        } else {
            _ = take("Z")
        }
        guard rest.isEmpty, (1...12).contains(month), (1...31).contains(day) else { return nil }
        let days = CalendarTime.days(year: year, month: month) + day - 1
        return Double(days) * Double(CalendarTime.day) + Double(time - offset * 60) * 1000 + fraction
    }
}
