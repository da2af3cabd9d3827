package import StatesLanguage

/// One of the things that a call is about, with the values of it that access depends on. A batch has one for each entry.
package struct AccessSubject: Hashable, Sendable {
    package let action: String
    package let facts: [String: String]

    /// What a call is about.
    ///
    /// - Parameters:
    ///   - names: the values of the call that access depends on.
    ///   - machine: the ARN of the machine whose task calls.
    ///   - hasAlias: whether the machine is started by its alias.
    package static func subjects(
        of action: ServiceAction, _ parameters: JSONValue, using names: Set<String>, by machine: String, hasAlias: Bool
    ) -> [AccessSubject] {
        var facts: [String: String] = ["Machine": machine]
        // Who starts the alias has its executions run as the alias and a version of it. Which of the ARNs IAM is asked
        // for is documented nowhere, so all have to be allowed.
        if hasAlias {
            facts["Machine.Alias"] = machine + ":live"
            facts["Machine.Version"] = machine + ":1"
        }
        if let statement = parameters["QueryString"]?.stringValue {
            facts["Statement"] = statement.split(separator: " ").prefix(2).joined(separator: " ")
            let quoted = statement.split(separator: "`", omittingEmptySubsequences: false)
            facts["Statement.Database"] = quoted.count > 1 ? String(quoted[1]) : ""
        }
        func subject(_ part: JSONValue) -> AccessSubject {
            var all = facts
            flatten(part, under: "", into: &all)
            return AccessSubject(action: action.integration, facts: all.filter { names.contains($0.key) })
        }
        guard let entries = parameters["Entries"]?.arrayValue else { return [subject(parameters)] }
        return Array(Set(entries.map(subject)))
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
