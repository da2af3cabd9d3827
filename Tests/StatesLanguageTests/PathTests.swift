import StatesLanguage
import Testing

struct PathTests {
    private static let document = #"""
        {"store":{"book":[{"title":"a","price":8,"tags":["x"]},{"title":"b","price":12},{"title":"c"}],
        "odd name":1},"list":[1,2,3,4,5],"empty":[]}
        """#

    private func find(_ path: String) throws -> JSONValue {
        let document = try JSONValue(parsing: Self.document)
        var budget = EvaluationBudget()
        return try JSONPath(parsing: path).evaluate(
            in: .init(input: document) { ["Execution": ["Id": "e"]] }, budget: &budget)
    }

    @Test(arguments: [
        ("$.list[0]", "1"), ("$.list[-1]", "5"), ("$['store']['odd name']", "1"), ("$$.Execution.Id", #""e""#),
        ("$.list[1:3]", "[2,3]"), ("$.list[:2]", "[1,2]"), ("$.list[-2:]", "[4,5]"), ("$.list[::2]", "[1,3,5]"),
        ("$.list[0:2]", "[1,2]"), ("$.list[0:0]", "[]"), ("$.list[3:1]", "[]"), ("$.list[-9:9]", "[1,2,3,4,5]"),
        ("$.list[4:]", "[5]"), ("$.list[5:]", "[]"), ("$.list[:-4]", "[1]"), ("$.list[1::3]", "[2,5]"),
        ("$.list[-1,0]", "[5,1]"), ("$.list[-5]", "1"), ("$.list[4]", "5"),
        ("$.list[0,2]", "[1,3]"), ("$.list[*]", "[1,2,3,4,5]"), ("$.store.book[*].title", #"["a","b","c"]"#),
        ("$..title", #"["a","b","c"]"#), ("$..book[0].title", #"["a"]"#), ("$.nothing[*].at.all", "[]"),
        ("$.nothing..x", "[]"), ("$.store.book[?(@.price > 10)].title", #"["b"]"#),
        ("$.store.book[?(@.price)].title", #"["a","b"]"#), ("$.store.book[?(!@.price)].title", #"["c"]"#),
        ("$.store.book[?(@.price < 10 || @.title == 'c')].title", #"["a","c"]"#),
        ("$.store.book[?(@.price >= 8 && @.price != 12)].title", #"["a"]"#),
        ("$.store.book[?(@.price == $.store.book[0].price)].title", #"["a"]"#), ("$.empty[*]", "[]"),
    ])
    func `a path finds what it names`(path: String, expected: String) throws {
        #expect(try find(path).text == expected)
    }

    @Test(arguments: [
        "$.nothing", "$variable", "$.list[9]", "$.list[5]", "$.list[-6]", "$.store.book.title", "$.list.x",
        "$.store.book[0].price.x",
    ])
    func `a definite path that finds nothing fails`(path: String) {
        #expect(throws: JSONPathError.self) { try find(path) }
    }

    @Test(arguments: [
        "", "x", "$.", "$[", "$['a'", "$.a[b]", "$.a[?(@.b ==)]", "$.a[?(@.b]", "$.a[1:2:0]", "$.a b", "$$x", "$.a.b()",
        "$.a[99999999999999999999]", "$...a",
    ])
    func `what is not a path is refused`(text: String) {
        #expect(throws: ExpressionSyntaxError.self) { try JSONPath(parsing: text) }
    }

    @Test(arguments: [
        ("$.a.b", #"{"x":1}"#, #"{"x":1,"a":{"b":7}}"#), ("$", #"{"x":1}"#, "7"),
        ("$.list[1]", #"{"list":[1,2]}"#, #"{"list":[1,7]}"#), ("$.a", #"{"a":{"b":1}}"#, #"{"a":7}"#),
    ])
    func `a reference path puts a value in its place`(path: String, before: String, after: String) throws {
        let result = try ReferencePath(parsing: path).inserting(7, into: JSONValue(parsing: before))
        #expect(result.text == after)
    }

    @Test(arguments: ["$.a[*]", "$..a", "$$.a", "$.a[0:1]", "$.a[?(@.b)]"])
    func `a reference path names one place`(text: String) {
        #expect(throws: ExpressionSyntaxError.self) { try ReferencePath(parsing: text) }
    }

    @Test func `a reference path does not go through what is no object`() {
        #expect(throws: ReferencePathError.self) {
            try ReferencePath(parsing: "$.a.b").inserting(7, into: ["a": "text"])
        }
    }
}
