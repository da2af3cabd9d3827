import Testing

@testable import StatesLanguage

/// Limits, with the last that is within each and the first that is not.
struct LimitTests {
    private static func machine(_ states: String) -> String { #"{"StartAt":"A","States":{\#(states)}}"# }

    private static func letters(_ count: Int) -> String { String(repeating: "x", count: count) }

    /// Where fields are told to be wrong, or names.
    private static func places(_ text: String) -> [String] {
        DefinitionReading(parsing: text).errors.filter { [.invalidField, .invalidStateName].contains($0.code) }
            .map { $0.path.description }
    }

    // MARK: Definitions

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html>
    @Test(arguments: [1, 79, 80, 81])
    func `the name of a state has at most eighty characters`(count: Int) {
        let name = String(repeating: "é", count: count)
        let text = #"{"StartAt":"\#(name)","States":{"\#(name)":{"Type":"Succeed"}}}"#
        #expect(Self.places(text) == (count > 80 ? ["/States/\(name)"] : []))
    }

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>
    @Test(arguments: [1, 79, 80, 81])
    func `the name of a variable has at most eighty characters`(count: Int) {
        let name = Self.letters(count)
        let text = Self.machine(#""A":{"Type":"Pass","Assign":{"\#(name)":1},"End":true}"#)
        #expect(Self.places(text) == (count > 80 ? ["/States/A/Assign/\(name)"] : []))
    }

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>
    @Test(arguments: [39, 40, 41])
    func `the label of a Map has at most forty characters`(count: Int) {
        let text = Self.machine(
            #""A":{"Type":"Map","Label":"\#(Self.letters(count))","End":true,"ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Succeed"}}}}"#
        )
        #expect(Self.places(text) == (count > 40 ? ["/States/A/Label"] : []))
    }

    /// Source: <https://states-language.net/#task-state>
    @Test(arguments: ["JSONPath", "JSONata"], [9, 10, 11])
    func `a heartbeat is shorter than the time-out`(language: String, seconds: Int) {
        let text = Self.machine(
            #""A":{"Type":"Task","QueryLanguage":"\#(language)","Resource":"arn:aws:states:::http:invoke","TimeoutSeconds":10,"HeartbeatSeconds":\#(seconds),"End":true}"#
        )
        #expect(Self.places(text).contains("/States/A/HeartbeatSeconds") == (seconds >= 10))
    }

    @Test(arguments: [99, 100, 101, 102])
    func `a hundred problems are told, and of more only how many they are`(count: Int) {
        let states = (0..<count).map { #""s\#($0)":{"Type":"Pass","Nxt":"A","Next":"A"}"# }.joined(separator: ",")
        let reading = DefinitionReading(parsing: Self.machine(#""A":{"Type":"Succeed"},"# + states))
        let untold = reading.errors.filter { $0.code != .invalidField }.count
        #expect(reading.errors.count == min(100, untold) && reading.errors.count + reading.moreErrors >= count)
        let problem = Problem(.invalidField, at: .root, "wrong")
        let error = DefinitionError(problems: Array(repeating: problem, count: count))
        #expect(error.problems.count == min(count, 100) && error.more == max(0, count - 100))
        #expect(error.lines.count == min(count, 101))
        #expect(error.description.hasSuffix("1 more problem is not told") == (count == 101))
    }

    @Test(arguments: [127, 128, 129])
    func `a name is looked for among others up to a length that no name has that means anything`(count: Int) {
        let (meant, written) = (Self.letters(count), Self.letters(count - 1) + "y")
        var suggestion = Suggestion()
        #expect(suggestion.nearest(to: written, among: [meant]) == (count <= 128 ? meant : nil))
        // Of the names that are compared, those too are passed over that are longer.
        #expect(suggestion.nearest(to: Self.letters(127), among: [meant]) == (count <= 128 ? meant : nil))
    }

    // MARK: JSON

    @Test(arguments: [255, 256, 257])
    func `what is nested as deep as may be is read, and written to be read again`(depth: Int) throws {
        let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(((try? JSONValue(parsing: text)) != nil) == (depth <= 256))
        let value = (1..<depth).reduce(JSONValue.array([])) { value, _ in .array([value]) }
        #expect(value.exceeds(bytes: .max) == (depth > 256))
        let members = (0..<depth).reduce(JSONValue.null) { value, _ in ["a": value] }
        #expect(members.exceeds(bytes: .max) == (depth > 256))
    }

    @Test(arguments: ["\u{300}", "\u{301}", "\u{345}", "\u{1AB0}"], [127, 128, 129])
    func `a letter has at most as many marks as are put in order quickly`(mark: String, count: Int) {
        let marks = String(repeating: mark, count: count)
        for text in ["e" + marks, "ab" + marks + "c" + marks, marks + "d"] {
            #expect(CombiningMarks.areTooMany(in: text) == (count > 128))
            #expect(((try? JSONValue(parsing: "\"\(text)\"")) != nil) == (count <= 128))
        }
    }

    @Test func `a value is written to the last byte that may be`() {
        let value: JSONValue = [
            "a": [1, true, "te\"xt", [], [[2], "é"]], "bc": ["d": .null, "e": [:]], "f": .double(1.5),
        ]
        let whole = Array(value.text.utf8)
        for limit in 0...(whole.count + 1) {
            let (bytes, isWhole) = value.utf8(upTo: limit)
            #expect(isWhole == (limit >= whole.count) && bytes == Array(whole.prefix(limit)), "\(limit)")
        }
    }

    // MARK: Paths

    /// Source: an index is a number of 32 bits in Jayway's JsonPath, which Step Functions evaluates paths with.
    @Test(arguments: [
        ("$[2147483647]", true), ("$[-2147483647]", true), ("$[2147483648]", false), ("$[-2147483648]", false),
        ("$[0:2147483647]", true), ("$[0:2147483648]", false), ("$[::1]", true), ("$[::0]", false),
    ])
    func `an index is no larger than a number of 32 bits`(path: String, isRead: Bool) {
        #expect(((try? JSONPath(parsing: path)) != nil) == isRead)
    }

    /// A value takes two bytes at least, with its comma.
    @Test(arguments: [131_071, 131_072, 131_073])
    func `a path finds as many values as could be written`(count: Int) throws {
        var budget = EvaluationBudget()
        let input = JSONValue.array(Array(repeating: 1, count: count))
        let found = try? JSONPath(parsing: "$[*]").evaluate(in: .init(input: input) { [:] }, budget: &budget)
        #expect(found?.arrayValue?.count == (count <= 131_072 ? count : nil))
    }

    // MARK: Functions

    private func evaluate(_ text: String, _ input: JSONValue = [:]) throws -> JSONValue {
        var (random, budget) = (SeededRandom(seed: 1), EvaluationBudget())
        return try IntrinsicExpression(parsing: text)
            .evaluate(in: .init(input: input) { [:] }, random: &random, budget: &budget)
    }

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html>, for all of these.
    @Test(arguments: [999, 1000, 1001])
    func `a range has at most a thousand elements`(count: Int64) throws {
        for range in ["1, \(count), 1", "\(count), 1, -1", "0, \(2 * count - 1), 2"] {
            let elements = try? evaluate("States.ArrayRange(\(range))").arrayValue?.count
            #expect(elements == (count <= 1000 ? Int(count) : nil))
        }
    }

    @Test(arguments: [9999, 10_000, 10_001])
    func `Base64 is made and read of ten thousand characters`(count: Int) {
        let input: JSONValue = ["t": .string(Self.letters(count))]
        #expect(((try? evaluate("States.Base64Encode($.t)", input)) != nil) == (count <= 10_000))
        // What is not Base64 is refused for that, unless it is too long.
        let error = #expect(throws: IntrinsicFailure.self) {
            try evaluate("States.Base64Decode($.t)", ["t": .string(Self.letters(count - 1) + "%")])
        }
        #expect(error?.description.contains("longer than 10000") == (count > 10_000))
    }

    @Test func `a random number is at least the first and less than the second`() throws {
        #expect(try evaluate("States.MathRandom(7, 8)") == 7)
        for range in ["7, 7", "8, 7"] {
            #expect(throws: IntrinsicFailure.self) { try evaluate("States.MathRandom(\(range))") }
        }
    }

    @Test func `parts have one element at least`() throws {
        #expect(try evaluate("States.ArrayPartition($.l, 1)", ["l": [1, 2]]) == [[1], [2]])
        #expect(try evaluate("States.ArrayPartition($.l, 2)", ["l": [1, 2]]) == [[1, 2]])
        #expect(try evaluate("States.ArrayPartition($.l, 3)", ["l": [1, 2]]) == [[1, 2]])
        #expect(throws: IntrinsicFailure.self) { try evaluate("States.ArrayPartition($.l, 0)", ["l": [1, 2]]) }
    }

    @Test(arguments: [-1, 0, 1])
    func `a function makes a value as large as the data of a state, and none larger`(more: Int) {
        let size = EvaluationBudget.maximumValueBytes + more
        func makes(_ text: String, of bytes: Int) -> Bool {
            (try? evaluate(text, ["t": .string(Self.letters(bytes))])) != nil
        }
        #expect(makes("States.Format('{}', $.t)", of: size) == (more <= 0))
        #expect(makes("States.Format('{}ab', $.t)", of: size - 2) == (more <= 0))
        #expect(makes("States.Format('a{}b', $.t)", of: size - 2) == (more <= 0))
        // Brackets, quotes and a comma.
        #expect(makes("States.StringSplit($.t, ',')", of: size - 5) == (more <= 0))
    }

    // MARK: Budget

    @Test func `a budget can be spent to its last step`() {
        var budget = EvaluationBudget()
        #expect(budget.take(steps: EvaluationBudget.maximumSteps - 1) && budget.take(steps: 1))
        #expect(budget.excess == nil)
        #expect(!budget.take(steps: 1) && budget.excess == .steps && !budget.exceedsTry)
        var attempt = EvaluationBudget(steps: 3)
        #expect(attempt.take(steps: 3) && !attempt.exceedsTry)
        #expect(!attempt.take(steps: 1) && attempt.exceedsTry)
    }

    @Test func `a budget can be spent to its last byte`() {
        let size = EvaluationBudget.maximumValueBytes
        var budget = EvaluationBudget()
        for left in (0...3).reversed() {
            #expect(budget.largestValue == size && budget.take(bytes: size))
            #expect(EvaluationBudget.maximumBytes - budget.bytes == left * size)
        }
        #expect(budget.largestValue == 0 && budget.take(bytes: 0) && !budget.take(bytes: 1) && budget.excess == .bytes)
        var other = EvaluationBudget()
        #expect(!other.take(bytes: size + 1) && other.largestValue == 0)
    }

    // MARK: Times

    @Test(arguments: [
        ("2026-01-31T00:00:00Z", true), ("2026-12-01T23:59:60Z", true), ("2026-00-10T00:00:00Z", false),
        ("2026-13-10T00:00:00Z", false), ("2026-10-00T00:00:00Z", false), ("2026-10-32T00:00:00Z", false),
        ("2026-10-10T24:00:00Z", false), ("2026-10-10T00:60:00Z", false), ("2026-10-10T00:00:61Z", false),
        ("2026-10-10T00:00:00.Z", false), ("2026-10-10T00:00:00", false), ("2026-10-10T00:00:00Zx", false),
    ])
    func `a time has the hours, minutes and seconds of a day`(text: String, isRead: Bool) {
        #expect((Timestamp(parsing: text) != nil) == isRead)
    }

    @Test(arguments: [
        (".1", 100), (".12", 120), (".123", 123), (".1239", 123), (".01", 10), (".001", 1), (".0009", 0), (".999", 999),
    ])
    func `of a fraction of a second the milliseconds count`(fraction: String, milliseconds: Int64) throws {
        let time = try #require(Timestamp(parsing: "1970-01-01T00:00:00\(fraction)Z"))
        #expect(time.milliseconds == milliseconds)
        let digits = "\(1000 + milliseconds)".dropFirst()
        #expect(time.text == "1970-01-01T00:00:00.\(digits)Z")
    }

    @Test func `every month of the calendar has its days`() throws {
        let years = [0...4, 99...101, 399...401, 1899...1905, 1968...2032, 2099...2101, 2399...2401, 9996...9999]
        for year in years.joined() {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for (month, days) in zip(1..., [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
                func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
                let start = String("\(10_000 + year)".dropFirst()) + "-" + two(month)
                let (first, last) = ("\(start)-01T00:00:00.000Z", "\(start)-\(two(days))T23:59:59.999Z")
                let (begin, end) = try (#require(Timestamp(parsing: first)), #require(Timestamp(parsing: last)))
                #expect(end.milliseconds - begin.milliseconds == Int64(days) * 86_400_000 - 1)
                #expect(begin.text == first && end.text == last)
                let next = end.advanced(byMilliseconds: 1).text
                if year < 9999 { #expect(next.hasSuffix("-01T00:00:00.000Z") && next.prefix(7) != last.prefix(7)) }
            }
        }
        #expect(Timestamp(parsing: "2026-11-30T15:00:00+05:30") == Timestamp(parsing: "2026-11-30T09:30:00Z"))
        #expect(Timestamp(parsing: "2026-11-30T15:00:00-05:30") == Timestamp(parsing: "2026-11-30T20:30:00Z"))
    }
}
