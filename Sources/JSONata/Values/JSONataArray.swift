/// The elements of an array, with what the language remembers about how it came about.
package struct JSONataArray {
    /// What an array is beyond its elements.
    struct Traits: OptionSet {
        let rawValue: UInt8

        /// Made by the language: one element stands for itself, none for nothing.
        static let sequence = Traits(rawValue: 1)
        /// A sequence that stays an array with one element.
        static let keepsSingleton = Traits(rawValue: 2)
        /// The wrapper around an input that is an array, so that it counts as one value.
        static let wrapsInput = Traits(rawValue: 4)
        /// Written as `[…]` in a path, so that it is not flattened.
        static let constructed = Traits(rawValue: 8)
        /// Its elements are tuples: a context under `@`, and the variables that are bound with it.
        static let tuples = Traits(rawValue: 16)
    }

    package private(set) var elements: [JSONataValue]
    var traits: Traits
    /// How many levels of arrays and objects there are, this one included.
    var nesting: Int { Int(levels) }
    private var levels: Int32

    /// Makes an array that stays one.
    package init(_ elements: [JSONataValue]) { self.init(elements, traits: []) }

    /// Makes a sequence: one element stands for itself, none for nothing.
    package init(sequence elements: [JSONataValue]) { self.init(elements, traits: .sequence) }

    init(_ elements: [JSONataValue], traits: Traits) {
        self.elements = elements
        self.traits = traits
        levels = Int32(1 + elements.reduce(0) { max($0, $1.nesting) })
    }

    /// An empty sequence.
    init() { self.init([], traits: .sequence) }

    var isSequence: Bool { traits.contains(.sequence) }
    var isTuples: Bool { traits.contains(.tuples) }
    package var count: Int { elements.count }

    mutating func append(_ value: JSONataValue) {
        elements.append(value)
        levels = max(levels, Int32(1 + value.nesting))
    }

    mutating func append(contentsOf other: JSONataArray) {
        elements.append(contentsOf: other.elements)
        levels = max(levels, other.levels)
    }
}
