import SagaKit
import StatesLanguage

/// Reads who may do what on the resources of a room, and sums it up.
///
/// Lists go by resource and to the last page: filtered by principal AWS gives nothing for some principals. They count
/// only while the role is a data-lake administrator, since Lake Formation hides from others what they have no grant on.
///
/// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_ListPermissions.html>
enum PermissionLists {
    /// The error of a role that is no data-lake administrator.
    static let notAdministrator = "NotAdministrator"

    /// Leads on only if the role is a data-lake administrator.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_GetDataLakeSettings.html>
    static func administrator(_ name: String) -> Block {
        Block(entrance: "Read\(name)Settings") { graph, exits in
            Block.task(
                "Read\(name)Settings", .LakeFormation.getSettings(),
                result: .at(
                    Place.settings,
                    [
                        \.isAdministrator: .arrayContains(
                            .reply("DataLakeSettings.DataLakeAdmins[*].DataLakePrincipalIdentifier"), "${RoleArn}")
                    ])
            ).build(&graph, Exits(next: "Is\(name)Administrator", failed: exits.failed))
            graph.addChoice(
                "Is\(name)Administrator", [(.isTrue(.settings.isAdministrator), exits.next)],
                default: "Miss\(name)Administrator")
            graph.addPass(
                "Miss\(name)Administrator", at: Place.failure,
                [
                    \.error: .text(notAdministrator),
                    \.cause: "the role of the service is no data-lake administrator, so an empty list says nothing",
                ], next: exits.failed)
        }
    }

    /// Lists who may do what on a resource, page by page.
    ///
    /// - Parameters:
    ///   - name: what the names of the states begin with.
    ///   - missing: the state for a resource that is not there; `nil` where there is nothing on it then.
    ///   - condition: where this does not hold, a list that is refused is of what is not there, and so empty.
    ///   - dropsFailure: whether nothing is kept of a list that cannot be read, which is likely then.
    static func read(
        _ name: String, on resource: PermittedResource, missing: String?, refusedOnlyIf condition: Condition? = nil,
        dropsFailure: Bool = false
    ) -> Block {
        let title = name + resource.rawValue.prefix(1).uppercased() + resource.rawValue.dropFirst()
        let (first, more) = ("Read\(title)Grants", "ReadMore\(title)Grants")
        let refused = "Are\(title)GrantsMissing"
        return Block(entrance: first) { graph, exits in
            let (collect, collectMore) = ("Keep\(title)Grants", "KeepMore\(title)Grants")
            let grants = Place.seen.grants(on: resource)
            let none = missing ?? "KeepNo\(title)Grants"
            func task(_ name: String, after token: Place? = nil, next: String) {
                Block.task(
                    name, .LakeFormation.listPermissions(on: resource, after: token), result: .at(Place.page),
                    catching: [(ServiceAction.LakeFormation.notFound, none)], dropsFailure: dropsFailure,
                    notRetrying: dropsFailure ? [ServiceAction.LakeFormation.invalidInput] : []
                ).build(&graph, Exits(next: next, failed: condition == nil ? exits.failed : refused))
            }
            if let condition { graph.addChoice(refused, [(condition, exits.failed)], default: none) }
            task(first, next: collect)
            graph.addPass(
                collect, at: grants, [\.pages.whole: .array([.page.whole])], next: "Are\(title)GrantsRead")
            graph.addChoice("Are\(title)GrantsRead", [(.isText(.page.nextToken), more)], default: exits.next)
            task(more, after: .page.nextToken, next: collectMore)
            graph.addPass(
                collectMore, at: grants,
                [\.pages.whole: .array([Argument(grants.pages.whole), .page.whole])],
                next: "Are\(title)GrantsRead")
            graph.outline.isEntered(collect, from: [first])
            graph.outline.isEntered(collectMore, from: [more])
            graph.outline.isEntered(exits.next, from: ["Are\(title)GrantsRead"] + (missing == nil ? [none] : []))
            if missing == nil { graph.outline.isEntered(none, from: [first, more, refused]) }
            if missing == nil { graph.addPass(none, at: grants, [\.pages.whole: .array([])], next: exits.next) }
        }
    }

    /// Who may still hold something.
    enum Holder {
        /// The account of the request.
        case account
        /// The role of the machines.
        case role
        /// Everybody whom IAM allows.
        case everybody
    }

    /// Sums up whether some hold something on resources whose lists were read.
    ///
    /// - Parameter holders: who is looked for on each resource.
    static func sumUp(_ name: String, _ holders: KeyValuePairs<PermittedResource, [Holder]>) -> Block {
        .sequence([
            .pass(
                "Take\(name)GrantsApart", at: .seen.lists.whole,
                holders.map { resource, _ in
                    (Place.seen.lists[resource].principals, Argument.seen.grants(on: resource).principals)
                }),
            .pass(
                "SumUp\(name)Grants", at: .grants.whole,
                holders.flatMap { resource, holders -> [(Place, Argument)] in
                    let (sum, principals) = (Place.grants[resource], Argument.seen.lists[resource].principals)
                    return holders.map { holder in
                        switch holder {
                        case .account: (sum.hasAccount, .arrayContains(principals, .request.account))
                        case .role: (sum.hasRole, .arrayContains(principals, "${RoleArn}"))
                        case .everybody: (sum.hasEverybody, .arrayContains(principals, "IAM_ALLOWED_PRINCIPALS"))
                        }
                    }
                }),
        ])
    }
}
