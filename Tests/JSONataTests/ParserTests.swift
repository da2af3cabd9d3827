import JSONata
import Testing

struct ParserTests {
    static let errors: [(text: String, code: String, position: Int, token: String?)] = [
        ("\"abc", "S0101", 4, nil), ("1e1000", "S0102", 0, "1e1000"), (#""a\q""#, "S0103", 3, "q"),
        (#""\u12G4""#, "S0104", 2, nil),
        (#""\ud800""#, "S0104", 8, nil), ("`abc", "S0105", 4, nil), ("/* abc", "S0106", 0, nil),
        ("1..2", "S0201", 3, ".."),
        ("1 1", "S0201", 3, "1"), ("{\"a\" 1}", "S0202", 6, "1"), ("a[1}", "S0202", 4, "}"),
        ("(1", "S0203", 2, "(end)"),
        ("$f(", "S0203", 3, "(end)"), ("!a", "S0204", 1, "!"), ("1 ! 2", "S0204", 3, "!"),
        ("$a := ", "S0207", 6, "(end)"),
        ("function(x){1}", "S0208", 10, "x"), ("a{'x': 1}{'y': 2}", "S0210", 10, nil), ("@", "S0211", 1, "@"),
        ("a := 1", "S0212", 1, ":="), ("a.1", "S0213", 3, nil), ("a@b", "S0214", 3, "@"), ("a[0]@$b", "S0215", 5, nil),
        ("a^(b)@$c", "S0216", 6, nil), ("%", "S0217", 1, "parent"), ("//", "S0301", 1, nil), ("/ab(/", "S0302", 5, nil),
        (#"/[^"\\]/"#, "S0302", 8, nil), ("/a{b/", "S0302", 5, nil), ("/(a)\\1/", "S0303", 5, "(a)\\1"),
        ("function($a)<s<n>>{1}", "S0401", 13, nil), ("function($a)<(s<n>)>{1}", "S0402", 13, nil),
        ("a ?: 1", "S0211", 4, ":"), ("a ?? 1", "S0201", 6, "1"), ("/a/gi", "S0201", 5, "gi"),
        ("\u{1F600} !", "S0204", 3, "!"),
    ]

    @Test(arguments: errors)
    func `what cannot be read is refused with code, position and token`(
        text: String, code: String, position: Int, token: String?
    ) throws {
        let error = try #require(Evaluation.error(of: text), "\(text)")
        #expect(error.code.rawValue == code, "\(text)")
        #expect(error.position == position, "\(text)")
        if let token { #expect(error.token == token, "\(text)") }
        #expect(error.description.hasPrefix(code + ": "))
    }

    @Test(arguments: [
        ("$error('no')", "D3137: no", 7), ("(1/0)+1", "D1001: A number is out of range: Infinity", 6),
        ("$length(1)", "T0410: Argument 1 of function length does not match its signature", 8),
        ("$doesNotExist(1)", "T1006: Attempted to invoke a non-function", 14),
        ("1 + 'a'", "T2002: The right side of + must be a number", 3),
    ])
    func `what cannot be evaluated says what and where`(text: String, description: String, position: Int) throws {
        let error = try #require(Evaluation.error(of: text))
        #expect(error.description == description)
        #expect(error.position == position)
    }

    @Test(arguments: [
        ("1 + 2 * 3 - 4 / 2", "5"), ("2 - 1 - 1", "0"), ("1 < 2 and 2 < 1 or true", "true"), ("'a' & 1 + 2", "T2001"),
        ("true ? 1 : false ? 2 : 3", "1"), ("($a := $b := 3; $a + $b)", "6"), ("-2 * -3", "6"), ("[1, 2][0] + 1", "2"),
        ("{'and': 1}.and + {'or': 2}.or", "3"), ("/* one */ 1 /* two */", "1"), ("6 /2/ 3", "1"),
        ("`a b`.`c`", "undefined"),
    ])
    func `operators bind as the language says`(text: String, result: String) {
        #expect(Evaluation.result(of: text) == result)
    }

    @Test func `all codes have a message`() {
        for code in JSONataError.Code.allCases { #expect(!JSONataError(code).message.isEmpty) }
    }
}
