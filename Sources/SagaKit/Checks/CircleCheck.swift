package import StatesLanguage

/// Holds every circle of a compiled machine against its end: each way back to a state counts, makes a list shorter or
/// asks for the page after.
///
/// A repeat that has followed another execution is led to undoing by nothing, so the way from there closes no circle.
package struct CircleCheck {
    private let source: JSONValue
    private let scope: MachineScope
    private let outline: Outline

    package init(_ source: JSONValue, _ scope: MachineScope, _ outline: Outline) {
        (self.source, self.scope, self.outline) = (source, scope, outline)
    }

    package func problems() -> [Problem] {
        var targets: [String: Set<String>] = [:]
        for state in scope.inOrder where !comesCloser(state) {
            targets[state.name] = Set(
                state.edges.filter { !outline.isClosedToRepeats($0, of: state.name) && !comesCloser($0, of: state) }
                    .map(\.target))
        }
        // What has no way on among the rest, or none to it, is on no circle.
        var isSmaller = true
        while isSmaller {
            let entered = targets.values.reduce(into: Set<String>()) { $0.formUnion($1) }
            let rest = targets.filter { entered.contains($0.key) }
                .mapValues { $0.filter { targets[$0] != nil } }.filter { !$0.value.isEmpty }
            isSmaller = rest.count < targets.count
            targets = rest
        }
        return scope.inOrder.filter { targets[$0.name] != nil }.map {
            Problem(
                .sagaStepRepeated, at: $0.place,
                "a way leads back to it that neither counts, nor makes a list shorter, nor asks for a page after")
        }
    }

    /// Whether the way makes a list shorter, or reads on in a smaller step.
    private func comesCloser(_ edge: State.Edge, of state: State) -> Bool {
        guard let json = source.value(at: state.place) else { return false }
        let way: JSONValue? =
            switch edge.kind {
            case .rule(let index): json["Choices"]?[index]
            case .catcher(let index): json["Catch"]?[index]
            default: json
            }
        return (way?["Assign"]?.objectValue ?? [:]).contains { name, value in
            value.text.contains("$\(Expression<[JSONValue]>.index) > 0") || value.text.contains("$\(name).before")
                || name == History.pageSize.name && value == 1
        }
    }

    /// Whether the state cannot be come to for ever.
    private func comesCloser(_ state: State) -> Bool {
        let json = source.value(at: state.place)
        switch state.kind {
        case .task: return json?["Arguments"]?["NextToken"] != nil
        case .wait:
            return (json?["Assign"]?.objectValue ?? [:]).contains { name, value in
                value.text.contains("$\(name) + 1")
            }
        default: return false
        }
    }
}
