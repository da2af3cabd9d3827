import JSONata

/// The names that no variable should have: it would take the place of a function, or is AWS's own.
package enum QueryNames {
    package static let reserved = Set(JSONataLibrary.stepFunctions.names + [QueryReference.states, "eval"])
}
