/// The identifier of a request: a UUID, of which the exact text counts.
package struct RequestID: Hashable, Sendable {
    package static let rule = "a UUID: 8-4-4-4-12 hexadecimal digits, like 6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11"

    package let text: String

    package init(_ text: String) throws(RuleViolation) {
        let groups = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard groups.map(\.count) == [8, 4, 4, 4, 12], groups.joined().allSatisfy(\.isHexadecimalDigit) else {
            throw RuleViolation(field: "requestId", value: text, rule: Self.rule)
        }
        self.text = text
    }
}

/// The id of an AWS account. A leading zero counts, so it is never a number.
package struct AccountID: Hashable, Sendable {
    package static let rule = "exactly 12 digits"
    /// The rule for the account of a request, which is not the provider's own.
    package static let otherRule = "exactly 12 digits, and not those of the provider's own account"

    package let text: String

    package init(_ text: String) throws(RuleViolation) {
        guard text.utf8.count == 12, text.utf8.allSatisfy(\.isDigit) else {
            throw RuleViolation(field: "account", value: text, rule: Self.rule)
        }
        self.text = text
    }
}

/// The name of a cleanroom and of its Glue database.
///
/// Names that are reserved words of SQL are valid; statements quote them.
package struct DatabaseName: Hashable, Sendable {
    package static let rule =
        "a lowercase snake_case name: a letter first, then letters a-z, digits and _, at most 255 bytes"

    package let text: String

    package init(_ text: String) throws(RuleViolation) {
        guard let first = text.utf8.first, first.isLowercaseLetter, text.utf8.count <= 255,
            text.utf8.allSatisfy({ $0.isLowercaseLetter || $0.isDigit || $0 == UInt8(ascii: "_") })
        else { throw RuleViolation(field: "database", value: text, rule: Self.rule) }
        self.text = text
    }
}

extension RequestID: CustomStringConvertible { package var description: String { text } }
extension AccountID: CustomStringConvertible { package var description: String { text } }
extension DatabaseName: CustomStringConvertible { package var description: String { text } }

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    var isLowercaseLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
    var isUppercaseLetter: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }

    var isHexadecimalDigit: Bool {
        isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
            || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(self)
    }
}
