import CleanroomModel
import SagaKit
import StatesLanguage

/// Where the ways out of a state have to lead, by what the state has found out.
extension ContractCheck {
    func ways(from state: State) -> [Problem] {
        guard let json = source.value(at: state.place) else { return [] }
        let problems = state.edges.compactMap { edge -> Problem? in
            guard let target = scope.state(edge.target), let next = source.value(at: target.place) else { return nil }
            return rollback(json, before: next, at: state.place) ?? pages(json, before: next, at: edge.place)
                ?? taken(json, by: edge, next) ?? unread(json, by: edge, next) ?? events(json, by: edge, next)
                ?? handedOn(json, by: edge, target)
        }
        return problems + (state.typeName == "Choice" ? own(state, json) + undecided(state) : [])
    }

    /// What is noted of a registration fits what is said of it next.
    private func rollback(_ pass: JSONValue, before next: JSONValue, at place: ProblemPath) -> Problem? {
        guard pass["ResultPath"] == "$.rollback", let mark = pass["Parameters"] else { return nil }
        let said = next["ResultPath"] == "$.left" ? next["Parameters"]?["text.$"]?.stringValue : nil
        let isReplaced = said?.contains("unless that is another\\'s by now") ?? false
        if mark["isReplaced"] != .bool(isReplaced) {
            return broken(place, "isReplaced is \(isReplaced), as what is said next has it")
        }
        // What could not be found out, or is another's, is left alone.
        return said != nil && mark["isRegistered"] != false
            ? broken(place, "what is named as left is not taken for registered by this execution") : nil
    }

    /// A sweep that has handed its rest on has ended.
    private func handedOn(_ task: JSONValue, by edge: State.Edge, _ next: State) -> Problem? {
        task["Parameters"]?["Input.$"] == "States.JsonToString($.rest)" && edge.kind == .next
            && next.typeName != "Succeed"
            ? broken(edge.place, "who has handed on the rest of a sweep does nothing more") : nil
    }

    /// A page that was kept is asked for the one after it.
    private func pages(_ pass: JSONValue, before next: JSONValue, at place: ProblemPath) -> Problem? {
        guard pass["Type"] == "Pass", pass["Parameters"]?["pages.$"]?.stringValue?.contains("$.page") == true else {
            return nil
        }
        let asks = next["Choices"]?.arrayValue?.contains { Self.variables(in: $0).contains("$.page.NextToken") }
        return asks == true ? nil : broken(place, "whether there is a page after is asked of each page")
    }

    /// Of each page of a history it is asked whether it has events.
    private func events(_ task: JSONValue, by edge: State.Edge, _ next: JSONValue) -> Problem? {
        guard edge.kind == .next,
            task["Resource"]?.stringValue?.hasSuffix(":getExecutionHistory") == true,
            next["Choices"]?[0]?["Variable"] != "$.sifted.events[0]"
        else { return nil }
        return broken(edge.place, "what a page of a history shows is looked at")
    }

    /// What a history shows is gone on from, and the sooner half of it is not.
    private func taken(_ choice: JSONValue, by edge: State.Edge, _ next: JSONValue) -> Problem? {
        guard case .rule(let index) = edge.kind,
            let variable = choice["Choices"]?.arrayValue?[index]["Variable"]?.stringValue,
            variable.hasPrefix("$.sifted."), !["$.sifted.told[0]", "$.sifted.events[0]"].contains(variable)
        else { return nil }
        if variable == "$.sifted.undecided[0]" {
            let asks = next["Choices"]?.arrayValue?.contains { $0.text.contains("$.histories.before.arn") }
            return asks == true ? nil : broken(edge.place, "who has read that far looks for the history before")
        }
        return next["Parameters"]?.text.contains(variable) == true
            ? nil : broken(edge.place, "who finds \(variable) goes on from it")
    }

    /// What failed has no result to go on with, and what could not be read is not empty.
    private func unread(_ task: JSONValue, by edge: State.Edge, _ next: JSONValue) -> Problem? {
        guard case .catcher(let index) = edge.kind,
            task["Catch"]?.arrayValue?[index]["ErrorEquals"] == [.string(StatesError.all)]
        else { return nil }
        if task["ResultPath"]?.stringValue != nil, task["Next"]?.stringValue == edge.target {
            return broken(edge.place, "\(edge.target) goes on with a result, and there is none")
        }
        return next["Parameters"] == ["pages.$": "States.Array()"]
            ? broken(edge.place, "a list that cannot be read is not empty") : nil
    }

    /// Where the marker is this execution's own the way is another than where it is not.
    private func own(_ state: State, _ json: JSONValue) -> [Problem] {
        let rules = json["Choices"]?.arrayValue ?? []
        guard
            let index = rules.firstIndex(where: {
                $0["Variable"] == "$.marker.execution" && $0["StringEqualsPath"] == "$.execution.id"
            }), let own = rules[index]["Next"]?.stringValue
        else { return [] }
        return state.edges.filter { $0.kind != .rule(index) && $0.target == own }.map {
            broken($0.place, "\(own) is for what bears this execution's own marker")
        }
    }

    /// A choice all of whose ways are one decides nothing.
    private func undecided(_ state: State) -> [Problem] {
        Set(state.edges.map(\.target)).count > 1
            ? [] : [broken(state.place, "all ways out of the choice are the same one")]
    }
}
