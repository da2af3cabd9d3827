import JSONata
import Testing

/// What the language's own suite says little of.
struct LanguageTests {
    @Test(arguments: [
        ("a.b", #"{"a":[{"b":1},{"b":[2,3]}]}"#, "[1,2,3]"), ("a[0].b", #"{"a":[{"b":1}]}"#, "1"),
        ("a.b[]", #"{"a":{"b":1}}"#, "[1]"),
        ("a[b=1].c", #"{"a":[{"b":1,"c":2},{"b":2}]}"#, "2"), ("a[-1]", #"{"a":[1,2]}"#, "2"),
        ("a[[0,1]]", #"{"a":[1,2,3]}"#, "[1,2]"),
        ("*", #"{"a":[1]}"#, "[1]"), ("**.b", #"{"a":{"b":{"b":1}}}"#, #"[{"b":1},1]"#),
        ("a{b: $sum(c)}", #"{"a":[{"b":"x","c":1},{"b":"x","c":2}]}"#, #"{"x":3}"#),
        ("a^(>$)", #"{"a":[1,3,2]}"#, "[3,2,1]"), ("a.b.%.c", #"{"a":{"b":1,"c":2}}"#, "2"),
        ("a@$x.b@$y[$x.i=$y.i].$y.v", #"{"a":[{"i":1}],"b":[{"i":1,"v":5},{"i":2,"v":6}]}"#, "5"),
        ("a#$i[$i=1]", #"{"a":["x","y"]}"#, "\"y\""),
        ("$ ~> |a|{'b':2},'c'|", #"{"a":{"b":1,"c":3},"d":4}"#, #"{"a":{"b":2},"d":4}"#),
        ("$[0]", "[[1,2],3]", "[1,2]"), ("$$.a", #"{"a":1}"#, "1"), ("undefined != 'x'", "null", "false"),
        ("[a, 'd'][0]", "{}", "\"d\""),
        ("$keys($)", #"[{"a":1},{"b":2,"a":3}]"#, #"["a","b"]"#), ("a.$length()", #"{"a":"é😀"}"#, "2"),
        ("$substring('a😀b', 1, 1)", "null", "\"😀\""),
        ("\"e\u{301}\" = \"é\"", "null", "false"), ("$distinct(['é', 'e\u{301}'])", "null", "[\"é\",\"e\u{301}\"]"),
        ("$uppercase('straße')", "null", "\"STRASSE\""),
        ("$single([1,2,3], function($x) { $x = 2 })", "null", "2"), ("$single([1,2])", "null", "D3138"),
        ("$assert(false, 'no')", "null", "D3141"),
        ("($add := function($x, $y) { $x + $y }; $inc := $add(?, 1); [1,2] ~> $map($inc))", "null", "[2,3]"),
        ("($trim ~> $uppercase)(' a ')", "null", "\"A\""), ("$eval('1')", "null", "T1006"),
        ("$sort(['b','a'])", "null", #"["a","b"]"#),
        ("$replace('John Smith', /(\\w+)\\s(\\w+)/, '$2, $1')", "null", "\"Smith, John\""),
        ("$replace('a', /a/, '$0$$')", "null", "\"a$\""),
        ("$split('a1b2', /\\d/)", "null", #"["a","b",""]"#), ("$base64decode($base64encode('hé'))", "null", "\"hé\""),
        ("1 in [1,2]", "null", "true"),
        ("$type(function(){1})", "null", "\"function\""), ("$type(/a/)", "null", "\"function\""),
        ("$string(/a/)", "null", "\"\""),
        ("function($x)<s-:s>{$x}()", "5", "T0411"), ("$sum(['a'])", "null", "T0412"),
        ("{'a':1,'a':2}", "null", "D1009"), ("{1:2}", "null", "T1003"),
        ("[1..3] = [1,2,3]", "null", "true"), ("[0.5..3]", "null", "T2003"), ("'a' < 1", "null", "T2009"),
        ("null < 1", "null", "T2010"),
    ])
    func `expressions give what the documentation says`(text: String, data: String, result: String) {
        #expect(Evaluation.result(of: text, with: data) == result, "\(text)")
    }

    @Test func `an update changes all that the pattern finds and nothing that is given`() throws {
        let data = JSONReader.value(of: #"{"a":[{"n":1},{"n":2}]}"#)
        #expect(Evaluation.result(of: "$ ~> |a|{'n': n * 10}|", data) == #"{"a":[{"n":10},{"n":20}]}"#)
        #expect(JSONText.text(data) == #"{"a":[{"n":1},{"n":2}]}"#)
        #expect(Evaluation.result(of: "$ ~> |**|{'self': $}|", data) != "")
    }

    @Test func `a host gives functions and leaves others out`() {
        let twice = JSONataBuiltIn("twice", "<n-:n>") { call throws(JSONataFailure) in
            guard case .number(let number) = call[0] else { return .undefined }
            try call.charge(steps: 1)
            return .number(2 * number)
        }
        let library = JSONataLibrary.standard.adding([twice]).removing(["sum"])
        #expect(Evaluation.result(of: "[1,2].$twice()", library: library) == "[2,4]")
        #expect(Evaluation.result(of: "$sum([1])", library: library) == "T1006")
        #expect(Evaluation.result(of: "$twice('a')", library: library) == "T0410")
        #expect(!library.names.contains("sum") && library.names.contains("twice") && !library.names.contains("eval"))
        #expect(Evaluation.result(of: "$eval('1+1')", library: .standard.adding([.eval])) == "2")
    }

    @Test func `an expression says what it refers to`() throws {
        func references(_ text: String) throws -> [String] {
            try JSONataExpression(parsing: text).references.map { reference in
                let name =
                    switch reference.kind {
                    case .variable(let name): "$" + name
                    case .name(let name): name
                    case .context: "$"
                    case .root: "$$"
                    }
                return name + (reference.isAtTop ? "!" : "") + "@\(reference.position)"
            }
        }
        #expect(try references("$states.input.a") == ["$states!@7", "input@13", "a@15"])
        #expect(try references("a + $ + $$.b[c]") == ["a!@1", "$!@5", "$$!@10", "b@12", "c@14"])
        #expect(try references("($x := 1; $x + $y)") == ["$y!@17"])
        #expect(try references("function($a) { $a + $b + d }") == ["$b!@22", "d!@26"])
        #expect(try references("$l.{'k': v}") == ["$l!@2", "v@10"])
        #expect(try references("($f := function($n) { $f($n) }; $f(1))") == [])
        #expect(try references("$map($x, $string)") == ["$map!@4", "$x!@7", "$string!@16"])
        #expect(try references("a@$v.b#$i[$i = $v]") == ["a!@1", "b@6"])
    }

    @Test func `threads share an expression`() async throws {
        let expression = try JSONataExpression(parsing: "$sum($x.($ * 2))")
        await withTaskGroup(of: String.self) { group in
            for number in 1...20 {
                group.addTask {
                    var budget = Evaluation.budget()
                    let bindings = JSONataObject([("x", .array(JSONataArray([.number(Double(number))])))])
                    let value = try? expression.evaluate(bindings: bindings, host: Evaluation.host(), budget: &budget)
                    return value.map(JSONText.text) == "\(2 * number)" ? "" : "\(number)"
                }
            }
            for await wrong in group { #expect(wrong == "") }
        }
    }
}
