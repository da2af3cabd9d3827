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
    /// Whether the role is one, so that what it lists is all that there is.
    private static let isAdministrator = Variable<Bool>("isAdministrator")

    /// Leads on only if the role is a data-lake administrator.
    ///
    /// - Parameters:
    ///   - settings: the state that reads the settings.
    ///   - choice: the state that asks.
    static func administrator(reading settings: String, _ choice: String) -> Block {
        Block(entrance: settings) { graph, exits in
            self.settings(settings).build(&graph, Exits(next: Way(to: choice), failed: exits.failed))
            graph.addChoice(choice, [refusal(exits.failed), .otherwise(exits.next)])
        }
    }

    /// Finds out whether the role is a data-lake administrator; what comes behind it asks by `refusal`.
    ///
    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_GetDataLakeSettings.html>
    static func settings(_ name: String, assigning assigned: [VariableAssignment] = []) -> Block {
        let administrators = Expression<JSONValue?>.result.member("DataLakeSettings").member("DataLakeAdmins")
            .member("DataLakePrincipalIdentifier").list.trusted(as: [String].self)
        return .task(
            name, .LakeFormation.getSettings(),
            assigning: [isAdministrator.assigned(Expression.text("${RoleArn}").isIn(administrators))] + assigned)
    }

    /// The rule for a role that is no data-lake administrator.
    static func refusal(_ failed: Failing) -> Rule {
        Rule(
            if: !isAdministrator.value,
            failed(
                .text(notAdministrator),
                "the role of the service is no data-lake administrator, so an empty list says nothing"))
    }

    typealias Value = Expression<JSONValue?>

    /// The resources on which permissions are still to be listed: each with its name, how Lake Formation takes it, and
    /// whether it has to be there.
    private static let pending = Variable<[JSONValue]>("pendingResources")
    /// By which the page after is asked for; empty where there is none.
    private static let token = Variable<String>("pageToken")

    /// Lays out which lists are to be read.
    ///
    /// - Parameter isThere: whether a list that is refused is not one of something that is not there; `true` for `nil`.
    static func beginning(
        with resources: [PermittedResource], isThere: (PermittedResource) -> Expression<Bool>? = { _ in nil }
    ) -> [VariableAssignment] {
        let resources = resources.map { resource -> Payload in
            let isThere = isThere(resource).map { Payload($0) } ?? true
            return ["name": .text(resource.rawValue), "resource": resource.payload, "isThere": isThere]
        }
        return [pending.assigned(payload: .list(resources)), token.assigned(payload: "")]
    }

    /// Lists who may do what on each of the resources that were laid out, page by page.
    ///
    /// - Parameters:
    ///   - name: what the names of the states end in.
    ///   - collected: what is assigned of a page: from its entries, and what its resource is called.
    ///   - missing: the way for a resource that is not there.
    ///   - refused: the way for every other error; `nil` for the failed exit.
    static func read(
        _ name: String, comment: String, collecting collected: (Expression<[JSONValue?]>, Value) -> VariableAssignment,
        missing: Block.Catch, refused: Block.Catch? = nil, notRetrying expected: [String] = []
    ) -> Block {
        let (first, more, listed) = ("List\(name)", "ListMore\(name)", "AreAll\(name)Listed")
        let entries = Value.result.member("PrincipalResourcePermissions").list
        let collected = collected(entries, pending.value.first.member("name"))
        return Block(entrance: first) { graph, exits in
            let resource = pending.value.first.member("resource").trusted(as: JSONValue.self)
            for (state, token) in [(first, nil), (more, self.token.value)] {
                Block.task(
                    state, comment: comment, .LakeFormation.listPermissions(on: resource, after: token),
                    assigning: [collected, self.token.assigned(Value.result.member("NextToken").text(or: ""))],
                    catching: [missing] + (refused.map { [$0] } ?? []), notRetrying: expected
                ).build(&graph, Exits(next: Way(to: listed), failed: exits.failed))
            }
            graph.outline.isEntered(more, from: [listed])
            graph.outline.shortens(listed)
            graph.addChoice(
                listed,
                [
                    Rule(if: !(token.value == ""), Way(to: more)),
                    Rule(if: pending.value.count > 1, Way(to: first, [pending.assigned(pending.value.rest)])),
                    .otherwise(exits.next),
                ])
        }
    }

    /// Which principals hold something on which resource.
    private static let holders = Variable<[String]>("holders")

    private static func holder(_ principal: any AnyExpression, on resource: any AnyExpression) -> Expression<String> {
        .words("{} on {}", principal, resource)
    }

    /// Lays out which lists of holders are to be read; nobody is known to hold anything before.
    static func beginningHolders(
        of resources: [PermittedResource], isThere: (PermittedResource) -> Expression<Bool>? = { _ in nil }
    ) -> [VariableAssignment] {
        beginning(with: resources, isThere: isThere) + [holders.assigned(.none)]
    }

    /// Lists who holds anything on the resources that were laid out. A list that is refused is of what is not there, and so
    /// is one of a resource that need not be there.
    ///
    /// - Parameter name: what the names of the states end in.
    static func readHolders(_ name: String) -> Block {
        let listed = "AreAll\(name)Listed"
        let missing = "May\(name)BeMissing"
        let nothing = token.assigned(payload: "")
        return Block(entrance: "List\(name)") { graph, exits in
            holders(name, missing: .init(ServiceAction.LakeFormation.notFound, Way(to: listed, [nothing])))
                .build(&graph, Exits(next: exits.next, failed: .keeping(to: Way(to: missing))))
            graph.outline.hasSideDoor(listed, from: missing)
            graph.outline.isEntered(missing, from: ["List\(name)", "ListMore\(name)"])
            graph.addChoice(
                missing,
                [
                    Rule(if: pending.value.first.member("isThere") == true, exits.failed(.kept)),
                    .otherwise(Way(to: listed, [nothing])),
                ])
        }
    }

    /// Lists who holds anything on the resources that were laid out, as long as they are there.
    ///
    /// - Parameters:
    ///   - name: what the names of the states end in.
    ///   - missing: the way for what cannot be listed.
    static func readHolders(_ name: String, missing: Way) -> Block {
        holders(
            name, missing: .init(ServiceAction.LakeFormation.notFound, missing),
            refused: .init(StatesError.all, missing), notRetrying: [ServiceAction.LakeFormation.invalidInput])
    }

    private static func holders(
        _ name: String, missing: Block.Catch, refused: Block.Catch? = nil, notRetrying expected: [String] = []
    ) -> Block {
        read(
            name, comment: "Says of each listed permission who has it, and on what.",
            collecting: { entries, resource in
                let principals = entries.map("entry") {
                    holder($0.member("Principal").member("DataLakePrincipalIdentifier"), on: resource)
                }
                return holders.assigned(.list([holders.value, principals]))
            }, missing: missing, refused: refused, notRetrying: expected)
    }

    /// Whether a principal was listed with anything on a resource.
    static func holds(_ principal: Expression<String>, on resource: PermittedResource) -> Expression<Bool> {
        holder(principal, on: Expression.text(resource.rawValue)).isIn(holders.value)
    }
}
