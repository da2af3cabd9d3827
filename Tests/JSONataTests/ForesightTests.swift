import Foundation
import JSONata
import TestSupport
import Testing

/// What is said of an expression before it is evaluated, held against what it gives.
struct ForesightTests {
    private static func expression(_ text: String) throws -> JSONataExpression { try JSONataExpression(parsing: text) }

    private static func isRequired(_ name: String, in text: String) throws -> Bool {
        try expression(text).references.contains { $0.kind == .variable(name) && $0.isRequired }
    }

    // MARK: Required

    @Test(arguments: [
        "$x", "$x.a", "$x[0]", "$x.a[b = 1].c", "1 + $x", "$x * 2 - 1", "-$x", "$x < 1", "1 >= $x", "($y := 1; $x)",
        "($x)",
        "$x.{'a': b}", "$x.[a]", "$x^(a)", "$x[]", "$x.a[]", "$x#$i", "$string($x)", "$length($string($x)) + 1",
        "$x(1)", "$string($x.a, true)", "$x.*", "$x.**", "$x.a.%",
    ]) func `without what is required there is nothing, or an error`(text: String) throws {
        #expect(try Self.isRequired("x", in: text))
        let result = Evaluation.result(of: text)
        #expect(result == "undefined" || result.wholeMatch(of: /[A-Z][0-9]{4}/) != nil, "\(result)")
    }

    @Test(arguments: [
        "[$x]", "{'a': $x}", "$x = 1", "$x != 1", "$x in [1]", "1 in $x", "$x and true", "$x or true", "'a' & $x",
        "$x ? 1 : 2", "true ? 1 : $x", "$exists($x)", "$count($x)", "$append(1, $x)", "($y := $x; 1)",
        "$map([1], function($i){ $i = $x })", "[1, 2][$ = $x or true]", "[$x + 1]", "$zip($x)", "$x{'a': 1}",
        "($f := function($y){ 1 }; $f($x))", "($string := function($y){ 1 }; $string($x))", "1 ~> $append($x)",
        "$merge([{'a': 1}, $x])", "$exists($x.a) ? $x.a : 1",
    ]) func `what an expression can do without is not required`(text: String) throws {
        #expect(try !Self.isRequired("x", in: text))
        #expect(Evaluation.result(of: text) != "undefined")
    }

    @Test(arguments: [
        "abs", "average", "boolean", "ceil", "floor", "join", "keys", "length", "lowercase", "max", "min", "not",
        "number",
        "reverse", "sort", "sqrt", "string", "sum", "trim", "type", "uppercase", "round",
    ]) func `a function of nothing gives nothing`(name: String) throws {
        #expect(try Self.isRequired("x", in: "$\(name)($x)"))
        #expect(Evaluation.result(of: "$\(name)($x)") == "undefined")
    }

    @Test(arguments: [
        "$contains($x, 'a')", "$filter($x, $exists)", "$lookup($x, 'a')", "$map($x, $exists)", "$match($x, /a/)",
        "$power($x, 2)", "$reduce($x, function($a, $b){ 1 })", "$replace($x, 'a', 'b')", "$split($x, 'a')",
        "$substring($x, 1)", "$substringAfter($x, 'a')", "$substringBefore($x, 'a')",
    ]) func `a function of nothing and something gives nothing`(text: String) throws {
        #expect(try Self.isRequired("x", in: text))
        #expect(Evaluation.result(of: text) == "undefined")
    }

    @Test func `a reference has the places of its names`() throws {
        let references = try Self.expression("1 + $x.alpha.b[0].c & $f(2)").references.filter {
            if case .variable = $0.kind { true } else { false }
        }
        #expect(references.map(\.position) == [6, 24])
        #expect(references.first?.members == ["alpha", "b"])
        #expect(references.first?.memberPositions == [12, 14])
        #expect(references.map(\.isCalled) == [false, true])
    }

    // MARK: Results

    private static func kind(_ kind: JSONataResult.Kind) -> JSONataValue.Kind? {
        switch kind {
        case .unknown, .reference, .either: nil
        case .call(let name): JSONataLibrary.standard.result(of: name).flatMap(Self.kind)
        case .null: .null
        case .boolean, .anyBoolean: .boolean
        case .string, .anyString: .string
        case .number: .number
        case .array: .array
        case .function: .function
        case .object: .object
        }
    }

    /// What an expression gives that is not foreseen; `nil` where all is as it was said.
    private static func surprise(
        _ result: JSONataResult, _ value: JSONataValue, isReference: (Int) -> Bool
    ) -> String? {
        if value.kind == .undefined { return result.mayBeNothing ? nil : "it gives nothing" }
        switch result.kind {
        case .either(let one, let other):
            guard let surprise = surprise(one, value, isReference: isReference),
                self.surprise(other, value, isReference: isReference) != nil
            else { return nil }
            return surprise
        case .call where !isReference(result.position): return nil
        case .string(let text):
            if case .string(text) = value { return nil }
            return "it gives another text"
        case .boolean(let expected):
            if case .bool(expected) = value { return nil }
            return "it gives another Boolean"
        default:
            guard let expected = kind(result.kind), expected != value.kind else { return nil }
            return "it gives a \(value.kind) and no \(expected)"
        }
    }

    @Test(
        .enabled(if: Project.conformance("jsonata.json") != nil, "the test suite of JSONata is not beside the project"))
    func `no case of the language's own suite gives what was not foreseen`() throws {
        let file = try #require(Project.conformance("jsonata.json"))
        guard case .object(let suite) = JSONReader.value(of: Array(try Data(contentsOf: file))),
            case .array(let cases)? = suite["cases"], case .object(let datasets)? = suite["datasets"]
        else { throw BrokenSuite() }
        var count = 0
        for case .object(let test) in cases.elements {
            guard case .string(let text)? = test["expr"], let expression = try? Self.expression(text) else { continue }
            var data = test["data"] ?? .undefined
            if case .string(let name)? = test["dataset"] { data = datasets[name] ?? .undefined }
            var bindings = JSONataObject()
            if case .object(let given)? = test["bindings"] { bindings = given }
            var budget = Evaluation.budget(steps: 100_000)
            guard
                let value = try? expression.evaluate(
                    data, bindings: bindings, host: Evaluation.host(), budget: &budget)
            else { continue }
            let positions = Set(expression.references.map(\.position))
            let surprise = Self.surprise(expression.result, value) { positions.contains($0) }
            #expect(surprise == nil, "\(text): \(surprise ?? "")")
            if case .unknown = expression.result.kind { continue }
            count += 1
        }
        print("JSONata's own suite: something was foreseen of \(count) results")
        #expect(count > 100)
    }

    private struct BrokenSuite: Error {}
}
