import StatesLanguage

/// One action on one resource, as a policy allows it.
struct PolicyRight: Hashable {
    let action: String
    let resource: String
    let terms: Terms

    /// Under what something is allowed.
    struct Terms: Hashable {
        let condition: JSONValue?
        let reason: String?
    }

    static func all(of requirement: Requirement) -> [PolicyRight] {
        var condition: JSONObject = [:]
        for key in requirement.keys {
            var keys = condition[key.condition]?.objectValue ?? [:]
            keys[key.name] = key.allowed.count == 1 ? .string(key.allowed[0]) : .strings(key.allowed)
            condition[key.condition] = .object(keys)
        }
        let terms = Terms(condition: condition.isEmpty ? nil : .object(condition), reason: requirement.reason)
        return requirement.actions.flatMap { action in
            requirement.resources.flatMap(\.allowed).map { PolicyRight(action: action, resource: $0, terms: terms) }
        }
    }
}

/// Actions that are allowed on the same resources under the same terms.
struct PolicyStatement {
    let actions: [String]
    let resources: [String]
    let terms: PolicyRight.Terms

    var json: JSONValue {
        var members: JSONObject = ["Effect": "Allow", "Action": .strings(actions), "Resource": .strings(resources)]
        if let condition = terms.condition { members["Condition"] = condition }
        return .object(members)
    }

    /// The statements of rights, in the order in which their first ones come.
    static func all(of rights: [PolicyRight]) -> [PolicyStatement] {
        struct Grant: Hashable {
            let action: String
            let terms: PolicyRight.Terms
        }
        struct Scope: Hashable {
            let resources: [String]
            let terms: PolicyRight.Terms
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
            PolicyStatement(actions: $0.actions.sorted(), resources: $0.scope.resources, terms: $0.scope.terms)
        }
    }

    /// Whether another one ends in a `*` that takes it in.
    private static func isCovered(_ resource: String, by others: [String]) -> Bool {
        others.contains { $0 != resource && $0.hasSuffix("*") && resource.hasPrefix($0.dropLast()) }
    }
}
