package import StatesLanguage

/// The policy of the role under which the machines act, derived from their tasks.
package enum MachinePolicy {
    /// The policy document that the tasks of machines need, and nothing besides, with the reason of each `*` and the pages
    /// of AWS that ask for each action.
    package static func document(for machines: [MachineScope]) -> JSONValue {
        var seen: Set<String> = []
        var needed: [Requirement] = []
        for state in machines.flatMap(\.inOrder) {
            guard case .task(let task) = state.kind, seen.insert(task.resource).inserted else { continue }
            guard let action = ServiceAction.of(task.resource) else {
                preconditionFailure("it is not known what \(task.resource) needs")
            }
            needed += action.requirements
        }
        let besides = [Requirement].ofEveryMachine
        let statements = [needed, besides].flatMap { Statement.all(of: $0.flatMap(Right.all)) }
        let pages = (needed + besides).reduce(into: [String: Set<String>]()) { pages, requirement in
            for action in requirement.actions { pages[action, default: []].insert(requirement.page) }
        }
        return [
            "Version": "2012-10-17", "Statement": .array(statements.map(\.json)),
            "Reasons": .object(
                JSONObject(
                    statements.compactMap { statement in
                        statement.terms.reason.map { (statement.actions.joined(separator: " "), .string($0)) }
                    })),
            "Sources": .object(
                JSONObject(pages.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.strings($0.value.sorted())) })),
        ]
    }

    /// The actions that every machine needs though no call shows it, each with the reason why it is allowed on all.
    package static let ofEveryMachine: [String: String] = [Requirement].ofEveryMachine.reduce(into: [:]) {
        for action in $1.actions { $0[action] = $1.reason }
    }
}

/// One action on one resource, as a policy allows it.
private struct Right: Hashable {
    let action: String
    let resource: String
    let terms: Terms

    /// Under what something is allowed.
    struct Terms: Hashable {
        let condition: JSONValue?
        let reason: String?
    }

    static func all(of requirement: Requirement) -> [Right] {
        var condition: JSONObject = [:]
        for key in requirement.keys {
            var keys = condition[key.condition]?.objectValue ?? [:]
            keys[key.name] = key.allowed.count == 1 ? .string(key.allowed[0]) : .strings(key.allowed)
            condition[key.condition] = .object(keys)
        }
        let terms = Terms(condition: condition.isEmpty ? nil : .object(condition), reason: requirement.reason)
        return requirement.actions.flatMap { action in
            requirement.resources.flatMap(\.allowed).map { Right(action: action, resource: $0, terms: terms) }
        }
    }
}

/// Actions that are allowed on the same resources under the same terms.
private struct Statement {
    let actions: [String]
    let resources: [String]
    let terms: Right.Terms

    var json: JSONValue {
        var members: JSONObject = ["Effect": "Allow", "Action": .strings(actions), "Resource": .strings(resources)]
        if let condition = terms.condition { members["Condition"] = condition }
        return .object(members)
    }

    /// The statements of rights, in the order in which their first ones come.
    static func all(of rights: [Right]) -> [Statement] {
        struct Grant: Hashable {
            let action: String
            let terms: Right.Terms
        }
        struct Scope: Hashable {
            let resources: [String]
            let terms: Right.Terms
        }
        var resources: [(grant: Grant, resources: [String])] = []
        var places: [Grant: Int] = [:]
        for right in rights {
            let grant = Grant(action: right.action, terms: right.terms)
            if places[grant] == nil {
                places[grant] = resources.count
                resources.append((grant, []))
            }
            if let place = places[grant], !resources[place].resources.contains(right.resource) {
                resources[place].resources.append(right.resource)
            }
        }
        var statements: [(scope: Scope, actions: [String])] = []
        for (grant, all) in resources {
            let scope = Scope(resources: all.filter { !isCovered($0, by: all) }.sorted(), terms: grant.terms)
            if let place = statements.firstIndex(where: { $0.scope == scope }) {
                statements[place].actions.append(grant.action)
            } else {
                statements.append((scope, [grant.action]))
            }
        }
        return statements.map {
            Statement(actions: $0.actions.sorted(), resources: $0.scope.resources, terms: $0.scope.terms)
        }
    }

    /// Whether another one ends in a `*` that takes it in.
    private static func isCovered(_ resource: String, by others: [String]) -> Bool {
        others.contains { $0 != resource && $0.hasSuffix("*") && resource.hasPrefix($0.dropLast()) }
    }
}
