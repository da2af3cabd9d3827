/// What an evaluation may cost: the host gives it, and everything in this target that repeats or grows takes from it
/// first.
package struct JSONataBudget: Sendable {
    /// How much text, gone through or matched, counts as one step.
    package static let bytesPerStep = 16
    /// How much an element of an array counts.
    static let bytesPerElement = 24
    /// How deep an evaluation may go, if the host does not say otherwise. A level is a part of an expression within
    /// another one, a call of a built-in function, or the body of a function.
    package static let defaultDepth = 256

    /// A step is a part of an expression that is evaluated, a value that is looked at, or `bytesPerStep` of a text.
    package let maximumSteps: Int
    package let maximumDepth: Int
    /// How large all texts, arrays and objects that are made may be together: texts in UTF-8, 24 bytes an element.
    package let maximumBytes: Int

    package private(set) var steps = 0
    package private(set) var bytes = 0
    private(set) var depth = 0

    package init(steps: Int, depth: Int = Self.defaultDepth, bytes: Int) {
        (maximumSteps, maximumDepth, maximumBytes) = (steps, depth, bytes)
    }

    /// Takes steps.
    ///
    /// - Throws: an excess when there are not as many left.
    package mutating func charge(steps count: Int) throws(JSONataFailure) {
        if count > maximumSteps - steps {
            steps = maximumSteps
            throw .excess(.steps)
        }
        steps += count
    }

    /// Takes the steps for going through a text.
    ///
    /// - Throws: an excess when there are not as many left.
    package mutating func charge(walkingBytes count: Int) throws(JSONataFailure) {
        try charge(steps: 1 + count / Self.bytesPerStep)
    }

    /// Takes the bytes of a value that is about to be made, and the steps for making it.
    ///
    /// - Throws: an excess when there are not as many left.
    package mutating func charge(bytes count: Int) throws(JSONataFailure) {
        if count > maximumBytes - bytes {
            bytes = maximumBytes
            throw .excess(.bytes)
        }
        bytes += count
        try charge(walkingBytes: count)
    }

    /// Takes the bytes of an array that is about to be made.
    ///
    /// - Throws: an excess when there are not as many left.
    package mutating func charge(elements count: Int) throws(JSONataFailure) {
        let (size, overflow) = count.multipliedReportingOverflow(by: Self.bytesPerElement)
        try charge(bytes: overflow ? .max : size)
    }

    /// Goes one level down.
    ///
    /// - Throws: an excess at the deepest level.
    mutating func descend() throws(JSONataFailure) {
        if depth >= maximumDepth { throw .excess(.depth) }
        depth += 1
        try charge(steps: 1)
    }

    mutating func ascend() { depth -= 1 }
}
