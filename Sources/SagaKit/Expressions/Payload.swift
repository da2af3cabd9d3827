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

    /// An object of the members that there are.
    package static func object(_ members: [(String, Payload?)]) -> Payload {
        Payload(json: .object(JSONObject(members.compactMap { name, value in value.map { (name, $0.json) } })))
    }

    /// A literal text.
    package static func text(_ text: String) -> Payload {
        precondition(!text.hasPrefix("{%") && !text.hasSuffix("%}"), "\(text) is an expression, and no text")
        return Payload(json: .string(text))
    }

    /// The value of an expression: as a document where it always gives something, so that it reads as one.
    init(of syntax: ExpressionSyntax) {
        switch syntax {
        case .literal(.string(let text)): self = .text(text)
        case .literal(let value): json = value
        case .object(let members) where members.allSatisfy(\.isDocument):
            json = .object(JSONObject(members.map { ($0.literalName ?? "", Payload(of: $0.value).json) }))
        default: json = .string(Expression<JSONValue>(syntax).text)
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
