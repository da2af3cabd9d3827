/// The functions that an expression can call.
package struct JSONataLibrary: Sendable {
    private var functions: [String: Entry]

    /// A function, and the value that it is wherever it is named.
    private struct Entry: @unchecked Sendable {
        let function: JSONataBuiltIn
        /// It never changes.
        let value: JSONataFunction

        init(_ function: JSONataBuiltIn) {
            self.function = function
            value = JSONataFunction(.builtIn(function))
        }
    }

    /// All functions of the language but `$eval`, which would read what data says as an expression.
    package static let standard = JSONataLibrary(
        textFunctions + encodingFunctions + patternFunctions + numberFunctions + numberFormatFunctions
            + arrayFunctions + objectFunctions + higherOrderFunctions + valueFunctions + timeFunctions)

    init(_ functions: [JSONataBuiltIn]) {
        self.functions = Dictionary(functions.map { ($0.name, Entry($0)) }, uniquingKeysWith: { $1 })
    }

    package subscript(name: String) -> JSONataBuiltIn? { functions[name]?.function }

    func function(_ name: String) -> JSONataFunction? { functions[name]?.value }

    /// The names of all functions, without `$`, in order.
    package var names: [String] { functions.keys.sorted() }

    /// The library with these functions too, instead of those that have their names.
    package func adding(_ added: [JSONataBuiltIn]) -> JSONataLibrary {
        var library = self
        for function in added { library.functions[function.name] = Entry(function) }
        return library
    }

    /// The library without the functions of these names.
    package func removing(_ names: [String]) -> JSONataLibrary {
        var library = self
        for name in names { library.functions[name] = nil }
        return library
    }
}
