import StatesLanguage
import Testing

@testable import EmbeddedLake

/// What a client is told of a definition that it gives.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html>
struct DefinitionAnswerTests {
    /// A definition with a field that is not there in each of so many states.
    private static func definition(_ count: Int) -> CheckedDefinition {
        let states = (0..<count).map { #""s\#($0)":{"Type":"Pass","InputPath":"x","Next":"s\#($0 + 1)"}"# }
        let all = (states + [#""s\#(count)":{"Type":"Succeed"}"#]).joined(separator: ",")
        let text = #"{"StartAt":"s0","States":{\#(all)}}"#
        return CheckedDefinition(text)
    }

    @Test(arguments: [
        (3, 2, true), (3, 3, false), (3, 4, false), (100, 100, false), (101, 100, true), (101, 1000, true),
    ])
    func `an answer says whether it has all that is wrong`(count: Int, limit: Int, isCut: Bool) {
        let answer = Self.definition(count).diagnostics(limit: limit)
        #expect(answer["Truncated"] == .bool(isCut))
        #expect(answer["Diagnostics"]?.arrayValue?.count == min(count, limit, 100))
        #expect(answer["Result"] == "FAIL")
    }

    @Test func `what is refused says how much more is wrong, if anything is`() {
        let few = #expect(throws: ServiceError.self) { try Self.definition(2).accept() }
        #expect(few?.message.contains("not told") == false)
        let many = #expect(throws: ServiceError.self) { try Self.definition(101).accept() }
        #expect(many?.message.contains("not told") == true)
        #expect((many?.message.utf8.count ?? 0) <= CheckedDefinition.maximumMessageBytes)
        #expect(throws: Never.self) { try Self.definition(0).accept() }
    }
}
