package import SagaKit
package import StatesLanguage

/// A policy of IAM as it is evaluated: what no statement allows is refused, and what one denies is refused in any case.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html>
package struct PolicyDocument: Sendable {
    /// One action on one resource, as one statement has it.
    package struct Grant: Hashable, Sendable, CustomStringConvertible {
        package let action: String
        package let resource: String
        let conditions: [PolicyCondition]
        let isAllowed: Bool
        /// The statement's `Condition`, as it is written.
        let conditionText: String

        package var description: String {
            "\(action) on \(resource)" + (conditionText.isEmpty ? "" : " when \(conditionText)")
        }

        fileprivate func concerns(_ request: AccessRequest, _ keys: [String: [String]]) -> Bool {
            Wildcard(action.lowercased()).matches(request.action.lowercased())
                && Wildcard(resource).matchesARN(request.resource) && conditions.allSatisfy { $0.holds(of: keys) }
        }
    }

    /// In the order in which they are written.
    package let grants: [Grant]

    private init(grants: [Grant]) { self.grants = grants }

    /// Reads a policy document, or the file with the document of a role.
    ///
    /// - Throws: `PolicyProblem` for what is not known here: it could make a difference.
    package init(_ json: JSONValue) throws(PolicyProblem) {
        var grants: [Grant] = []
        let statements: [JSONValue] = json["Statement"]?.arrayValue ?? json["Statement"].map { [$0] } ?? []
        if statements.isEmpty { throw PolicyProblem(text: "there is no Statement in the policy") }
        for statement in statements {
            for (member, _) in statement.objectValue ?? [:]
            where !["Sid", "Effect", "Action", "Resource", "Condition"].contains(member) {
                throw PolicyProblem(text: "the element \(member) is not known")
            }
            guard let effect = statement["Effect"]?.stringValue, ["Allow", "Deny"].contains(effect) else {
                throw PolicyProblem(text: "a statement has no Effect: \(statement.text)")
            }
            let (actions, resources) = (try Self.texts(statement["Action"]), try Self.texts(statement["Resource"]))
            if actions.isEmpty || resources.isEmpty {
                throw PolicyProblem(text: "a statement has no Action or no Resource: \(statement.text)")
            }
            var conditions: [PolicyCondition] = []
            for (name, keys) in statement["Condition"]?.objectValue ?? [:] {
                for (key, wanted) in keys.objectValue ?? [:] {
                    conditions.append(try PolicyCondition(name, key, Self.texts(wanted)))
                }
            }
            for action in actions {
                for resource in resources {
                    grants.append(
                        Grant(
                            action: action, resource: resource, conditions: conditions, isAllowed: effect == "Allow",
                            conditionText: statement["Condition"]?.text ?? ""))
                }
            }
        }
        self.grants = grants
    }

    private static func texts(_ json: JSONValue?) throws(PolicyProblem) -> [String] {
        let all = json?.arrayValue ?? json.map { [$0] } ?? []
        let texts = all.compactMap(\.stringValue)
        if texts.count != all.count { throw PolicyProblem(text: "a text is missing in \(json?.text ?? "")") }
        if let open = texts.first(where: { $0.contains("${") }) {
            throw PolicyProblem(text: "what stands for \(open) is not filled in")
        }
        return texts
    }

    /// The policy without one of its grants.
    package func without(_ grant: Grant) -> PolicyDocument { PolicyDocument(grants: grants.filter { $0 != grant }) }

    package func allows(_ request: AccessRequest) -> Bool { !allowing(request).isEmpty }

    /// The grants that allow a request, none if it is refused.
    package func allowing(_ request: AccessRequest) -> [Grant] {
        let keys = Dictionary(request.keys.map { ($0.lowercased(), $1) }, uniquingKeysWith: +)
        let concerning = grants.filter { $0.concerns(request, keys) }
        return concerning.allSatisfy(\.isAllowed) ? concerning : []
    }
}
