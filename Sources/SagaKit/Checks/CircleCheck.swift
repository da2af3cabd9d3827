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
                state.edges.filter { !outline.isDefaultOfRepeat($0, of: state.name) }.map(\.target))
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

    /// Whether the state cannot be come to for ever.
    private func comesCloser(_ state: State) -> Bool {
        let parameters = source.value(at: state.place)?["Parameters"]
        switch state.kind {
        case .task:
            return parameters?["NextToken.$"] != nil || source.value(at: state.place)?["Arguments"]?["NextToken"] != nil
        case .queryChoice(let choice):
            return choice.rules.indices.contains { index in
                let rule = source.value(at: state.place.appending("Choices").appending(index))
                return rule?["Assign"]?.text.contains("$\(Expression<[JSONValue]>.index) > 0") ?? false
            }
        case .pass:
            if let state = source.value(at: state.place), let from = state["InputPath"]?.stringValue,
                let to = state["ResultPath"]?.stringValue, from.hasPrefix(to + ".")
            {
                return true
            }
            let text = parameters?.text ?? ""
            return text.contains("[1:]") || text.contains("States.MathAdd(")
        default: return false
        }
    }
}
