import StatesLanguage
import Testing

struct JSONTests {
    @Test(arguments: [
        "null", "true", "[1,2.5,-3,1e+30]", #"{"b":1,"a":[{}],"":""}"#, #""\u0000é\n\"\\😀""#, "[]",
        "-9223372036854775808",
    ])
    func `what is read is written the same`(text: String) throws {
        let value = try JSONValue(parsing: text)
        #expect(try JSONValue(parsing: value.text) == value)
        #expect(try JSONValue(parsing: value.prettyText) == value)
        #expect(value.text == value.text)
    }

    @Test(arguments: [
        ("", "a value is expected"), ("{", "name in double quotes"), (#"{"a" 1}"#, "a colon"),
        ("[1 2]", "a comma"), ("01", "leading zero"), ("1.", "a digit"), ("tru", "a value"),
        (#""\x""#, "unknown escape"),
        (#""\ud800""#, "surrogate"), ("[1]x", "nothing may follow"), ("\"a\nb\"", "control character"),
        ("1e999", "too large"), (#""abc"#, "ends within a string"), ("\u{FEFF}1", "a value is expected"),
        (#"{"a":1,"a":2}"#, "comes twice"),
    ])
    func `what is not JSON is refused with its place`(text: String, reason: String) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text) }
        #expect(error?.message.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test func `the place is a line and a column`() {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: "{\n  \"a\": x\n}") }
        #expect(error?.line == 2)
        #expect(error?.column == 8)
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: [0x22, 0xC3, 0x28, 0x22]) }
    }

    @Test func `nesting has a limit`() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: deep) }
    }

    @Test func `the order of members is kept, and does not count`() throws {
        let (one, other) = (try JSONValue(parsing: #"{"b":1,"a":2}"#), try JSONValue(parsing: #"{"a":2,"b":1}"#))
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(one.text == #"{"b":1,"a":2}"#)
    }

    @Test(arguments: ["\"", "\\", "\n", "\r", "\t", "\u{8}", "\u{C}", "\u{0}", "\u{1F}"])
    func `what needs an escape gets it wherever it stands`(escaped: String) throws {
        let plain = ["", "a", " ", "\u{7F}", "é", "😀", "\u{20}\u{21}\u{23}"]
        for (before, after) in plain.flatMap({ one in plain.map { (one, $0) } }) {
            for count in 0..<18 {
                let text = String(repeating: "x", count: count) + before + escaped + after + escaped
                let written = JSONValue.string(text).text
                #expect(written.utf8.allSatisfy { $0 >= 0x20 })
                #expect(try JSONValue(parsing: written) == .string(text))
            }
        }
    }

    @Test(arguments: [2, 16, 17, 40])
    func `of a name that a literal has twice the last value stands, in the place of the first`(count: Int) {
        let others = (1..<count).map { ("n\($0)", JSONValue.integer(Int64($0))) }
        let object = JSONObject([("twice", 1)] + others + [("twice", 2)])
        #expect(object.count == count)
        #expect(object["twice"] == 2)
        #expect(Array(object.names).first == "twice")
        let literal: JSONObject = ["twice": 1, "once": 1, "twice": 2]
        #expect(literal == ["once": 1, "twice": 2])
    }

    @Test(arguments: [0, 1, 8, 9, 10, 11, 100])
    func `the size of a value is that of its text`(limit: Int) throws {
        let value = try JSONValue(parsing: #"{"a":[1]}"#)
        #expect(value.exceeds(bytes: limit) == (value.text.utf8.count > limit))
    }
}
