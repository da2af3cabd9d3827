/// Something in an expression that gives another result than it seems to say, or another one in another engine.
package struct JSONataPitfall: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// `a != b`, which is false where one of them is nothing.
        case unequal
        /// A number with more digits than are kept.
        case longNumber
        /// A `$` in a pattern: in front of a last newline it matches in Java and Python, and not in JavaScript.
        case endAnchor
        /// A class of letters by its short name, such as `\d`: which they are differs by engine.
        case letterClass(String)
    }

    package let kind: Kind
    /// Behind it, in Unicode scalars from the beginning.
    package let position: Int
}

extension JSONataExpression {
    /// The pitfalls, in the order in which they stand.
    package var pitfalls: [JSONataPitfall] {
        let scalars = Array(text.unicodeScalars)
        return look { tree in
            let sure = tree.sureNames
            var found: [JSONataPitfall] = []
            tree.visit { node in
                found += node.pitfalls(sure, scalars).map { JSONataPitfall(kind: $0, position: node.position) }
            }
            return found.sorted { $0.position < $1.position }
        }
    }

    /// Whether it gives a list whatever the data, be it of one element or of none; or what stands at a place, as it is.
    package var keepsList: Bool { look { $0.keepsList } }
}

extension Node {
    /// How many digits a number keeps, whichever they are.
    private static let keptDigits = 15

    fileprivate func pitfalls(_ sure: Set<String>, _ text: [Unicode.Scalar]) -> [JSONataPitfall.Kind] {
        switch kind {
        case .infix(.unequal, let left, let right):
            left.isAlwaysThere(sure) && right.isAlwaysThere(sure) ? [] : [.unequal]
        case .number:
            Self.significantDigits(ofNumberBefore: position, in: text) > Self.keptDigits ? [.longNumber] : []
        case .pattern(let pattern): pattern.pitfalls
        default: []
        }
    }

    /// How many digits a number has that count: not those of its exponent, nor zeros at its ends.
    private static func significantDigits(ofNumberBefore end: Int, in text: [Unicode.Scalar]) -> Int {
        func isDigit(_ index: Int) -> Bool { index >= 0 && ("0"..."9").contains(text[index]) }
        func run(before end: Int) -> Range<Int> {
            var start = end
            // The `..` of a range is no decimal point.
            while isDigit(start - 1) || start > 1 && text[start - 1] == "." && isDigit(start - 2) { start -= 1 }
            return start..<end
        }
        var digits = run(before: min(end, text.count))
        var exponent = digits.lowerBound - 1
        if exponent > 0, text[exponent] == "+" || text[exponent] == "-" { exponent -= 1 }
        if exponent > 0, text[exponent] == "e" || text[exponent] == "E", isDigit(exponent - 1) {
            digits = run(before: exponent)
        }
        let counted = text[digits].filter { $0 != "." }.drop { $0 == "0" }
        return counted.count - counted.reversed().prefix { $0 == "0" }.count
    }

    /// The functions that give something for nothing as well.
    private static let total: Set = ["count", "exists"]

    /// The names that the expression binds to what is always there, and to nothing else.
    fileprivate var sureNames: Set<String> {
        var (sure, unsure): (Set<String>, Set<String>) = ([], [])
        visit { node in
            switch node.kind {
            case .binding(let name, let value):
                if value.isAlwaysThere(sure.subtracting(unsure)) { sure.insert(name) } else { unsure.insert(name) }
            case .lambda(let lambda): unsure.formUnion(lambda.parameters)
            default: break
            }
        }
        return sure.subtracting(unsure)
    }

    /// Whether it is something, whatever the data.
    ///
    /// - Parameter sure: the names of variables that are.
    private func isAlwaysThere(_ sure: Set<String>) -> Bool {
        if !isSimple { return false }
        switch kind {
        case .string, .number, .constant, .array, .object: return true
        case .infix(let infix, _, _): return [.equal, .unequal, .and, .or, .isIn, .concatenate].contains(infix)
        case .variable(let name): return sure.contains(name)
        case .block(let parts): return parts.last?.isAlwaysThere(sure) ?? false
        case .call(let function, _):
            guard case .variable(let name) = function.kind else { return false }
            return Self.total.contains(name)
        default: return false
        }
    }

    /// The functions that give a list of any length.
    private static let listing: Set = ["split", "zip"]

    fileprivate var keepsList: Bool {
        switch kind {
        case .array: isSimple
        case .variable: isSimple
        // Where each step is a name, the last gives what stands there.
        case .path(let steps): steps.first?.isVariable == true && steps.dropFirst().allSatisfy(\.isPlainName)
        case .block(let parts): isSimple && parts.last?.keepsList ?? false
        case .conditional(_, let then, let otherwise): isSimple && then.keepsList && otherwise?.keepsList ?? false
        case .call(let function, _):
            if case .variable(let name) = function.kind { isSimple && Self.listing.contains(name) } else { false }
        default: false
        }
    }

    private var isPlainName: Bool { if case .name = kind { isSimple } else { false } }

    /// Tells this part and every part of it.
    fileprivate func visit(_ body: (Node) -> Void) {
        body(self)
        for part in parts { part.visit(body) }
    }

    private var parts: [Node] {
        func of(_ group: Group) -> [Node] { group.pairs.flatMap { [$0.name, $0.value] } }
        let inner: [Node] =
            switch kind {
            case .name, .string, .number, .constant, .pattern, .variable, .wildcard, .descendants, .parent,
                .placeholder:
                []
            case .path(let parts), .array(let parts), .block(let parts): parts
            case .binding(_, let value): [value]
            case .application(let left, let right), .infix(_, let left, let right): [left, right]
            case .negation(let operand): [operand]
            case .object(let group): of(group)
            case .conditional(let condition, let then, let otherwise):
                [condition, then] + [otherwise].compactMap(\.self)
            case .call(let function, let arguments), .partial(let function, let arguments): [function] + arguments
            case .lambda(let lambda): [lambda.body]
            case .transformation(let transformation):
                [transformation.pattern, transformation.update] + [transformation.deletion].compactMap(\.self)
            case .order(let terms): terms.map(\.expression)
            }
        let filters = stages.compactMap { if case .filter(let filter) = $0 { filter } else { nil } }
        return inner + filters + predicates + (group.map(of) ?? [])
    }
}

extension RegularExpression {
    private static let classes: Set<Character> = ["d", "D", "w", "W", "s", "S", "b", "B"]

    /// Each once.
    fileprivate var pitfalls: [JSONataPitfall.Kind] {
        var found: [JSONataPitfall.Kind] = []
        func add(_ kind: JSONataPitfall.Kind) { if !found.contains(kind) { found.append(kind) } }
        var (isEscaped, isInSet) = (false, false)
        for character in source {
            switch character {
            case _ where isEscaped:
                if Self.classes.contains(character) { add(.letterClass("\\\(character)")) }
                isEscaped = false
            case "\\": isEscaped = true
            case "[": isInSet = true
            case "]": isInSet = false
            case "$" where !isInSet: add(.endAnchor)
            default: break
            }
        }
        return found
    }
}
