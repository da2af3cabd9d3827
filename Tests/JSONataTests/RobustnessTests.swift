import Foundation
import JSONata
import TestSupport
import Testing

/// Expressions that nobody would write: they end, within the budget, and crash nothing.
struct RobustnessTests {
    private struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    private static let seeds = [
        "Account.Order[0].Product[Price > 10].{`Product Name`: $sum(Price * Quantity)}",
        "$map([1..10], function($v) { $v * 2 })",
        "$reduce([1..5], function($a, $b) { $a & $b })", "a.b^(>c, <d)[0..2]#$i@$x.%.%.y", "**.c[$type($) = 'number']",
        "$replace('abcabc', /(a)(b)?/i, '$1-$2$$', 2)", "$formatNumber(1234.5678, '#,##0.00;(#,##0.00)')",
        "$fromMillis(1, '[Y0001]-[M01]-[D01] [F] [W] [x1] [h#1][P] [Z01:01t]', '+0530')",
        "$toMillis('2018-03-27 11:15:30', '[Y]-[M]-[D] [H]:[m]:[s]')",
        "$formatInteger(1999, 'I') & $formatInteger(7, 'Ww;o')",
        "$ ~> | a | {'b': c ~> $uppercase}, ['d', 'e'] |", "($f := λ($x)<n-:n>{$x <= 1 ? 1 : $x * $f($x - 1)}; $f(5))",
        "$sort([3, 1, 2], function($l, $r) { $l > $r })", "$split('a, b,c', /\\s*,\\s*/) ~> $join('-')",
        "{'a': [1, {'b': null}], 'c': true} = {} or $exists(x) and 1 in [1, 2]",
        "$pad('x', -10, '#') & $base64encode('é')",
        "$match('ababbab', /ab?|(b+)/m).groups[0]", "$zip([1..3], [4, 5]) ~> $append($spread({'x': 1}))",
        "$each({'a': 1}, function($v, $k) { $k & $string($v) })", "$parseInteger('one thousand and five', 'w')",
        "$lookup($merge([{'a': 1}, {'a': 2}]), 'a') + $number('0x1F') - -1e3 % 7", "$sift({'a': 1}, λ($v) { $v > 0 })",
        "($g := $substring(?, 1, ?); $g('hello', 2)) & \"\\u00e9\\n\"", "$encodeUrlComponent('a b') ~> $decodeUrl",
    ]
    private static let pieces = [
        "(", ")", "[", "]", "{", "}", "$", "$$", ".", "..", "*", "**", "%", "@$v", "#$i", "^(", "~>", ":=", "?", ":",
        ";", ",",
        "|", "/", "/a+/", "'", "\"", "\\", "`", "-", "1e308", "0", "null", "true", "function($x){", "λ", "<s>", "and",
        "in",
        "$map", "$string", "$reduce", "$eval", "$pad", "[1..100000]", "$x", "a", "&", "/*", "\u{1F600}", "$sort",
        "$distinct",
    ]

    private static func mutated(_ random: inout Random) -> String {
        var scalars = Array(seeds.randomElement(using: &random)!.unicodeScalars)
        for _ in 0...Int.random(in: 0...4, using: &random) {
            let position = Int.random(in: 0...scalars.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: scalars.insert(contentsOf: pieces.randomElement(using: &random)!.unicodeScalars, at: position)
            case 1:
                scalars.removeSubrange(position..<min(scalars.count, position + Int.random(in: 1...5, using: &random)))
            case 2:
                let other = Array(seeds.randomElement(using: &random)!.unicodeScalars)
                let from = Int.random(in: 0..<other.count, using: &random)
                scalars.insert(contentsOf: other[from..<min(other.count, from + 12)], at: position)
            default:
                if position < scalars.count {
                    scalars[position] = pieces.randomElement(using: &random)!.unicodeScalars.first!
                }
            }
        }
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars)
        return text
    }

    private static let data =
        #"{"a":{"b":[{"c":3,"d":"x"},{"c":1}],"c":"abc"},"c":[[1,2],[3]],"Account":{"Order":[{"Product":[{"Price":2}]}]}}"#

    @Test func `mutated expressions end within the budget`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("Mutated expressions, seed \(seed)")
        var random = Random(state: seed)
        var ends: [String: Int] = [:]
        let data = JSONReader.value(of: Self.data)
        for _ in 0..<4000 {
            let text = Self.mutated(&random)
            var budget = JSONataBudget(steps: 20_000, bytes: 1 << 20)
            var end = "value"
            do {
                let expression = try JSONataExpression(parsing: text)
                _ = expression.references
                let value = try expression.evaluate(
                    data, host: Evaluation.host(.standard.adding([.eval])), budget: &budget)
                _ = JSONText.text(value)
            } catch {
                end = String(Evaluation.code(of: error).prefix(1))
            }
            ends[end, default: 0] += 1
            #expect(budget.steps <= 20_000 && budget.bytes <= 1 << 20, "\(text)")
        }
        print("Ends: \(ends)")
        #expect(ends["value", default: 0] > 100)
    }
}
