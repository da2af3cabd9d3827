/// What AWS wants a role to be allowed before it carries a call out: some actions, on each of some resources.
///
/// A call may need more than the action of its own name, and the pages that say so are not those of the call. So what is
/// needed is written down here as data, once: the policy is derived from it, and each call of a simulation is held
/// against the policy by it.
struct Requirement: Sendable {
    /// A resource, as the call names it and as a policy allows it.
    struct Resource: Hashable, Sendable, ExpressibleByStringInterpolation {
        let asked: AccessTemplate
        /// ARNs with `${…}`.
        let allowed: [String]

        init(stringLiteral text: String) { self.init(AccessTemplate(text)) }
        init(_ asked: AccessTemplate) { (self.asked, allowed) = (asked, [asked.pattern]) }

        /// A resource of which a policy allows less than any that a call could name, or names it in another way.
        init(_ asked: AccessTemplate, allowing allowed: [String]) { (self.asked, self.allowed) = (asked, allowed) }

        /// For an action that AWS lets nobody narrow to a resource.
        static let any: Resource = "*"
    }

    /// A condition key that AWS puts into the request, and what a policy says of it.
    struct Key: Hashable, Sendable {
        let name: String
        let asked: AccessTemplate
        let condition: String
        /// Values with `${…}`; a request needs one of them.
        let allowed: [String]

        init(_ name: String, _ asked: AccessTemplate, _ condition: String, _ allowed: [String]) {
            (self.name, self.asked, self.condition, self.allowed) = (name, asked, condition, allowed)
        }
    }

    /// Of which calls it is needed.
    indirect enum Applicability: Sendable {
        case always
        /// Of those that give a value.
        case giving(String)
        /// Of those that give this value.
        case equal(String, String)
        /// Of those whose value is the id of an account that is not the deployment's own.
        case anotherAccount(String)
        case all([Applicability])

        var names: [String] {
            switch self {
            case .always: []
            case .giving(let name), .equal(let name, _), .anotherAccount(let name): [name]
            case .all(let parts): parts.flatMap(\.names)
            }
        }

        func holds(of facts: [String: String], in deployment: [String: String]) -> Bool {
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

    let actions: [String]
    let resources: [Resource]
    let keys: [Key]
    let applicability: Applicability
    /// The page of AWS that says so.
    let page: String
    /// Why a resource is `*`.
    let reason: String?

    init(
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
    var names: Set<String> {
        Set(
            applicability.names + resources.flatMap(\.asked.namesOfCall) + keys.flatMap(\.asked.namesOfCall))
    }
}
