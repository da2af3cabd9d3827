/// A value of JSONata: one of JSON, a function, or nothing at all.
///
/// It is not `Sendable`, since a function holds the variables it was made among; a host converts what an evaluation
/// gives before it hands it on.
package enum JSONataValue {
    /// What a path gives that finds nothing. It is no value of JSON and differs from `null`.
    case undefined
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array(JSONataArray)
    case object(JSONataObject)
    case function(JSONataFunction)
}

extension JSONataValue {
    /// How deep arrays and objects may stand in one another, in what is given and in what is made: as deep as a
    /// document that the engine stores. Whatever goes through a value by recursion relies on it.
    package static let maximumNesting = 320

    /// What kind of value this is, as `$type` names it.
    package enum Kind: String, Sendable {
        case undefined, null, boolean, number, string, array, object, function
    }

    package var kind: Kind {
        switch self {
        case .undefined: .undefined
        case .null: .null
        case .bool: .boolean
        case .number: .number
        case .string: .string
        case .array: .array
        case .object: .object
        case .function: .function
        }
    }

    var isUndefined: Bool { if case .undefined = self { true } else { false } }
    var isArray: Bool { if case .array = self { true } else { false } }

    var stringValue: String? { if case .string(let value) = self { value } else { nil } }
    var numberValue: Double? { if case .number(let value) = self { value } else { nil } }
    var functionValue: JSONataFunction? { if case .function(let value) = self { value } else { nil } }
    var arrayValue: JSONataArray? { if case .array(let value) = self { value } else { nil } }
    var objectValue: JSONataObject? { if case .object(let value) = self { value } else { nil } }

    /// How many levels of arrays and objects the value has.
    var nesting: Int {
        switch self {
        case .array(let array): array.nesting
        case .object(let object): object.nesting
        case .function(let function): function.nesting
        default: 0
        }
    }

    /// The elements of an array, or the value as the only element. What is undefined is an element too.
    var elements: [JSONataValue] {
        if case .array(let array) = self { array.elements } else { [self] }
    }

    /// An array that the expression keeps as it is.
    static func array(_ elements: [JSONataValue]) -> JSONataValue { .array(JSONataArray(elements)) }

    /// A sequence: one element stands for itself, none for nothing.
    static func sequence(_ elements: [JSONataValue]) -> JSONataValue { .array(JSONataArray(sequence: elements)) }
}
