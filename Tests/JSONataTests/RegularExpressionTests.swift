import Testing

struct RegularExpressionTests {
    /// What JavaScript finds.
    static let matches = [
        ("/a|ab/", "xab", #"["a"]"#), ("/a*?b/", "aab", #"["aab"]"#), ("/(a+)(a*)/", "aaa", #"["aaa","aaa",""]"#),
        ("/(a+?)(a*)/", "aaa", #"["aaa","a","aa"]"#), ("/(?:(a)|b)*/", "ab", #"["ab",null]"#),
        ("/(z)((a+)?(b+)?(c))*/", "zaacbbbcac", #"["zaacbbbcac","z","ac","a",null,"c"]"#),
        ("/^b/m", "a\nb", #"["b"]"#), ("/a$/", "ba", #"["a"]"#), ("/A/i", "xa", #"["a"]"#),
        ("/[^a-c]+/", "abcde", #"["de"]"#),
        ("/\\bfoo\\b/", "a foo b", #"["foo"]"#), ("/\\d{2,3}/", "12345", #"["123"]"#),
        ("/\\d{2,3}?/", "12345", #"["12"]"#),
        ("/[\\w-]+/", "a-b c", #"["a-b"]"#), ("/\\u0041\\x42/", "AB", #"["AB"]"#), ("/.+/", "a\nb", #"["a"]"#),
        ("/(a*)+/", "b", "D1004"), ("/É/i", "é", #"["é"]"#), ("/a{2}/", "aaa", #"["aa"]"#),
        ("/(?<x>a)b/", "ab", #"["ab","a"]"#),
        ("/[]]/", "a", "S0302"), ("/\\s/", "a\u{A0}b", "[\"\u{A0}\"]"), ("/(a|b)*?c/", "abc", #"["abc","b"]"#),
    ]

    @Test(arguments: matches)
    func `a match is the one that JavaScript finds`(pattern: String, text: String, result: String) {
        let expression = "$match($x, \(pattern), 1).[match, groups]"
        let found = Evaluation.result(of: expression, bindings: ["x": text])
        #expect(found == result, "\(pattern)")
    }

    @Test(arguments: [
        "(a+)+b", "(a*)*b", "(a|aa)+b", "(.*)(.*)(.*)(.*)b", "(a?){25}a{25}b", "([a-z]+)*1", "(x+x+)+y",
    ])
    func `no expression runs away`(pattern: String) {
        let text = "$contains($pad('', 400, 'a'), /\(pattern)/)"
        #expect(Evaluation.result(of: text) == "false")
    }

    @Test(arguments: [
        "(?=a)b", "(?!a)b", "(?<=a)b", "(?<!a)b", "(a)\\1", "\\k<a>", "a**", "(a", "a)", "[b-a]", "a{3,2}",
        "(a{1000}){1000}",
        "a{1001}", "\\p{L}", "(*)", "(?i)a",
    ])
    func `what cannot be matched is refused`(pattern: String) {
        let code = Evaluation.result(of: "$match('a', /\(pattern)/)")
        #expect(code == "S0303" || code == "S0302", "\(pattern): \(code)")
    }
}
