import SagaKit
import StatesLanguage
import Testing

/// What the parts of an expression are printed as, and what JSONata makes of it.
struct ExpressionTests {
    private typealias Value = Expression<JSONValue?>

    /// A value of the data: `$states.input.name`.
    private func value(_ name: String) -> Expression<JSONValue?> { .input.member(name) }

    private func text<Type>(_ expression: Expression<Type>) -> String {
        String(expression.text.dropFirst(3).dropLast(3))
    }

    @Test func `conditions are printed with the brackets that they need, and no others`() {
        let (a, b, c) = (value("a") == "x", value("b").exists, value("c").has(.string))
        #expect(text(a) == "$states.input.a = 'x'")
        #expect(text(b) == "$exists($states.input.b)")
        #expect(text(c) == "$type($states.input.c) = 'string'")
        let (p, q, r) = (Variable<Bool>("p").value, Variable<Bool>("q").value, Variable<Bool>("r").value)
        #expect(text(p && q && r) == "$p and $q and $r")
        #expect(text(p && (q || r)) == "$p and ($q or $r)")
        #expect(text(p && q || r) == "$p and $q or $r")
        #expect(text(!(p || q)) == "$not($p or $q)")
        #expect(text(!(!p)) == "$p")
        #expect(text(p.guarding(q)) == "$p ? $q : false")
        #expect(text(p.then(q, else: r).guarding(q)) == "($p ? $q : $r) ? $q : false")
        #expect(text(p.then(q, else: r) && q) == "($p ? $q : $r) and $q")
        #expect(text(p.then(q, else: q.then(p, else: r))) == "$p ? $q : $q ? $p : $r")
    }

    @Test func `values are printed as JSONata reads them`() {
        #expect(text(Expression.text("it's")) == #""it's""#)
        #expect(text(Expression.text(#"say "a\b""#)) == #"'say "a\\b"'"#)
        #expect(text(value("a b").member("in")) == "$states.input.`a b`.`in`")
        #expect(text(value("a").element(0).or("none")) == "[$states.input.a[0], 'none'][0]")
        #expect(text(Expression.format("s3://{}/{}/", "x", .text("y"))) == "$join(['s3://', 'x', '/', 'y', '/'])")
        #expect(text(Expression.format("{}/", Variable<String>("x").value)) == "$x & '/'")
        #expect(text(Expression.format("a {}{}", "b", Variable<String>("x").value)) == "'a b' & $x")
        #expect(text(value("a").isIn(["x", "y"])) == "$states.input.a in ['x', 'y']")
        #expect(text(Value.request.requestID.count > 1) == "$count($request.requestId) > 1")
        #expect(text(Expression.context(.executionName)) == "$states.context.Execution.Name")
    }

    @Test func `a long expression has a line for each of its parts`() {
        let condition = value("account").isText { $0.length == 12 && !$0.contains("[^0-9]") }
        let refused = !condition
        #expect(
            text(refused) == """
                $not(
                  $type($states.input.account) = 'string'
                    ? $length($states.input.account) = 12 and $not($contains($states.input.account, /[^0-9]/))
                    : false
                )
                """)
    }

    private static let values: [JSONValue] = [
        .null, true, false, 0, 12, "", "text", "12345678901", "123456789012", "12345678901\n", [], ["123456789012"],
        ["a", "b"], [:], ["account": "123456789012"], [["account": "123456789012"]], [.null], [[:]],
    ]

    private func evaluated<Type>(_ expression: Expression<Type>, _ input: JSONValue) throws -> JSONValue {
        let text =
            #"{"StartAt":"A","States":{"A":{"Type":"Pass","QueryLanguage":"JSONata","Output":{"is":"#
            + JSONValue.string(expression.text).text + #"},"End":true}}}"#
        let machine = try StateMachine(parsing: text)
        let state = try #require(machine.state("A"))
        var scope = QueryScope(
            input: input, variables: Variables(), now: Timestamp(milliseconds: 0), random: SeededRandom(seed: 1))
        var budget = EvaluationBudget()
        let output = try #require(
            try state.query?.output?.evaluate(in: &scope, at: "Output", budget: &budget))
        return output["is"] ?? .null
    }

    @Test func `a condition is true or false for any data`() throws {
        let account = value("account")
        let conditions = [
            account.isText { $0.length == 12 && !$0.contains("[^0-9]") }, account == "123456789012",
            !(account == "123456789012"), account.exists, account.has(.array), account.count > 1,
            account.isIn(["123456789012"]), account.element(0) == "a", account.member("x").exists,
            Value.input.has(.object),
        ]
        for condition in conditions {
            for value in Self.values {
                for input in [value, ["account": value], [["account": value]], ["other": value]] {
                    let result = try evaluated(condition, input)
                    #expect(result.boolValue != nil, "\(condition.text) of \(input.text)")
                    #expect(try evaluated(!condition, input) == .bool(result == false))
                }
            }
        }
        #expect(try evaluated(conditions[0], ["account": "123456789012"]) == true)
        #expect(try evaluated(conditions[0], ["account": "12345678901\n"]) == false)
    }

    @Test func `values are those that were meant`() throws {
        let input: JSONValue = ["a": "x", "list": ["x"], "it's": 7, "in": ["b c": true]]
        #expect(try evaluated(value("a").or("none"), input) == "x")
        #expect(try evaluated(value("b").or("none"), input) == "none")
        #expect(try evaluated(value("list").list, input) == ["x"])
        #expect(try evaluated(value("b").list, input) == [])
        #expect(try evaluated(value("in").member("b c").or(false), input) == true)
        #expect(try evaluated(Expression.text("it's \"so\" \\ \n"), input) == "it's \"so\" \\ \n")
        #expect(try evaluated(Expression.format("{}-{}-{}", "a", "b", "c"), input) == "a-b-c")
        #expect(try evaluated(value("b").text(or: "none"), input) == "none")
        #expect(try evaluated(value("list").text(or: "none"), input) == "none")
        #expect(try evaluated(value("b").orEmpty, input) == [:])
        #expect(try evaluated(value("in").orEmpty, input) == ["b c": true])
        #expect(try evaluated(value("b").or(value("in")), input) == ["b c": true])
        let made = value("a").named("x") { Expression<JSONValue>.object([("is", $0), ("not", value("b"))]) }
        #expect(text(made) == "($x := $states.input.a; {'is': $x, 'not': $states.input.b})")
        #expect(try evaluated(made, input) == ["is": "x"])
        let time = Expression.time(86_400_000, before: "2026-03-01T12:00:00.000Z")
        #expect(try evaluated(time, input) == "2026-02-28T12:00:00.000Z")
        #expect(try evaluated(Expression.text("a:b:c").part(1, by: ":").or("none"), input) == "b")
        #expect(try evaluated(Expression.text("a:b:c").part(3, by: ":").or("none"), input) == "none")
        #expect(try evaluated(Expression.json(value("in")), input) == #"{"b c":true}"#)
        #expect(try evaluated(Value.parse(value("json")).orEmpty, ["json": #"{"b":[1]}"#]) == ["b": [1]])
    }

    @Test func `a document has expressions in it where they always give something`() {
        let whole = change(
            of: Place.failure.whole, [(.failure.error, Expression.text("E")), (.failure.cause, value("a"))])
        let sure = change(
            of: Place.failure.whole,
            [(.failure.error, Expression.text("E")), (.failure.cause, Expression.words("because of {}", value("a")))])
        #expect(json(whole) == ["failure": "{% {'Error': 'E', 'Cause': $states.input.a} %}"])
        #expect(json(sure) == ["failure": ["Error": "E", "Cause": "{% 'because of ' & $states.input.a %}"]])
    }

    private func json(_ assignment: VariableAssignment) -> JSONValue { VariableAssignment.json([assignment]) }

    /// JSONata makes a bare element of a list of one and nothing of an empty one.
    @Test(arguments: [[], ["a"], ["a", "b"], ["a", "b", "c"]])
    func `a list stays a list, however much is in it`(names: [String]) throws {
        let entries = names.map { JSONValue.object(["name": .string($0), "parts": .strings([$0, $0 + $0])]) }
        let input: JSONValue = ["list": .array(entries), "texts": .strings(names)]
        let (list, texts) = (value("list"), value("texts").trusted(as: [String].self))
        let marked = list.list.map("entry") { .words("is {}", $0.member("name")) }
        #expect(try evaluated(marked, input) == .strings(names.map { "is " + $0 }))
        let all = Expression<[String]>.list([texts, marked, Expression.text("end")])
        #expect(try evaluated(all, input) == .strings(names + names.map { "is " + $0 } + ["end"]))
        let parts = list.list.collect("entry", into: "found") { entry in
            [entry.member("parts").list.map("part") { .words("{}{}", entry.member("name"), $0) }]
        }
        #expect(try evaluated(parts, input) == .strings(names.flatMap { [$0 + $0, $0 + $0 + $0] }))
        #expect(try evaluated(texts.filter("text") { !($0 == "b") }, input) == .strings(names.filter { $0 != "b" }))
        #expect(try evaluated(texts.count, input) == .integer(Int64(names.count)))
        #expect(try evaluated(texts.joined(by: ", "), input) == .string(names.joined(separator: ", ")))
        let rest = list.trusted(as: [JSONValue].self).rest
        #expect(try evaluated(rest, input) == .array(Array(entries.dropFirst())))
        #expect(try evaluated(value("texts").list, input) == .strings(names))
        #expect(try evaluated(value("missing").list.map("entry") { .words("{}", $0) }, input) == [])
    }

    @Test func `the names of members are a list`() throws {
        for members: JSONObject in [[:], ["a": 1], ["a": 1, "b": 2]] {
            #expect(
                try evaluated(value("tags").names, ["tags": .object(members)]) == .strings(Array(members.names)))
        }
        #expect(try evaluated(value("tags").names, [:]) == [])
    }

    @Test func `a name of a variable that is one of a function is none`() {
        #expect(QueryNames.reserved.isSuperset(of: ["count", "error", "match", "states", "parse", "uuid"]))
    }
}
