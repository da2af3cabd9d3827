/// A moment of the Gregorian calendar, in a time zone that is so many minutes ahead of UTC.
///
/// Source of the arithmetic: <https://howardhinnant.github.io/date_algorithms.html>
struct CalendarTime {
    static let day = 86_400_000
    /// How far from 1970 a time may be, in milliseconds: as far as JavaScript's dates go.
    static let limit = 8.64e15

    let year: Int
    /// From 1.
    let month: Int
    let dayOfMonth: Int
    /// Days since 1970.
    let days: Int
    /// Milliseconds since midnight.
    let time: Int

    /// The time of so many milliseconds since 1970; `nil` where no calendar has it.
    init?(milliseconds: Double, offsetMinutes: Int) {
        guard milliseconds.magnitude <= Self.limit else { return nil }
        let shifted = Int(milliseconds.rounded(.towardZero)) + offsetMinutes * 60_000
        days = shifted.flooredQuotient(Self.day)
        time = shifted - days * Self.day
        (year, month, dayOfMonth) = Self.civil(fromDays: days)
    }

    /// The days since 1970 until the first of a month, which may be any number of months away.
    static func days(year: Int, month: Int) -> Int {
        let months = month - 1
        let year = year + months.flooredQuotient(12)
        let month = months - months.flooredQuotient(12) * 12 + 1
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.flooredQuotient(400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted.flooredQuotient(146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// From Monday, 1, to Sunday, 7.
    var dayOfWeek: Int { Self.dayOfWeek(days) }

    private static func dayOfWeek(_ days: Int) -> Int { (days + 3) - (days + 3).flooredQuotient(7) * 7 + 1 }

    var dayOfYear: Int { days - Self.days(year: year, month: 1) + 1 }

    // MARK: Weeks, which belong to where their Thursday is (ISO 8601)

    private static func firstWeek(year: Int, month: Int) -> Int {
        let first = days(year: year, month: month)
        let dayOfWeek = dayOfWeek(first)
        return dayOfWeek > 4 ? first + 8 - dayOfWeek : first - dayOfWeek + 1
    }

    /// How many years this day's week is away from its year: -1, 0 or 1.
    private var weekYearOffset: Int {
        if days < Self.firstWeek(year: year, month: 1) { return -1 }
        return days >= Self.firstWeek(year: year + 1, month: 1) ? 1 : 0
    }

    private var weekMonthOffset: Int {
        if days < Self.firstWeek(year: year, month: month) { return -1 }
        return days >= Self.firstWeek(year: year, month: month + 1) ? 1 : 0
    }

    /// The year that the week belongs to.
    var weekYear: Int { year + weekYearOffset }

    var weekOfYear: Int { (days - Self.firstWeek(year: weekYear, month: 1)) / 7 + 1 }

    /// The month that the week belongs to, from 1.
    var weekMonth: Int { (month - 1 + weekMonthOffset + 12) % 12 + 1 }

    var weekOfMonth: Int { (days - Self.firstWeek(year: year, month: month + weekMonthOffset)) / 7 + 1 }
}

extension Int {
    fileprivate func flooredQuotient(_ divisor: Int) -> Int { self / divisor - (self % divisor < 0 ? 1 : 0) }
}
