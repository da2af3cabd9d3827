package import StatesLanguage

/// A value in a field of a state in JSONata: a literal, an expression, or objects and lists of them.
///
/// AWS fails a state of which an expression gives nothing, so what may be missing gets in by `Expression.or` alone, or as
/// a member of an object that an expression makes.
package struct Payload: Sendable {
    package let json: JSONValue

    private init(json: JSONValue) { self.json = json }

    package init<Value: PayloadValue>(_ expression: Expression<Value>) { json = .string(expression.text) }

    /// What is no text and has no text in it.
    package init(literal: JSONValue) { json = literal }

    package static func texts(_ texts: [String]) -> Payload { list(texts.map { .text($0) }) }
    package static func list(_ elements: [Payload]) -> Payload { Payload(json: .array(elements.map(\.json))) }

    /// A literal text.
    package static func text(_ text: String) -> Payload {
        precondition(!text.hasPrefix("{%") && !text.hasSuffix("%}"), "\(text) is an expression, and no text")
        return Payload(json: .string(text))
    }

    /// An object whose members come to lie at places in a part of the data.
    package static func object(at part: Place, _ members: [(place: Place, value: Payload)]) -> Payload {
        var object = JSONObject()
        for (place, value) in members { value.put(at: place.names(below: part)[...], in: &object) }
        return Payload(json: .object(object))
    }

    /// All that a state gets, with the failure for which something is given up or tried again.
    package static func failed(_ error: Expression<String>, _ cause: Expression<String>) -> Payload {
        let failure = Expression<JSONValue>.object(
            at: Place.failure.whole, [(.failure.error, error), (.failure.cause, cause)])
        return Payload(.input(with: Place.failure.whole, failure))
    }

    private func put(at names: ArraySlice<String>, in object: inout JSONObject) {
        guard let name = names.first else { return }
        if names.count == 1 {
            object[name] = json
        } else {
            var inner = object[name]?.objectValue ?? [:]
            put(at: names.dropFirst(), in: &inner)
            object[name] = .object(inner)
        }
    }
}

/// A type of values that are there.
package protocol PayloadValue {}
extension String: PayloadValue {}
extension Int64: PayloadValue {}
extension Bool: PayloadValue {}
extension JSONValue: PayloadValue {}
extension Array: PayloadValue {}

extension Payload: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self.init(json: .integer(value)) }
    package init(booleanLiteral value: Bool) { self.init(json: .bool(value)) }
    package init(arrayLiteral elements: Payload...) { self.init(json: .array(elements.map(\.json))) }
    package init(dictionaryLiteral members: (String, Payload)...) {
        self.init(json: .object(JSONObject(members.map { ($0, $1.json) })))
    }
}
