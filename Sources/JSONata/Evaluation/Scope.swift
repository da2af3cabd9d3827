/// The variables of a block or of the body of a function, and where to look for others.
final class Scope {
    private var names: [String] = []
    private var values: [JSONataValue] = []
    private(set) var parent: Scope?
    /// Whether a function holds on to it.
    private(set) var isCaptured = false

    init(parent: Scope?) { self.parent = parent }

    /// - Parameter names: as many as there are values, and no two the same.
    init(_ names: [String], _ values: [JSONataValue], parent: Scope?) {
        (self.names, self.values, self.parent) = (names, values, parent)
    }

    func bind(_ name: String, _ value: JSONataValue) {
        if let index = names.lastIndex(of: name) {
            values[index] = value
        } else {
            names.append(name)
            values.append(value)
        }
    }

    /// The value of a variable; `nil` where there is none of that name.
    func value(of name: String) -> JSONataValue? {
        var scope: Scope? = self
        while let current = scope {
            if let index = current.names.firstIndex(of: name) { return current.values[index] }
            scope = current.parent
        }
        return nil
    }

    /// Marks this scope and those around it, and adds them to `captured`. A function and the variable that it is bound
    /// to hold on to one another, so that somebody has to let go of them in the end.
    func capture(in captured: inout [Scope]) {
        var scope: Scope? = self
        while let current = scope, !current.isCaptured {
            current.isCaptured = true
            captured.append(current)
            scope = current.parent
        }
    }

    /// Lets go of everything.
    func release() {
        names = []
        values = []
        parent = nil
    }

    /// How large this is, in bytes of memory.
    var size: Int { 96 + names.count * 48 }
}
