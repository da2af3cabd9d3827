package import StatesLanguage

/// What AWS asks IAM before it carries a call out: whether the role may do an action to a resource.
package struct AccessRequest: Hashable, Sendable, CustomStringConvertible {
    package let action: String
    package let resource: String
    /// The condition keys that AWS puts into the request, each with its values.
    package let keys: [String: [String]]

    package init(_ action: String, on resource: String, keys: [String: [String]] = [:]) {
        (self.action, self.resource, self.keys) = (action, resource, keys)
    }

    package var description: String {
        let keys = keys.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.joined(separator: ","))" }
        return "\(action) on \(resource)" + (keys.isEmpty ? "" : " with " + keys.joined(separator: " "))
    }
}

/// One of the things that a call is about, with the values of it that access depends on. A batch has one for each entry.
package struct AccessSubject: Hashable, Sendable {
    private let action: String
    private let facts: [String: String]

    /// What a call is about.
    ///
    /// - Parameter machine: the ARN of the machine whose task calls.
    package static func subjects(
        of resource: TaskResource, _ parameters: JSONValue, by machine: String
    ) -> [AccessSubject] {
        guard let action = ServiceAction.of(resource) else {
            preconditionFailure("it is not known what \(resource.name) needs")
        }
        var facts: [String: String] = ["Machine": machine]
        // Who starts the alias has its executions run as the alias and a version of it. Which of the ARNs IAM is asked
        // for is documented nowhere, so all have to be allowed; the recovery has no alias.
        if !machine.hasSuffix(MachineName.recoverySuffix) {
            facts["Machine.Alias"] = machine + ":live"
            facts["Machine.Version"] = machine + ":1"
        }
        if let statement = parameters["QueryString"]?.stringValue {
            facts["Statement"] = statement.split(separator: " ").prefix(2).joined(separator: " ")
            let quoted = statement.split(separator: "`", omittingEmptySubsequences: false)
            facts["Statement.Database"] = quoted.count > 1 ? String(quoted[1]) : ""
        }
        let isUsed = action.factNames
        func subject(_ part: JSONValue) -> AccessSubject {
            var all = facts
            flatten(part, under: "", into: &all)
            return AccessSubject(action: action.integration, facts: all.filter { isUsed.contains($0.key) })
        }
        guard let entries = parameters["Entries"]?.arrayValue else { return [subject(parameters)] }
        return Array(Set(entries.map(subject)))
    }

    /// All that AWS asks for.
    ///
    /// - Parameter deployment: the values for `${…}`.
    package func requests(in deployment: [String: String]) -> [AccessRequest] {
        (ServiceAction.of(integration: action)?.requirements ?? []).flatMap { requirement -> [AccessRequest] in
            guard requirement.applicability.holds(of: facts, in: deployment) else { return [] }
            let keys = Dictionary(
                requirement.keys.map { ($0.name, [$0.asked.text(of: facts, in: deployment)]) },
                uniquingKeysWith: { $0 + $1 })
            let resources = requirement.resources.map { $0.asked.text(of: facts, in: deployment) }
            return requirement.actions.flatMap { action in
                resources.map { AccessRequest(action, on: $0, keys: keys) }
            }
        }
    }

    /// Names each value by the members that lead to it, with dots between them.
    private static func flatten(_ json: JSONValue, under name: String, into facts: inout [String: String]) {
        switch json {
        case .object(let members):
            for (member, value) in members {
                flatten(value, under: name.isEmpty ? member : "\(name).\(member)", into: &facts)
            }
        case .string(let text): facts[name] = text
        case .array: break
        default: facts[name] = json.text
        }
    }
}

/// How the machines of a deployment are called, after the deployment's name.
enum MachineName {
    static let recoverySuffix = "-recover"
}
