import Foundation

/// Where a list goes on, as a token that says nothing to who gets it.
struct PageToken {
    /// What the token is for, so that one of another list is refused.
    let list: String
    let position: String

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
}
