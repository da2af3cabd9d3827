import Testing

@testable import JSONata

/// Whatever an expression does, it takes no more of the stack than the smallest thread of a server has, in a debug
/// build.
struct StackTests {
    private static func nested(_ depth: Int, _ open: String, _ inner: String, _ close: String) -> String {
        String(repeating: open, count: depth) + inner + String(repeating: close, count: depth)
    }

    /// Expressions as deep as a number says.
    private static let shapes: [(name: String, text: @Sendable (Int) -> String)] = [
        ("parentheses", { nested($0, "(", "1", ")") }),
        ("arrays", { nested($0, "[", "1", "]") }),
        ("objects", { nested($0, #"{"a":"#, "1", "}") }),
        ("predicates", { nested($0, "$[", "1", "]") }),
        ("conditions", { nested($0, "true ? (", "1", ")") }),
        ("arguments", { nested($0, "$string(", "1", ")") }),
        ("negations", { nested($0, "-(", "1", ")") }),
        ("sums", { String(repeating: "1 + ", count: $0) + "1" }),
        ("sums on the right", { nested($0, "1 + (", "1", ")") }),
        ("texts", { String(repeating: "'a' & ", count: $0) + "'a'" }),
        ("steps", { "$" + String(repeating: ".a", count: $0) }),
        ("blocks as steps", { nested($0, "$.(", "1", ")") }),
        ("groups", { nested($0, "$ {'a': ", "1", "}") }),
        ("orders", { nested($0, "[1,2]^(", "1", ")") }),
        ("functions called at once", { nested($0, "function(){", "1", "}()") }),
        ("functions in functions", { nested($0, "function(){", "1", "}") }),
        ("transformations", { nested($0, "{} ~> | ", "$", " | {} |") }),
        ("partial applications", { nested($0, "$append(?, ", "1", ")(2)") }),
        ("bindings", { nested($0, "($a := ", "1", ")") }),
        ("parents", { "a.b" + nested($0, "[", "%", "]") }),
        ("signatures", { "function($a)" + nested($0, "<a", "", ">") + "{1}" }),
        ("patterns", { "/" + nested($0, "(", "a", ")*") + "/" }),
        ("recursion", { "($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(\($0)))" }),
        ("recursion in arguments", { "($f := function($n) { $n = 0 ? 0 : $sum([1, $f($n - 1)]) }; $f(\($0)))" }),
        ("recursion through $map", { "($f := function($n) { $n = 0 ? 0 : 1 + $map([$n - 1], $f) }; $f(\($0)))" }),
        (
            "recursion through $reduce",
            { "($f := function($n) { $n = 0 ? 0 : 1 + $reduce([1, $n], function($a, $b) { $f($b - 1) }) }; $f(\($0)))" }
        ),
        (
            "recursion through $sort",
            {
                "($f := function($n) { $n = 0 ? 0 : 1 + $count($sort([1, 2], function($a, $b) { $f($n - 1) > 0 })) };"
                    + " $f(\($0)))"
            }
        ),
        (
            "recursion through $replace",
            { "($f := function($n) { $n = 0 ? 'x' : $replace('a', /a/, function($m) { $f($n - 1) }) }; $f(\($0)))" }
        ),
        ("recursion through a path", { "($f := function($n) { $n = 0 ? 0 : [1].$f($n - 1) }; $f(\($0)))" }),
        ("recursion through a predicate", { "($f := function($n) { $n = 0 ? true : [1][$f($n - 1)] }; $f(\($0)))" }),
        ("recursion through a group", { "($f := function($n) { $n = 0 ? 0 : {'a': $f($n - 1)} }; $f(\($0)))" }),
        ("recursion through an order", { "($f := function($n) { $n = 0 ? 0 : [1, 2]^($f($n - 1)) }; $f(\($0)))" }),
        (
            "recursion through a transformation",
            { "($f := function($n) { $n = 0 ? {} : {} ~> | $ | $f($n - 1) | }; $f(\($0)))" }
        ),
        (
            "recursion through tuples",
            { "($f := function($n) { $n = 0 ? 0 : {'a': [1]}.a#$i.(1 + $f($n - 1)) }; $f(\($0)))" }
        ),
        ("recursion through a composition", { "($f := function($n) { $n = 0 ? 0 : $n ~> $f }; $f(\($0)))" }),
        ("functions of functions", { "($reduce([1..\($0)], function($f, $i) { $f ~> $string }, $string))(1)" }),
        (
            "functions around functions",
            { "($reduce([1..\($0)], function($f, $i) { function($x) { $f($x) + 1 } }, $abs))(1)" }
        ),
        ("values made in a loop", { "$string($reduce([1..\($0)], function($a, $i) { [[$a]] }, 1))" }),
        ("objects made in a loop", { "$string($reduce([1..\($0)], function($a, $i) { {'a': $a} }, 1))" }),
        ("values compared", { "($a := $reduce([1..\($0)], function($a, $i) { {'a': $a} }, 1); [$a] = [$a])" }),
        ("values gone through", { "$count($reduce([1..\($0)], function($a, $i) { {'a': $a} }, 1).**)" }),
    ]

    @Test(arguments: shapes.map(\.name))
    func `the stack of a server's thread is enough`(name: String) throws {
        let shape = try #require(Self.shapes.first { $0.name == name })
        for depth in [1, 2, 5, 20, 40, 60, 80, 99, 100, 101, 126, 127, 128, 200, 319, 320, 399, 400, 1000, 20_000] {
            let text = shape.text(depth)
            let result = Evaluation.onStack(ofKibibytes: 512) { Evaluation.result(of: text) }
            #expect(!result.isEmpty)
        }
    }

    @Test func `data as deep as it may be are written, compared and gone through`() {
        let data = Self.nested(JSONataValue.maximumNesting - 1, "[", "1", "]")
        for text in ["$string($)", "$ = $", "$count(**)", "*", "$distinct([$, $])", "$ ~> | $ | {} |", "$[0]", "a"] {
            let result = Evaluation.onStack(ofKibibytes: 512) { Evaluation.result(of: text, with: data) }
            #expect(result != "depth", "\(text)")
        }
    }

    @Test func `a function may call itself for ever at the end`() {
        let text = "($f := function($n) { $n = 0 ? 'end' : $f($n - 1) }; $f(20000))"
        #expect(Evaluation.onStack(ofKibibytes: 512) { Evaluation.result(of: text) } == "\"end\"")
    }

    @Test func `an expression is refused where the system gives no thread that could go so deep`() throws {
        let failure = #expect(throws: JSONataFailure.self) {
            try LargeStack.run(bytes: 1 << 50) { () throws(JSONataFailure) in 1 }
        }
        guard case .excess(.depth) = failure else { throw failure ?? .excess(.depth) }
    }
}
