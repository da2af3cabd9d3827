import StatesLanguage
import Testing

struct IntrinsicTests {
    private func evaluate(_ text: String, seed: UInt64 = 1) throws -> JSONValue {
        let input = try JSONValue(
            parsing: #"{"name":"x","list":[3,1,3],"object":{"a":1},"number":7,"nested":{"a":[1,{}],"b":"x y"}}"#)
        var (random, budget) = (SeededRandom(seed: seed), EvaluationBudget())
        return try IntrinsicExpression(parsing: text).evaluate(
            in: .init(input: input) { [:] }, random: &random, budget: &budget)
    }

    @Test(arguments: [
        (#"States.Format('{} and {}', $.name, 1)"#, #""x and 1""#),
        (#"States.Format('it\'s \{\} \\ {}', $.object)"#, #""it's {} \\ {a=1}""#),
        ("States.Format('{} {} {}', $.nested, $.list, null)", #""{a=[1, {}], b=x y} [3, 1, 3] null""#),
        ("States.StringToJson('')", "null"), ("States.StringToJson('  ')", "null"),
        ("States.MathAdd(-1.49, -1.5)", "-2"), ("States.MathAdd(-1.5, -1.51)", "-3"),
        ("States.MathAdd(-1.5, 0)", "-1"), ("States.MathAdd(-0.5, 0.5)", "1"), ("States.MathAdd(-2.5, 0)", "-2"),
        ("States.MathAdd(2.5, 0)", "3"), ("States.ArrayGetItem($.list, 0.5)", "1"),
        (#"States.StringToJson('[1,{"a":null}]')"#, #"[1,{"a":null}]"#),
        ("States.JsonToString($.list)", #""[3,1,3]""#),
        ("States.Array(1, 'a', $.name, true, null)", #"[1,"a","x",true,null]"#),
        ("States.Array()", "[]"), ("States.ArrayPartition($.list, 2)", "[[3,1],[3]]"),
        ("States.ArrayContains($.list, 1)", "true"), ("States.ArrayRange(1, 9, 4)", "[1,5,9]"),
        ("States.ArrayRange(3, 1, -1)", "[3,2,1]"), ("States.ArrayGetItem($.list, 1)", "1"),
        ("States.ArrayLength($.list)", "3"), ("States.ArrayUnique($.list)", "[3,1]"),
        ("States.Base64Encode('Data to encode')", #""RGF0YSB0byBlbmNvZGU=""#),
        ("States.Base64Decode('RGF0YQ==')", #""Data""#),
        ("States.Hash('a', 'SHA-1')", #""86f7e437faa5a7fce15d1ddcb9eaeaea377667b8""#),
        ("States.Hash('a', 'MD5')", #""0cc175b9c0f1b6a831c399e269772661""#),
        ("States.JsonMerge($.object, States.StringToJson('{\"b\":2}'), false)", #"{"a":1,"b":2}"#),
        ("States.MathAdd($.number, -2)", "5"), ("States.StringSplit('a.b,,c', '.,')", #"["a","b","c"]"#),
        ("States.StringSplit('', ',')", "[]"), ("States.StringSplit('abc', '')", #"["abc"]"#),
        ("States.StringSplit('１2', '0123456789')", #"["１"]"#),
    ])
    func `a function gives what AWS documents`(text: String, expected: String) throws {
        #expect(try evaluate(text).text == expected)
    }

    @Test(arguments: [
        "States.Nothing()", "States.Format()", "States.Format('{}')", "States.Format('a', 1)", "States.ArrayLength(1",
        "States.ArrayLength()", "States.Hash('a')", "States.Format('a)", "States.MathAdd(1,, 2)", "ArrayLength($.list)",
        "States.UUID(1)", "States.MathAdd(1, [2])", "States.ArrayLength($.list) x",
        #"States.StringToJson('{\"a\":1}')"#,
        #"States.Format('\n')"#,
    ])
    func `what is not a call of a known function is refused`(text: String) {
        #expect(throws: ExpressionSyntaxError.self) { try IntrinsicExpression(parsing: text) }
    }

    @Test(arguments: [
        "States.ArrayGetItem($.list, 9)", "States.StringToJson('{')", "States.ArrayLength($.name)",
        "States.Format('{}', $.nothing)", "States.Hash('a', 'CRC')", "States.MathRandom(2, 1)",
        "States.ArrayRange(1, 5, 0)", "States.ArrayRange(0, 5000, 1)", "States.JsonMerge($.object, $.object, true)",
        "States.Base64Decode('%')", "States.MathAdd('a', 1)", "States.ArrayPartition($.list, 0)",
    ])
    func `a function that cannot be carried out fails`(text: String) {
        #expect(throws: IntrinsicFailure.self) { try evaluate(text) }
    }

    /// Only a template that an execution brings with it is taken apart then; one in the definition is when it is read.
    @Test(
        arguments: [
            ("}", [], "}"), ("}{}", ["a"], "}a"), ("{}}", ["a"], "a}"), ("{{}", ["a"], "{a"), ("{ }", [], "{ }"),
            ("{", [], "{"),
            ("{}{}", ["a", "b"], "ab"), ("", [], ""), ("{\u{301}}", [], "{\u{301}}"),
        ] as [(String, [String], String)])
    func `a template from the data has its braces wherever they stand`(
        template: String, arguments: [String], expected: String
    ) throws {
        let call = "States.Format($.t\(arguments.map { ", '\($0)'" }.joined()))"
        var (random, budget) = (SeededRandom(seed: 1), EvaluationBudget())
        let value = try IntrinsicExpression(parsing: call)
            .evaluate(in: .init(input: ["t": .string(template)]) { [:] }, random: &random, budget: &budget)
        #expect(value == .string(expected))
    }

    @Test func `an error quotes the call in which it is`() throws {
        func failure(_ text: String) -> IntrinsicFailure? {
            guard let expression = try? IntrinsicExpression(parsing: text) else { return nil }
            var (random, budget) = (SeededRandom(seed: 1), EvaluationBudget())
            do throws(IntrinsicFailure) {
                _ = try expression.evaluate(
                    in: .init(input: ["a": 1]) { [:] }, random: &random, budget: &budget)
            } catch {
                return error
            }
            return nil
        }
        let missing = failure("States.ArrayLength(States.Array(States.Format('{}', $.nope)))")
        let expected =
            "The function 'States.Format('{}', $.nope)' had the following error: "
            + "The JsonPath argument for the field '$.nope' could not be found in the input '{\"a\":1}'"
        #expect(missing?.description == expected && missing?.isOfFunction == false)
        #expect(failure("States.ArrayLength($.a)")?.isOfFunction == true)
    }

    @Test func `what is random comes from the seed alone`() throws {
        #expect(try evaluate("States.UUID()", seed: 5) == evaluate("States.UUID()", seed: 5))
        #expect(try evaluate("States.UUID()", seed: 5) != evaluate("States.UUID()", seed: 6))
        let uuid = try #require(try evaluate("States.UUID()", seed: 5).stringValue)
        #expect(try /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/.wholeMatch(in: uuid) != nil)
        for seed in 0..<100 {
            let number = try #require(try evaluate("States.MathRandom(1, 4)", seed: UInt64(seed)).integerValue)
            #expect((1..<4).contains(number))
        }
    }
}
