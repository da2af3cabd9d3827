import StatesLanguage

/// A line of a policy's `Condition`: what it wants of the values that AWS has put into a request under a key.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
struct PolicyCondition: Hashable, Sendable {
    /// How one value is compared with one of the policy.
    private enum Comparison: String {
        case stringEquals = "StringEquals"
        case stringEqualsIgnoreCase = "StringEqualsIgnoreCase"
        case stringLike = "StringLike"
        case arnEquals = "ArnEquals"
        case arnLike = "ArnLike"
        case bool = "Bool"

        func holds(_ wanted: String, _ value: String) -> Bool {
            switch self {
            case .stringEquals: wanted == value
            case .stringEqualsIgnoreCase, .bool: wanted.lowercased() == value.lowercased()
            case .stringLike: Wildcard(wanted).matches(value)
            // The two are the same, AWS says.
            case .arnEquals, .arnLike: Wildcard(wanted).matchesARN(value)
            }
        }
    }

    private enum Quantifier: String, CaseIterable {
        case forAnyValue = "ForAnyValue:"
        case forAllValues = "ForAllValues:"
    }

    private let quantifier: Quantifier?
    /// `nil` for `Null`, which looks whether the key is there.
    private let comparison: Comparison?
    private let isNegated: Bool
    /// Whether it holds where the key is missing.
    private let ifExists: Bool
    /// In lower case: names of keys do not tell case apart.
    private let key: String
    private let wanted: [String]

    /// - Throws: `PolicyProblem` for an operator that is not known.
    init(_ name: String, _ key: String, _ wanted: [String]) throws(PolicyProblem) {
        var rest = name[...]
        quantifier = Quantifier.allCases.first { name.hasPrefix($0.rawValue) }
        rest = rest.dropFirst(quantifier?.rawValue.count ?? 0)
        ifExists = rest.hasSuffix("IfExists")
        if ifExists { rest = rest.dropLast("IfExists".count) }
        isNegated = rest.contains("Not")
        let operation = String(rest.replacing("Not", with: ""))
        comparison = Comparison(rawValue: operation)
        guard comparison != nil || rest == "Null" && !ifExists && quantifier == nil else {
            throw PolicyProblem(text: "the condition \(name) is not known")
        }
        guard !(isNegated && operation == "Bool") else {
            throw PolicyProblem(text: "the condition \(name) is not known")
        }
        self.key = key.lowercased()
        self.wanted = wanted
    }

    /// Whether a request meets it.
    ///
    /// - Parameter keys: those of the request, in lower case.
    func holds(of keys: [String: [String]]) -> Bool {
        let values = keys[key] ?? []
        guard let comparison else { return wanted.contains(values.isEmpty ? "true" : "false") }
        func fits(_ value: String) -> Bool { wanted.contains { comparison.holds($0, value) } != isNegated }
        // A key that is missing is no value that could be equal, and for a negation none that is.
        if values.isEmpty { return ifExists || isNegated && quantifier == nil || quantifier == .forAllValues }
        switch quantifier {
        case .forAllValues: return values.allSatisfy(fits)
        case .forAnyValue: return values.contains(where: fits)
        case nil: return isNegated ? values.allSatisfy(fits) : values.contains(where: fits)
        }
    }
}

/// Why a policy cannot be read.
package struct PolicyProblem: Error, Hashable, CustomStringConvertible {
    let text: String

    package var description: String { text }
}
