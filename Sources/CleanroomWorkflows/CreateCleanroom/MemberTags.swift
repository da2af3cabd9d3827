import CleanroomModel
import SagaKit
import StatesLanguage

/// The accounts that a room is meant for, as tags of its database: one each, so that two changes at once never lose one
/// another.
///
/// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_TagResource.html>
enum MemberTags {
    /// The tag of the account of the request.
    static let key = Expression.format(MemberTag.prefix + "{}", RoomValues.account)

    /// Makes the account of the request the one member. It is not known whether the tags of a database end with it, so
    /// those of an earlier database of the name are taken off first. No call is retried by itself: who comes here has
    /// read the marker, and comes back by that.
    static let tagMember = Block(entrance: "ReadEarlierTags") { graph, exits in
        let keys = Expression<JSONValue?>.result.member("Tags").names
        Block.task(
            "ReadEarlierTags", .Glue.getTags(database: RoomValues.database),
            assigning: [
                earlier.assigned(keys.filter("key") { $0.contains(ExpressionPattern("^" + MemberTag.prefix)) })
            ],
            isLooped: true
        ).build(&graph, Exits(next: "HasEarlierMembers", failed: exits.failed))
        graph.addChoice(
            "HasEarlierMembers",
            [Rule(if: earlier.value.count > 0, "UntagEarlierMembers"), .otherwise("TagMember")])
        Block.task(
            "UntagEarlierMembers", .Glue.untagResource(database: RoomValues.database, keys: earlier.value),
            isLooped: true
        ).build(&graph, Exits(next: "TagMember", failed: exits.failed))
        Block.task(
            "TagMember",
            .Glue.tagResource(database: RoomValues.database, tags: .object(named: key, RoomValues.requestID)),
            isLooped: true
        ).build(&graph, exits)
    }

    /// The tags of members of an earlier database of the name.
    private static let earlier = Variable<[String]>("earlierMembers")
}
