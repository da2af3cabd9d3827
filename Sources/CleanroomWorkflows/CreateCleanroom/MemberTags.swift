import CleanroomModel
import SagaKit
import StatesLanguage

/// The accounts that a room is meant for, as tags of its database: one each, so that two changes at once never lose one
/// another.
///
/// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_TagResource.html>
enum MemberTags {
    /// The tag of the account of the request.
    static let key = Argument.format(MemberTag.prefix + "{}", .request.account)

    /// Makes the account of the request the one member. It is not known whether the tags of a database end with it, so
    /// those of an earlier database of the name are taken off first. No call is retried by itself: who comes here has
    /// read the marker, and comes back by that.
    static let tagMember = Block(entrance: "ReadEarlierTags") { graph, exits in
        read("ReadEarlierTags", isLooped: true).build(&graph, Exits(next: "HasEarlierMembers", failed: exits.failed))
        graph.addChoice(
            "HasEarlierMembers", [(.matches(.tags.text, "*\(MemberTag.prefix)*"), "IsTagOfEarlierMember")],
            default: "TagMember")
        // The keys are among the parts, which are looked at one by one: JSONPath cannot list the names of an object.
        graph.addChoice(
            "IsTagOfEarlierMember",
            [
                (
                    .and([.isText(.tags.parts.first), .matches(.tags.parts.first, "\(MemberTag.prefix)*")]),
                    "UntagEarlierMember"
                ),
                (.present(.tags.parts.first), "NextTagPart"),
            ], default: "TagMember")
        Block.task(
            "UntagEarlierMember",
            .Glue.untagResource(database: .request.database, keys: .array([.tags.parts.first])), isLooped: true
        ).build(&graph, Exits(next: "NextTagPart", failed: exits.failed))
        graph.addPass(
            "NextTagPart", at: Place.tags, [\.text: .tags.text, \.parts.whole: .tags.parts.rest],
            next: "IsTagOfEarlierMember")
        Block.task(
            "TagMember",
            .Glue.tagResource(
                database: .request.database,
                tags: .object(
                    named: MemberTag.prefix + "{}", .request.account, value: .request.requestID)), isLooped: true
        ).build(&graph, exits)
    }

    /// Reads the tags as one text, and as its parts.
    static func read(
        _ name: String, catching: [(error: String, next: String?)] = [], isLooped: Bool = false
    ) -> Block {
        // Every member of the reply that is called so: none is no error.
        let text = Argument.jsonToString(.reply(".Tags"))
        return Block.task(
            name, .Glue.getTags(database: .request.database),
            result: .at(Place.tags, [\.text: text, \.parts.whole: .stringSplit(text, by: "\"")]), catching: catching,
            isLooped: isLooped)
    }
}
