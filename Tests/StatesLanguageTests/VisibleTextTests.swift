import StatesLanguage
import Testing

struct VisibleTextTests {
    @Test(arguments: [
        0x00, 0x1B, 0x7F, 0x80, 0x9B, 0x9F, 0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202E, 0x2066, 0x2069,
    ])
    func `what is not seen is shown by its number`(number: UInt32) throws {
        let sign = String(try #require(Unicode.Scalar(number)))
        let shown = VisibleText.text("é\(sign)b")
        #expect(shown == "é\\u{\(String(number, radix: 16, uppercase: true))}b")
        let json = JSONValue.string("é\(sign)b")
        let text = VisibleText.json(json.text)
        #expect(!text.unicodeScalars.contains { VisibleText.isHidden($0) })
        #expect(try JSONValue(parsing: text) == json)
    }

    @Test(arguments: ["", "plain", "ünï ©ode 漢字 👩‍👩‍👧", "a\u{0301}"])
    func `everything else stays as it is`(text: String) {
        #expect(VisibleText.text(text) == text)
        #expect(VisibleText.json(text) == text)
    }

    @Test func `lines of a text of several stay, where that is wanted`() {
        #expect(VisibleText.text("a\nb\u{1B}", keepingLines: true) == "a\nb\\u{1B}")
        #expect(VisibleText.text("a\nb") == "a\\u{A}b")
    }

    @Test func `a beginning says that more comes`() {
        #expect(VisibleText.beginning(of: "abc", characters: 3) == "abc")
        #expect(VisibleText.beginning(of: "abcd", characters: 3) == "abc…")
    }
}
