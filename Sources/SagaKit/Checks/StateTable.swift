package import StatesLanguage

/// The states of a machine as a reviewer reads them: a table in Markdown.
package struct StateTable {
    private let scope: MachineScope
    private let outline: Outline

    package init(_ scope: MachineScope, _ outline: Outline) {
        (self.scope, self.outline) = (scope, outline)
    }

    package var text: String {
        let rows = scope.inOrder.map { state in "| \(cells(of: state).joined(separator: " | ")) |\n" }
        return """
            | state | type | part | action | tried again | time-out | undone by |
            |---|---|---|---|---|---|---|

            """ + rows.joined()
    }

    private func cells(of state: State) -> [String] {
        var cells = [state.name, state.typeName, part(of: state.name)]
        if case .task(let task) = state.kind {
            cells += [action(of: task), task.retriers.map(text).joined(separator: "; "), timeout(of: task)]
        } else {
            cells += ["", "", ""]
        }
        if case .step(let undo) = outline.part(of: state.name)?.role,
            case .task(let task) = state.kind, ServiceAction.of(task.resource)?.changes == true
        {
            cells.append(undo.joined(separator: ", "))
        } else {
            cells.append("")
        }
        return cells
    }

    private func part(of state: String) -> String {
        if outline.tellers.contains(state) { return "answer" }
        switch outline.ends[state] {
        case .told(let teller): return "end, after \(teller)"
        case .silent(let reason, _): return "end without an answer: \(reason)"
        case nil: break
        }
        guard let part = outline.part(of: state) else { return "" }
        let role =
            switch part.role {
            case .intake: "intake"
            case .check: "check"
            case .step: part.entrance == outline.forward.first(where: { $0.isStep })?.entrance ? "anchor" : "step"
            case .pivot: "pivot"
            case .undoing: "undo"
            case .answer: "answer"
            case .dispatch: "dispatch"
            }
        return "\(role) \(part.entrance)"
    }

    private func action(of task: TaskState) -> String {
        task.resource.split(separator: ":::").last.map(String.init) ?? task.resource
    }

    private func timeout(of task: TaskState) -> String {
        switch task.timeout {
        case .fixed(let seconds): "\(seconds) s"
        case .path(let path): path.text
        case .query(let expression): expression.text
        case nil: ""
        }
    }

    private func text(of retrier: Retrier) -> String {
        let names = retrier.errorEquals.map { $0.split(separator: ".").last.map(String.init) ?? $0 }
        let jitter = retrier.hasJitter ? ", jitter" : ""
        let cap = retrier.maxDelaySeconds.map { ", up to \($0) s apart" } ?? ""
        return "\(retrier.maxAttempts)× \(names.joined(separator: ", "))\(cap)\(jitter)"
    }
}

extension Outline.Part {
    package var isStep: Bool { if case .step = role { true } else { false } }
}
