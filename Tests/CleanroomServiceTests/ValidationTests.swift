import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import Foundation
import StatesLanguage
import TestSupport
import Testing

/// The rules of the model and those of the state machine itself, held against each other.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct ValidationTests {
    private struct Triple {
        let id: String
        let account: String
        let database: String

        var json: JSONValue {
            ["requestId": .string(id), "account": .string(account), "database": .string(database)]
        }
    }

    private static let goodID = "6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11"

    private static let names = [
        "", "a", "acme_room", "user", "A", "Acme", "1a", "_a", "a1_", "a-b", "a b", "a.b", " a", "a ", "a\n", "a\u{0}",
        "a`b", "a'b", "a\"b", "a;b", "a;drop database b", "../a", "a/../b", "x LOCATION 's3://other/'",
        "IAM_ALLOWED_PRINCIPALS", "аcme", "acmé", "ａcme", "a\u{301}", "ﬀ", "ſ", "ı", "a{}", "a\\", "a$b", "$.a", "{",
        "`", "a`; DROP DATABASE `b", String(repeating: "a", count: 255), String(repeating: "a", count: 256),
        String(repeating: "é", count: 128), "a\u{200B}", "\u{FEFF}a", "z", "{a", "`a", "a\u{7F}",
    ]

    private static let accounts = [
        "", "111122223333", "000000000000", "012345678901", "11112222333", "1111222233334", "11112222333a",
        "１１１１２２２２３３３３", "-11122223333", "1111-2222-3333", " 111122223333", "111122223333 ", "111122223333\n",
        "1e11", "999999999999", "٠١٢٣٤٥٦٧٨٩٠١", "1111222233.3", "IAM_ALLOWED_PRINCIPALS", "111122223333\u{0}",
        String(repeating: "1", count: 24), "+11122223333", "11112222333٣",
    ]

    private static let ids = [
        goodID, goodID.uppercased(), "", " ", "x", goodID + "0", String(goodID.dropLast()), "{\(goodID)}",
        goodID.replacing("-", with: ""), "6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e1g", goodID + "\n", "' OR 1=1",
        "6f1c9dc2_52c4_4d0a_9a3f_0b7f5a6f1e11", "６f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11", "-", "----",
    ]

    /// Every value with good companions, and thousands of mutations of good and bad ones.
    private static func triples() -> [Triple] {
        var triples = names.map { Triple(id: goodID, account: "111122223333", database: $0) }
        triples += accounts.map { Triple(id: goodID, account: $0, database: "acme_room") }
        triples += ids.map { Triple(id: $0, account: "111122223333", database: "acme_room") }
        var random = SeededRandom(seed: 20_260_131)
        let alphabet = Array("az09_-AZ `'\";\\/.$*{}éＡ１\n\u{0}".unicodeScalars)
        func mutated(_ text: String) -> String {
            var scalars = Array(text.unicodeScalars)
            switch Int.random(in: 0..<4, using: &random) {
            case 0 where !scalars.isEmpty: scalars.remove(at: .random(in: scalars.indices, using: &random))
            case 1 where !scalars.isEmpty:
                scalars[.random(in: scalars.indices, using: &random)] = alphabet.randomElement(using: &random) ?? "a"
            case 2:
                let place = Int.random(in: 0...scalars.count, using: &random)
                scalars.insert(alphabet.randomElement(using: &random) ?? "a", at: place)
            default: break
            }
            return String(String.UnicodeScalarView(scalars))
        }
        for index in 0..<6000 {
            let name = names.randomElement(using: &random) ?? "a"
            triples.append(
                Triple(
                    id: index % 3 == 0 ? mutated(goodID) : goodID,
                    account: index % 3 == 1 ? mutated("012345678901") : "012345678901",
                    database: index % 3 == 2 ? mutated(name) : index % 2 == 0 ? "acme_room" : name))
        }
        return triples
    }

    @Test func `the model and the machine refuse the same requests`() throws {
        let machine = try TestLake.machine.get()
        let parsed = try StateMachine(parsing: machine.definition)
        var (taken, refused) = (0, 0)
        for triple in Self.triples() {
            let isValid =
                (try? CleanroomRequest(
                    requestID: triple.id, account: triple.account, database: triple.database,
                    ownAccount: LocalAccount.account)) != nil
            let start = ExecutionStart(
                machine: machine.reference, name: "execution-name", input: triple.json,
                startedAt: Timestamp(milliseconds: 0), seed: 1)
            var interpreter = Interpreter(start: start, machine: parsed)
            var actions = interpreter.begin()
            // As an execution of another name it looks first whether the request has one of its own.
            if case .runTask(let task)? = actions.first,
                ["DescribeFirstExecution", "DescribeOtherExecution"].contains(task.stateName)
            {
                actions = interpreter.answer(
                    .error(TaskFailure("Sfn.ExecutionDoesNotExistException", "")), at: start.startedAt)
            }
            guard case .runTask(let task)? = actions.first else {
                Issue.record("neither a task nor an answer for \(triple): \(String(describing: interpreter.outcome))")
                continue
            }
            let isTaken = task.stateName == "CheckDatabaseNameIsFree"
            #expect(isTaken == isValid, "\(triple)")
            if isTaken { taken += 1 } else { refused += 1 }
            if !isTaken {
                #expect(task.parameters["RequestBody"]?["error"]?["message"] == "InvalidRequest")
                let answered = task.parameters["RequestBody"]?["requestId"]?.stringValue
                #expect(answered == triple.id || answered == "execution-name")
            }
        }
        print("Validation: \(taken) taken, \(refused) refused of \(taken + refused)")
        #expect(taken > 100 && refused > 1000)
    }

    @Test(arguments: [
        #"{}"#, #"[]"#, #""text""#, #"null"#, #"7"#, #"{"requestId":7}"#, #"{"requestId":null,"account":1}"#,
        #"{"requestId":"6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11"}"#,
        #"{"requestId":"6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11","account":111122223333,"database":"a"}"#,
        #"{"requestId":"6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11","account":"111122223333","database":["a"]}"#,
        #"{"requestId":{"a":1},"account":"111122223333","database":"a"}"#,
    ])
    func `an input that is no request at all is answered, and nothing is done for it`(text: String) async throws {
        let lake = try TestLake()
        let input = try JSONValue(parsing: text)
        let record = try await lake.start(input: input, name: "the-execution")
        #expect(record.error == ExecutionError.notCreated)
        let answer = try #require(record.answer)
        #expect(answer.path == "/api/latest/ocean/error")
        let id = input["requestId"]?.stringValue ?? "the-execution"
        #expect(answer.body["requestId"] == .string(id))
        #expect(answer.body["error"]?["message"] == "InvalidRequest")
        #expect(try lake.store.catalogRows().isEmpty)
    }

    @Test func `an execution whose name could break out of a statement is refused`() async throws {
        let lake = try TestLake()
        let record = try await lake.start(input: try TestLake.request().json, name: "x' LOCATION 's3")
        #expect(record.answer?.body["error"]?["message"] == "InvalidRequest")
        #expect(try lake.store.catalogRows().isEmpty)
    }
}
