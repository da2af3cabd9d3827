import SagaKit
import StatesLanguage
import Testing

@testable import CleanroomWorkflows

/// What stands in a template for the values that Swift names.
struct ArgumentTests {
    @Test func `the name of a member ends in what its value calls for`() {
        let template: Argument = [
            "text": "a", "place": .request.database, "call": .sha256(.execution.id),
            "inner": ["is": true, "left": .left.text], "gone": nil,
        ]
        #expect(
            template.json == [
                "text": "a", "place.$": "$.request.database", "call.$": "States.Hash($.execution.id, 'SHA-256')",
                "inner": ["is": true, "left.$": "$.left.text"],
            ])
        #expect(Argument.text("a").member("Cause", computed: "Path") == ("Cause", "a"))
        #expect(Argument(Place.left.text).member("Cause", computed: "Path") == ("CausePath", "$.left.text"))
    }

    @Test func `places that lie deeper make objects in one another`() {
        let template = Argument.object(
            at: .root,
            [(.error.message, "a"), (.answer.error.cause, .error.cause), (.error.cause, 1), (.seen.whole, [:])])
        #expect(
            template.json == [
                "error": ["message": "a", "cause": 1], "answer": ["error": ["cause.$": "$.error.cause"]], "seen": [:],
            ])
    }

    @Test func `a text in a call is quoted, and its quotes are escaped`() {
        let format = Argument.format(#"'{}' and \{}"#, .request.account, "it's")
        #expect(format.json == .string(#"States.Format('\'{}\' and \\{}', $.request.account, 'it\'s')"#))
    }
}
