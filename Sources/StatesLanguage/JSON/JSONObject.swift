/// The members of a JSON object in the order in which they were written.
///
/// The order is kept for people who read the output; it does not count when two objects are compared. Nearly all objects
/// are small, and comparing a few names is faster than hashing one; a large one has an index of its names.
package struct JSONObject: Sendable {
    /// From how many members on there is an index.
    private static let indexedCount = 17

    private var members: [(String, JSONValue)] = []
    private var index: [String: Int]?

    package init() {}

    /// An empty object with room for `count` members.
    init(minimumCapacity count: Int) { members.reserveCapacity(count) }

    /// Makes an object of `pairs`; where a name comes twice the last value stands.
    package init(_ pairs: some Sequence<(String, JSONValue)>) {
        members.reserveCapacity(pairs.underestimatedCount)
        for (name, value) in pairs { self[name] = value }
    }

    package subscript(name: String) -> JSONValue? {
        get { position(of: name).map { members[$0].1 } }
        set {
            let position = position(of: name)
            switch (position, newValue) {
            case (let position?, let value?): members[position].1 = value
            case (let position?, nil):
                members.remove(at: position)
                buildIndex()
            case (nil, let value?): append(name, value)
            case (nil, nil): break
            }
        }
    }

    package var names: some Sequence<String> { members.lazy.map(\.0) }
    var values: some Sequence<JSONValue> { members.lazy.map(\.1) }
    package var count: Int { members.count }
    package var isEmpty: Bool { members.isEmpty }

    /// The members of this object, and those of `other` where both have a name.
    package func merging(_ other: JSONObject) -> JSONObject {
        var merged = self
        for (name, value) in other { merged[name] = value }
        return merged
    }

    /// Adds a member with a name that is not there.
    mutating func append(_ name: String, _ value: JSONValue) {
        members.append((name, value))
        if index != nil {
            index?[name] = members.count - 1
        } else if members.count >= Self.indexedCount {
            buildIndex()
        }
    }

    private func position(of name: String) -> Int? {
        if let index { return index[name] }
        for position in members.indices where members[position].0 == name { return position }
        return nil
    }

    private mutating func buildIndex() {
        index = nil
        if members.count < Self.indexedCount { return }
        index = Dictionary(uniqueKeysWithValues: members.indices.lazy.map { [members] in (members[$0].0, $0) })
    }
}

extension JSONObject: Sequence {
    package func makeIterator() -> some IteratorProtocol<(String, JSONValue)> {
        members.makeIterator()
    }

    package var underestimatedCount: Int { members.count }
}

extension JSONObject: Hashable {
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members.count == right.members.count
            && left.members.allSatisfy { name, value in right[name] == value }
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
        self.init(of: members)
    }

    /// Takes members over as they are, unless there are many of them or a name comes twice.
    init(of members: [(String, JSONValue)]) {
        let isPlain =
            members.count < Self.indexedCount
            && members.indices.allSatisfy { later in !members[..<later].contains { $0.0 == members[later].0 } }
        if !isPlain {
            self.init(members)
            return
        }
        self.init()
        self.members = members
    }
}
