import DurableExecution
import Foundation
import StatesLanguage
import TestSupport
import Testing

@testable import EmbeddedLake

/// Whatever comes in can be written and read again, wherever it is put.
struct StoredDocumentTests {
    private static let time = Timestamp(milliseconds: 1_750_000_000_000)
    private static let deepest = JSONValue.maximumDepth

    /// Values at the limits of what a reader takes from outside, and some of any shape.
    private static let values: [JSONValue] = {
        var random = SeededRandom(seed: 18)
        return [0, 128].flatMap { marks in
            [
                nested(deepest, in: .string(letter(marks))), nested(deepest, in: .object([letter(marks): 1])),
                .string(String(repeating: letter(marks), count: 40)),
            ]
        } + (0..<40).map { _ in value(6, &random) }
    }()

    private static func letter(_ marks: Int) -> String { "a" + String(repeating: "\u{301}", count: marks) }

    /// A value in so many levels of arrays and objects, its own among them.
    private static func nested(_ depth: Int, in value: JSONValue) -> JSONValue {
        let levels = depth - (value.objectValue == nil ? 0 : 1)
        return (0..<levels).reduce(value) { value, level in level % 2 == 0 ? .array([value]) : .object(["x": value]) }
    }

    private static func value(_ depth: Int, _ random: inout SeededRandom) -> JSONValue {
        switch Int.random(in: depth > 0 ? 0..<8 : 0..<6, using: &random) {
        case 0: return .null
        case 1: return .bool(.random(using: &random))
        case 2: return .integer(.random(in: .min ... .max, using: &random))
        case 3: return .double(Double.random(in: -1...1, using: &random) * 1e300)
        case 4: return .string(letter(.random(in: 0...128, using: &random)) + "\u{0}\"\\/\u{2028}😀\u{FEFF}")
        case 5: return .string(String(repeating: "é", count: .random(in: 0..<3000, using: &random)))
        case 6: return .array((0..<Int.random(in: 0..<5, using: &random)).map { _ in value(depth - 1, &random) })
        default:
            return .object(
                JSONObject(
                    (0..<Int.random(in: 0..<20, using: &random)).map { ("\($0)é\"", value(depth - 1, &random)) }))
        }
    }

    private static func version(_ definition: JSONValue) -> StateMachineVersion {
        let reference = StateMachineReference(
            arn: "arn:aws:states:us-east-1:000000000000:stateMachine:m", name: "m", roleARN: LakeCall.role,
            definitionHash: StateMachineVersion.sha256(definition.text))
        return StateMachineVersion(reference: reference, definition: definition.text)
    }

    @Test func `what a reader takes from outside is read again as input, output and entry of the journal`() async throws
    {
        let lake = try CalledLake()
        let machine = Self.version(["StartAt": "S", "States": ["S": ["Type": "Succeed"]]])
        for (number, value) in Self.values.enumerated() {
            let value = try JSONValue(parsing: value.text)
            #expect(try JSONValue(stored: value.utf8) == value)
            #expect(CompactValue(value).value == value)
            let arn = try lake.store.startExecution(
                of: machine, name: "e\(number)", input: value, at: Self.time, seed: 1
            ).arn
            let entries = [ExecutionEvent.taskSucceeded(id: 1, value), .stopped(error: Self.letter(128), cause: nil)]
                .map {
                    JournalEntry(at: Self.time, event: $0, atEvent: 1)
                }
            try lake.store.writeNow { try $0.append(entries, to: arn) }
            let found = try #require(try await lake.store.unfinished(arn))
            #expect(found.start.input == value && found.entries == entries)
            try lake.store.writeNow {
                try $0.finish(arn, with: .succeeded(output: value), at: Self.time, eventCount: 1)
            }
            #expect(try lake.store.execution(named: arn)?.output == value)
        }
        #expect(try lake.store.executions(limit: 100).count == Self.values.count)
    }

    @Test func `what a request may have is read again from the catalog, and as the result of a task`() async throws {
        let lake = try CalledLake()
        try lake.makeDatabase()
        let machine = Self.version(["StartAt": "S", "States": ["S": ["Type": "Succeed"]]])
        let arn = try lake.store.startExecution(of: machine, name: "e", input: [:], at: Self.time, seed: 1).arn
        func body(_ name: String, _ value: JSONValue) -> JSONValue {
            ["DatabaseName": "a", "TableInput": ["Name": .string(name), "Parameters": ["p": value]]]
        }
        let values = Self.values + [Self.nested(Self.deepest - 3, in: 1)]
        for (number, value) in values.enumerated() {
            // As deep as the whole of a request may be.
            guard let request = try? JSONValue(parsing: body("t\(number)", value).text) else { continue }
            try lake.operate(.glue, "createTable", request, as: CalledLake.role)
            let result = try lake.operate(
                .glue, "getTable", ["DatabaseName": "a", "Name": .string("t\(number)")], as: CalledLake.role)
            #expect(result["Table"]?["Parameters"]?["p"] == value)
            let entry = JournalEntry(at: Self.time, event: .taskSucceeded(id: 1, result))
            try lake.store.writeNow { try $0.append([entry], to: arn) }
            #expect(try await lake.store.unfinished(arn)?.entries.last == entry)
        }
    }

    @Test func `a request for a database is read again from the room it is kept in`() throws {
        let lake = try CalledLake()
        let value = Self.nested(Self.deepest - 3, in: .string(Self.letter(128)))
        let request: JSONValue = ["DatabaseInput": ["Name": "b", "Parameters": ["p": value]]]
        _ = try JSONValue(parsing: request.text)
        try lake.operate(.glue, "createDatabase", request)
        #expect(try lake.operate(.glue, "getDatabase", ["Name": "b"])["Database"]?["Parameters"]?["p"] == value)
    }

    /// A text of which a letter has thousands of marks, where it takes the longest to see that it is one letter.
    private static let marked = letter(3700)

    @Test func `what a task gives is kept over a wait, whatever it is`() throws {
        let definition: JSONValue = [
            "StartAt": "T",
            "States": [
                "T": ["Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Next": "W"],
                "W": ["Type": "Wait", "Seconds": 1, "End": true],
            ],
        ]
        let start = ExecutionStart(
            machine: Self.version(definition).reference, name: "e", input: [:], startedAt: Self.time, seed: 1)
        for value in Self.values + [.string(Self.marked)] where !value.exceeds(bytes: Interpreter.maximumDataBytes) {
            var interpreter = Interpreter(start: start, machine: try StateMachine(definition))
            _ = interpreter.begin()
            _ = interpreter.answer(.result(value), at: Self.time)
            _ = interpreter.answer(.time, at: Self.time)
            #expect(interpreter.outcome == .succeeded(output: value))
        }
    }

    @Test(arguments: [
        "States.Base64Decode($.encoded)", "States.Format('{}{}', $.marks, $.marks)",
        "States.Format($.template, $.marks, $.marks)",
    ])
    func `a function gives no text that a reader would refuse`(function: String) throws {
        let definition: JSONValue = [
            "StartAt": "P", "States": ["P": ["Type": "Pass", "Parameters": ["x.$": .string(function)], "End": true]],
        ]
        func outcome(marks: Int) throws -> ExecutionOutcome? {
            let text = Self.letter(marks)
            let input: JSONValue = [
                "encoded": .string(Data(text.utf8).base64EncodedString()), "template": "{}\u{301}{}",
                "marks": .string(String(text.unicodeScalars.dropFirst())),
            ]
            let start = ExecutionStart(
                machine: Self.version(definition).reference, name: "e", input: input, startedAt: Self.time, seed: 1)
            var interpreter = Interpreter(start: start, machine: try StateMachine(definition))
            _ = interpreter.begin()
            return interpreter.outcome
        }
        #expect(try outcome(marks: 60)?.status == .succeeded)
        guard case .failed(let error, let cause) = try outcome(marks: 129) else { throw TestFailure("it has failed") }
        #expect(error == "States.Runtime" && cause?.contains("more than 128 combining marks") == true)
    }
}
