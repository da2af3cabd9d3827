package import StatesLanguage

/// A condition of a choice.
package indirect enum Condition: Sendable {
    case present(Place)
    case string(Place)
    case equals(Place, String)
    case equalsPlace(Place, Place)
    case matches(Place, String)
    case atLeast(Place, String)
    case atLeastPlace(Place, Place)
    case isNumber(Place)
    case isTrue(Place)
    case number(Place, ChoiceCondition.Ordering, Int64)
    case and([Condition])
    case or([Condition])
    case not(Condition)

    /// There and a text.
    package static func isText(_ place: Place) -> Condition { .and([.present(place), .string(place)]) }

    package var json: JSONObject {
        switch self {
        case .present(let place): test(place, "IsPresent", true)
        case .string(let place): test(place, "IsString", true)
        case .equals(let place, let text): test(place, "StringEquals", .string(text))
        case .equalsPlace(let place, let other): test(place, "StringEqualsPath", .string(other.path))
        case .matches(let place, let pattern): test(place, "StringMatches", .string(pattern))
        case .atLeast(let place, let text): test(place, "StringGreaterThanEquals", .string(text))
        case .atLeastPlace(let place, let other):
            test(place, "StringGreaterThanEqualsPath", .string(other.path))
        case .isNumber(let place): test(place, "IsNumeric", true)
        case .isTrue(let place): test(place, "BooleanEquals", true)
        case .number(let place, let ordering, let number):
            test(place, "Numeric\(ordering.rawValue)", .integer(number))
        case .and(let conditions): ["And": .array(conditions.map { .object($0.json) })]
        case .or(let conditions): ["Or": .array(conditions.map { .object($0.json) })]
        case .not(let condition): ["Not": .object(condition.json)]
        }
    }

    private func test(_ place: Place, _ comparison: String, _ value: JSONValue) -> JSONObject {
        ["Variable": .string(place.path), comparison: value]
    }
}
