/// The members of an object in the order in which they came.
///
/// A copy shares its members until one of them is changed. `update` alone changes them for all copies: a transformation
/// works on a copy of its own that the language reaches by many ways.
package struct JSONataObject {
    /// From how many members on there is an index of the names.
    private static let indexedCount = 17

    private final class Storage {
        var names: [String] = []
        var values: [JSONataValue] = []
        var index: [Name: Int]?
        var nesting = 1

        func position(of name: String) -> Int? {
            if let index { return index[Name(text: name)] }
            return names.firstIndex { $0.isSame(as: name) }
        }

        func buildIndex() {
            index =
                names.count < indexedCount
                ? nil : Dictionary(names.enumerated().map { (Name(text: $1), $0) }, uniquingKeysWith: { $1 })
        }

        func set(_ name: String, _ value: JSONataValue) {
            nesting = Swift.max(nesting, 1 + value.nesting)
            if let position = position(of: name) {
                values[position] = value
                return
            }
            names.append(name)
            values.append(value)
            if index == nil { buildIndex() } else { index?[Name(text: name)] = names.count - 1 }
        }

        func remove(_ name: String) {
            guard let position = position(of: name) else { return }
            names.remove(at: position)
            values.remove(at: position)
            buildIndex()
        }

        func copy() -> Storage {
            let copy = Storage()
            (copy.names, copy.values, copy.index, copy.nesting) = (names, values, index, nesting)
            return copy
        }
    }

    private var storage = Storage()

    package init() {}

    /// Makes an object; where a name comes twice the last value stands.
    package init(_ members: some Swift.Sequence<(String, JSONataValue)>) {
        for (name, value) in members { storage.set(name, value) }
    }

    /// Makes an object of members of which no two have the same name.
    package init(ofDifferentNames members: some Swift.Sequence<(String, JSONataValue)>) {
        storage.names.reserveCapacity(members.underestimatedCount)
        storage.values.reserveCapacity(members.underestimatedCount)
        for (name, value) in members {
            storage.names.append(name)
            storage.values.append(value)
            storage.nesting = Swift.max(storage.nesting, 1 + value.nesting)
        }
        storage.buildIndex()
    }

    package var count: Int { storage.names.count }
    var names: [String] { storage.names }
    var values: [JSONataValue] { storage.values }
    /// How many levels of arrays and objects there are, this one included.
    var nesting: Int { storage.nesting }

    package subscript(name: String) -> JSONataValue? {
        get { storage.position(of: name).map { storage.values[$0] } }
        set {
            if !isKnownUniquelyReferenced(&storage) { storage = storage.copy() }
            if let newValue { storage.set(name, newValue) } else { storage.remove(name) }
        }
    }

    /// Sets a member in this object and in all copies of it.
    func update(_ name: String, _ value: JSONataValue) { storage.set(name, value) }

    /// Removes a member from this object and from all copies of it.
    func delete(_ name: String) { storage.remove(name) }

    /// Whether both are copies of one object, so that `update` changes both.
    func isCopy(of other: JSONataObject) -> Bool { storage === other.storage }
}

extension JSONataObject: Sequence {
    package func makeIterator() -> some IteratorProtocol<(String, JSONataValue)> {
        zip(storage.names, storage.values).makeIterator()
    }

    package var underestimatedCount: Int { count }
}

/// A name as a key: compared byte by byte, as JSON compares names.
private struct Name: Hashable {
    let text: String

    static func == (left: Name, right: Name) -> Bool { left.text.isSame(as: right.text) }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
