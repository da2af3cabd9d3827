import JSONata
import Testing

struct BudgetTests {
    /// What would take for ever, or all of the memory.
    static let endless = [
        "($f := function() { $f() }; $f())", "($f := function($n) { 1 + $f($n) }; $f(1))", "[1..10000000]",
        "$map([1..10000], function($x) { [1..10000] })", "$pad('', 1e15)", "$pad('', -1e9, 'ab')",
        "$reduce([1..100], function($a, $b) { $a & $a }, 'x')", "$reduce([1..100], function($a, $b) { [$a, $a] }, 'x')",
        "$join($map([1..100000], function($x) { $pad('', 1000) }))", "$distinct([1..20000])", "$sort([1..1000000])",
        "$replace($pad('', 100000, 'a'), 'a', $pad('', 1000, 'b'))",
        "$replace($pad('', 100000, 'a'), /a/, $pad('', 1000))",
        "$split($pad('', 1000000, 'a'), '')", "$match($pad('', 1000000, 'a'), /a/)", "$string([1..500000])",
        "$filter([1..2000], function($x) { [1..2000][$ < 0] })", "$zip([1..200000], [1..200000], [1..200000])",
        "[1..3000].([1..3000])", "[1..1000][[1..1000]]", "$formatNumber(1, $pad('', 1000000, '0'))",
        "$fromMillis(0, $pad('', 1000000, '[Y,256]'))", "$formatBase(1, 2) & $pad('a', 1e308)",
        "$reduce([1..1000], function($a, $i) { $merge([$a, {$string($i): $map([1..1000], $string)}]) }, {})",
        "($f := function($x) { $map([1..10], $f) }; $f(1))", "$shuffle([1..1000000])",
        "$spread($map([1..100000], function($x) { {'a': 1} }))",
        "$contains($pad('', 100000, 'a'), /(a*)*(a*)*(a*)*(a*)*b/)", "[1..100000]@$a.[1..100000]@$b",
        "$each({'a': [1..1000000]}, $count)",
    ]

    @Test(arguments: endless)
    func `what would not end is stopped`(text: String) {
        let budget = JSONataBudget(steps: 200_000, bytes: 1 << 20)
        let clock = ContinuousClock()
        let start = clock.now
        let result = Evaluation.result(of: text, budget: budget)
        #expect(["steps", "depth", "bytes"].contains(result), "\(text): \(result.prefix(80))")
        #expect(clock.now - start < .seconds(20))
    }

    @Test func `a budget serves several evaluations`() throws {
        var budget = JSONataBudget(steps: 100, bytes: 1000)
        let expression = try JSONataExpression(parsing: "$sum([1..5])")
        _ = try expression.evaluate(host: Evaluation.host(), budget: &budget)
        let once = budget.steps
        _ = try expression.evaluate(host: Evaluation.host(), budget: &budget)
        #expect(once > 0 && budget.steps == 2 * once)
    }

    @Test func `the depth is the host's`() {
        let text = "($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(40))"
        #expect(Evaluation.result(of: text) == "40")
        #expect(Evaluation.result(of: text, budget: Evaluation.budget(depth: 64)) == "depth")
    }

    @Test func `a parser has bounds too`() {
        #expect(Evaluation.result(of: String(repeating: "(", count: 100_000)) == "depth")
        #expect(Evaluation.result(of: String(repeating: "1+", count: 100_000)) == "depth")
        #expect(Evaluation.result(of: String(repeating: "a.", count: 100_000)) == "depth")
        #expect(
            Evaluation.result(of: String(repeating: "[1,", count: 99) + "1" + String(repeating: "]", count: 99))
                != "depth")
    }

    @Test func `an element counts what it takes in memory`() {
        #expect(MemoryLayout<JSONataValue>.stride <= 24)
    }
}
