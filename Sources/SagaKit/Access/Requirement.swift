/// What AWS wants a role to be allowed before it carries a call out: some actions, on each of some resources.
///
/// A call may need more than the action of its own name, and the pages that say so are not those of the call. So what is
/// needed is written down here as data, once: the policy is derived from it, and each call of a simulation is held
/// against the policy by it.
package struct Requirement: Sendable {
    /// A resource, as the call names it and as a policy allows it.
    package struct Resource: Hashable, Sendable, ExpressibleByStringInterpolation {
        package let asked: AccessTemplate
        /// ARNs with `${…}`.
        package let allowed: [String]

        package init(stringLiteral text: String) { self.init(AccessTemplate(text)) }
        package init(_ asked: AccessTemplate) { (self.asked, allowed) = (asked, [asked.pattern]) }

        /// A resource of which a policy allows less than any that a call could name, or names it in another way.
        package init(_ asked: AccessTemplate, allowing allowed: [String]) {
            (self.asked, self.allowed) = (asked, allowed)
        }

        /// For an action that AWS lets nobody narrow to a resource.
        package static let any: Resource = "*"
    }

    /// A condition key that AWS puts into the request, and what a policy says of it.
    package struct Key: Hashable, Sendable {
        package let name: String
        package let asked: AccessTemplate
        package let condition: String
        /// Values with `${…}`; a request needs one of them.
        package let allowed: [String]

        package init(_ name: String, _ asked: AccessTemplate, _ condition: String, _ allowed: [String]) {
            (self.name, self.asked, self.condition, self.allowed) = (name, asked, condition, allowed)
        }
    }

    /// Of which calls it is needed.
    package indirect enum Applicability: Sendable {
        case always
        /// Of those that give a value.
        case giving(String)
        /// Of those that give this value.
        case equal(String, String)
        /// Of those whose value is the id of an account that is not the deployment's own.
        case anotherAccount(String)
        case all([Applicability])

        package var names: [String] {
            switch self {
            case .always: []
            case .giving(let name), .equal(let name, _), .anotherAccount(let name): [name]
            case .all(let parts): parts.flatMap(\.names)
            }
        }

        package func holds(of facts: [String: String], in deployment: [String: String]) -> Bool {
            switch self {
            case .always: return true
            case .giving(let name): return facts[name] != nil
            case .equal(let name, let value): return facts[name] == value
            case .anotherAccount(let name):
                guard let value = facts[name] else { return false }
                return value.utf8.count == 12 && value.utf8.allSatisfy { (48...57).contains($0) }
                    && value != deployment["AccountId"]
            case .all(let parts): return parts.allSatisfy { $0.holds(of: facts, in: deployment) }
            }
        }
    }

    package let actions: [String]
    package let resources: [Resource]
    package let keys: [Key]
    package let applicability: Applicability
    /// The page of AWS that says so.
    package let page: String
    /// Why a resource is `*`.
    package let reason: String?

    package init(
        _ actions: [String], on resources: [Resource], when keys: [Key] = [],
        of applicability: Applicability = .always, page: String, because reason: String? = nil
    ) {
        precondition(!resources.contains(.any) || reason != nil, "a resource * has a reason: \(actions)")
        precondition(!actions.contains { $0.contains("*") }, "no action is a pattern: \(actions)")
        self.actions = actions
        self.resources = resources
        self.keys = keys
        self.applicability = applicability
        self.page = page
        self.reason = reason
    }

    /// The values of a call that it looks at.
    package var names: Set<String> {
        Set(
            applicability.names + resources.flatMap(\.asked.namesOfCall) + keys.flatMap(\.asked.namesOfCall))
    }
}
