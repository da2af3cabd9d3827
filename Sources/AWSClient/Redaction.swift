import Foundation
import StatesLanguage

/// Secrets, in every form in which a receiver may send them back, and texts without them.
struct Redaction: Sendable {
    /// The longest first, since a longer one may hold a shorter one.
    private let forms: [String]

    /// - Parameter secrets: what has one or two characters is in every text, and no secret.
    init(_ secrets: [String]) {
        let forms = Set(secrets.filter { $0.utf8.count > 2 }.flatMap(Self.forms))
        self.forms = forms.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    /// A secret as it is, as a part of a URL, of a form and of a text of JSON, and in Base64.
    private static func forms(of secret: String) -> [String] {
        let encoded = HTTPCall.encode(secret)
        let quoted = JSONValue.string(secret).text
        return [
            secret, encoded, encoded.replacing("%20", with: "+"), encoded.lowercasingEscapes,
            String(quoted.dropFirst().dropLast()), Data(secret.utf8).base64EncodedString(),
        ]
    }

    /// A text in which none of the secrets is to be read.
    func callAsFunction(_ text: String) -> String {
        forms.reduce(text) { $0.replacing($1, with: Secret.placeholder) }
    }

    /// A value in which none of the secrets is to be read: not in its texts, nor in its names and numbers.
    func callAsFunction(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members): return .object(JSONObject(members.map { (self($0.0), self($0.1)) }))
        case .array(let elements): return .array(elements.map { self($0) })
        case .string(let text): return .string(self(text))
        case .null, .bool: return value
        default:
            let text = value.text
            let redacted = self(text)
            return redacted == text ? value : .string(redacted)
        }
    }
}

extension String {
    /// The text with its percent escapes written in small letters.
    fileprivate var lowercasingEscapes: String {
        var rest = 0
        return String(
            map { character in
                if character == "%" { rest = 3 }
                defer { rest = max(0, rest - 1) }
                return rest > 0 ? Character(character.lowercased()) : character
            })
    }
}
