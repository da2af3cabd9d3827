import Foundation
import StatesLanguage

/// Where a list goes on, as a token that says nothing to who gets it.
///
/// It is not signed: whoever can read one can make one, with any list and any position.
struct PageToken {
    /// What the token is for, so that one of another list is refused.
    let list: String
    let position: String

    /// More than any list has, and little enough that a page can be added to it.
    private static let maximumNumber = 1 << 53

    init(list: String, position: String) {
        self.list = list
        self.position = position
    }

    /// Reads a token of a list; `nil` for one that it did not give.
    init?(_ text: String, of list: String) {
        guard let data = Data(base64Encoded: text) else { return nil }
        let parts = String(decoding: data, as: UTF8.self).split(separator: "\n", maxSplits: 1)
        guard parts.count == 2, parts[0] == list else { return nil }
        self.init(list: list, position: String(parts[1]))
    }

    var text: String { Data("\(list)\n\(position)".utf8).base64EncodedString() }

    /// Where the page begins that a call asks for; `nil` for the first one.
    static func position(
        _ call: ServiceCall, of list: String, refusedAs code: String = "InvalidInputException"
    ) throws(ServiceError) -> String? {
        guard let text = call.parameters["NextToken"]?.stringValue else { return nil }
        guard let token = PageToken(text, of: list) else { throw refusal(of: call, as: code) }
        return token.position
    }

    /// The same in a list whose places are numbered: from 0, and so small that a page can be added to it.
    static func number(
        _ call: ServiceCall, of list: String, refusedAs code: String = "InvalidInputException"
    ) throws(ServiceError) -> Int? {
        try position(call, of: list, refusedAs: code).map { position throws(ServiceError) in
            try number(position, in: call, refusedAs: code)
        }
    }

    /// A position as such a number, which a token has or is.
    static func number(
        _ position: String, in call: ServiceCall, refusedAs code: String = "InvalidInputException"
    ) throws(ServiceError) -> Int {
        guard let number = Int(position), (0...maximumNumber).contains(number) else {
            throw refusal(of: call, as: code)
        }
        return number
    }

    /// That a list did not give the token of a call.
    static func refusal(of call: ServiceCall, as code: String) -> ServiceError {
        ServiceError(code, "Invalid Token: '\((call.parameters["NextToken"]?.stringValue ?? "").prefix(100))'")
    }
}
