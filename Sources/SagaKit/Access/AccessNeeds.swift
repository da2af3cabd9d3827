package import StatesLanguage

/// What AWS asks IAM for behind each action that the machines of a service call, and the policy that follows from it.
package struct AccessNeeds: Sendable {
    private let byIntegration: [String: [Requirement]]
    private let names: [String: Set<String>]
    /// What every machine needs though no call shows it.
    private let besides: [Requirement]
    /// What the names of the machines end in that are started by no alias.
    private let withoutAlias: [String]

    /// - Parameters:
    ///   - needs: what AWS asks for behind each action.
    ///   - besides: what every machine needs though no call shows it.
    ///   - withoutAlias: what the names of the machines end in that are started by no alias.
    package init(_ needs: [(ServiceAction, [Requirement])], besides: [Requirement], withoutAlias: [String]) {
        byIntegration = Dictionary(uniqueKeysWithValues: needs.map { ($0.integration, $1) })
        names = byIntegration.mapValues { $0.reduce(into: []) { $0.formUnion($1.names) } }
        (self.besides, self.withoutAlias) = (besides, withoutAlias)
    }

    /// What AWS asks for behind an action; nothing is called for which that is not known.
    package func requirements(of action: ServiceAction) -> [Requirement] {
        guard let requirements = byIntegration[action.integration], !requirements.isEmpty else {
            preconditionFailure("it is not known what \(action.integration) needs")
        }
        return requirements
    }

    /// What a call is about.
    ///
    /// - Parameter machine: the ARN of the machine whose task calls.
    package func subjects(of resource: TaskResource, _ parameters: JSONValue, by machine: String) -> [AccessSubject] {
        guard let action = ServiceAction.of(resource) else {
            preconditionFailure("it is not known what \(resource.name) needs")
        }
        return AccessSubject.subjects(
            of: action, parameters, using: names[action.integration] ?? [], by: machine,
            hasAlias: !withoutAlias.contains(where: machine.hasSuffix))
    }

    /// All that AWS asks for of a subject of a call.
    ///
    /// - Parameter deployment: the values for `${…}`.
    package func requests(of subject: AccessSubject, in deployment: [String: String]) -> [AccessRequest] {
        (byIntegration[subject.action] ?? []).flatMap { requirement -> [AccessRequest] in
            guard requirement.applicability.holds(of: subject.facts, in: deployment) else { return [] }
            let keys = Dictionary(
                requirement.keys.map { ($0.name, [$0.asked.text(of: subject.facts, in: deployment)]) },
                uniquingKeysWith: { $0 + $1 })
            let resources = requirement.resources.map { $0.asked.text(of: subject.facts, in: deployment) }
            return requirement.actions.flatMap { action in
                resources.map { AccessRequest(action, on: $0, keys: keys) }
            }
        }
    }

    /// The policy document of the role under which machines act: what their tasks need, and nothing besides, with the
    /// reason of each `*` and the pages of AWS that ask for each action.
    package func policy(for machines: [MachineScope]) -> JSONValue {
        var seen: Set<String> = []
        var needed: [Requirement] = []
        for state in machines.flatMap(\.inOrder) {
            guard case .task(let task) = state.kind, seen.insert(task.resource).inserted else { continue }
            guard let action = ServiceAction.of(task.resource) else {
                preconditionFailure("it is not known what \(task.resource) needs")
            }
            needed += requirements(of: action)
        }
        let statements = [needed, besides].flatMap { PolicyStatement.all(of: $0.flatMap(PolicyRight.all)) }
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
    package var ofEveryMachine: [String: String] {
        besides.reduce(into: [:]) { reasons, requirement in
            for action in requirement.actions { reasons[action] = requirement.reason }
        }
    }
}
