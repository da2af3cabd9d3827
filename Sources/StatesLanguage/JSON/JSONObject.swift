import OrderedCollections

/// The members of a JSON object in the order in which they were written.
///
/// The order is kept for people who read the output; it does not count when two objects are compared.
package struct JSONObject: Sendable {
    private var members: OrderedDictionary<String, JSONValue>

    package init() {
        members = [:]
    }

    /// Makes an object of `pairs`; where a name comes twice the last value stands.
    package init(_ pairs: some Sequence<(String, JSONValue)>) {
        members = OrderedDictionary(pairs, uniquingKeysWith: { $1 })
    }

    package subscript(name: String) -> JSONValue? {
        get { members[name] }
        set { members[name] = newValue }
    }

    package var names: some Sequence<String> { members.keys }
    package var count: Int { members.count }
    package var isEmpty: Bool { members.isEmpty }

    /// The members of this object, and those of `other` where both have a name.
    package func merging(_ other: JSONObject) -> JSONObject {
        var merged = self
        for (name, value) in other { merged[name] = value }
        return merged
    }
}

extension JSONObject: Sequence {
    package func makeIterator() -> some IteratorProtocol<(String, JSONValue)> {
        members.lazy.map { ($0.key, $0.value) }.makeIterator()
    }
}

extension JSONObject: Hashable {
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members.count == right.members.count
            && left.members.allSatisfy { name, value in right.members[name] == value }
    }

    package func hash(into hasher: inout Hasher) {
        var combined = 0
        for (name, value) in members {
            var member = Hasher()
            member.combine(name)
            member.combine(value)
            combined ^= member.finalize()
        }
        hasher.combine(combined)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral members: (String, JSONValue)...) {
        self.init(members)
    }
}
