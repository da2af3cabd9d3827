import DurableExecution
import EmbeddedLake
import StatesLanguage

/// A kind of text that comes from outside, with what has to hold for whatever stands in it.
///
/// `check` is what the fuzzer runs on what it makes up, and what the tests run on the committed corpora and on texts of
/// their own. That nothing traps and nothing takes for ever goes without saying.
package enum InputKind: String, CaseIterable, Sendable {
    case json
    case machine
    case branches
    case path
    case intrinsic
    case query
    case ddl

    /// Reads the bytes as this kind of text, and says what does not hold.
    ///
    /// - Throws: `BrokenRule`; that the text is refused is no error.
    package func check(_ bytes: [UInt8]) throws(BrokenRule) {
        do {
            switch self {
            case .json: try checkJSON(bytes)
            case .machine: try text(bytes).map(checkMachine)
            case .branches: try BranchedInput(bytes)?.check()
            case .path: try text(bytes).map(checkPath)
            case .intrinsic: try text(bytes).map(checkIntrinsic)
            case .query: try text(bytes).map(checkQuery)
            case .ddl: try text(bytes).map(checkDDL)
            }
        } catch let rule as BrokenRule {
            throw rule
        } catch is JSONSyntaxError, is DefinitionError, is ExpressionSyntaxError, is ServiceError {
            return
        } catch {
            throw BrokenRule("an error that readers do not throw: \(error)")
        }
    }

    private func text(_ bytes: [UInt8]) -> String? { String(validating: bytes, as: UTF8.self) }

    // MARK: JSON

    /// What is read and written again, on one line or several, is the same; and so are the bytes.
    private func checkJSON(_ bytes: [UInt8]) throws {
        let value = try JSONValue(parsing: bytes)
        try require(again(value.text) == value, "written on one line it is another value: \(value.text)")
        try require(again(value.prettyText) == value, "written over several lines it is another value")
        try require(again(value.text)?.text.isIdentical(to: value.text) == true, "the same value gives other bytes")
        try require(!value.exceeds(bytes: value.text.utf8.count), "it is larger than its own text")
    }

    func again(_ text: String) -> JSONValue? {
        // What cannot be read again is what the rule is about.
        try? JSONValue(parsing: text)
    }

    // MARK: Machines

    /// A machine that is read is read again from its source; and whatever the world answers, its executions end or wait,
    /// and go the same way when they are replayed.
    private func checkMachine(_ text: String) throws {
        let advice = Advice().findings(for: DefinitionReading(parsing: text))
        try require(advice.warnings.count <= 100, "more warnings are told than anybody reads")
        let machine = try StateMachine(parsing: text)
        let again = try StateMachine(parsing: machine.source.text)
        try require(again.source == machine.source, "read again it is another definition")
        try require(again.startAt == machine.startAt, "read again it starts elsewhere")
        // Resources of a form that no handler is there for are refused before an execution is started.
        if machine.tasks.contains(where: { TaskResource($0.task.resource) == nil }) { return }
        for input in Self.inputs {
            let start = ExecutionStart(
                machine: Self.reference, name: "e", input: input, startedAt: Timestamp(milliseconds: 0), seed: 1)
            let entries = carryThrough(start, machine)
            let (one, actions) = JournalledExecution(start: start, entries: entries).replay(on: machine)
            let (other, otherActions) = JournalledExecution(start: start, entries: entries).replay(on: again)
            try require(actions == otherActions && one.outcome == other.outcome, "a replay goes another way")
            if case .succeeded(let output) = one.outcome {
                try require(self.again(output.text) == output, "its output cannot be read again")
            }
        }
    }

    static let inputs: [JSONValue] = [
        [:], ["a": ["b": [1, "x", .null]], "list": [3, 1, 2], "number": 7, "text": "2026-01-31T08:15:30Z"],
    ]

    static let reference = StateMachineReference(
        arn: "arn:aws:states:us-east-1:000000000000:stateMachine:m", name: "m", roleARN: "arn:aws:iam::0:role/r",
        definitionHash: "")

    /// Runs an execution and answers its tasks in turns with a result and with an error.
    private func carryThrough(_ start: ExecutionStart, _ machine: StateMachine) -> [JournalEntry] {
        var interpreter = Interpreter(start: start, machine: machine)
        var entries: [JournalEntry] = []
        var actions = interpreter.begin()[...]
        while let action = actions.popFirst(), entries.count < 30 {
            let event: ExecutionEvent
            switch action {
            case .finish, .goOn: return entries
            case .cancel: continue
            case .wait(_, let id):
                if !interpreter.awaits(timer: id) { continue }
                event = .timerFired(id: id)
            case .runTask(let request):
                if !interpreter.awaits(task: request.id) { continue }
                event =
                    entries.count.isMultiple(of: 2)
                    ? .taskSucceeded(id: request.id, ["a": [1], "text": "x"])
                    : .taskFailed(id: request.id, TaskFailure("Service.Error", "{}"))
            }
            let time = Timestamp(milliseconds: Int64(entries.count))
            entries.append(JournalEntry(at: time, event: event))
            actions += interpreter.apply(event, at: time)
        }
        return entries
    }

    // MARK: Paths and intrinsics

    /// A path's text is what was read and gives the same path again; what is put at a place is found there.
    private func checkPath(_ text: String) throws {
        let path = try JSONPath(parsing: text)
        try require(path.text.isIdentical(to: text), "its text is '\(path.text)'")
        try require((try? JSONPath(parsing: path.text)) == path, "read again it is another path")
        for document in Self.inputs {
            // A path that finds nothing is an answer too.
            var budget = EvaluationBudget()
            let found = try? path.evaluate(in: .init(input: document) { document }, budget: &budget)
            if path.isDefinite { continue }
            if let found { try require(found.arrayValue != nil, "a search gives \(found.kind), not an array") }
        }
        guard let reference = try? ReferencePath(parsing: text) else { return }
        for document in Self.inputs {
            guard let written = try? reference.inserting("here", into: document) else { continue }
            var budget = EvaluationBudget()
            let found = try? reference.path.evaluate(in: .init(input: written) { [:] }, budget: &budget)
            try require(found == "here", "what was put at the place is not found there")
        }
    }

    /// An intrinsic gives the same with the same seed, and what it gives can be written and read, or is too deep.
    private func checkIntrinsic(_ text: String) throws {
        let expression = try IntrinsicExpression(parsing: text)
        for document in Self.inputs {
            let scope = JSONPath.Scope(input: document) { document }
            var (one, other) = (SeededRandom(seed: 7), SeededRandom(seed: 7))
            var (budget, second) = (EvaluationBudget(), EvaluationBudget())
            // A function that fails is an answer too.
            let value = try? expression.evaluate(in: scope, random: &one, budget: &budget)
            let again = try? expression.evaluate(in: scope, random: &other, budget: &second)
            try require(value == again, "one seed gives two values")
            guard let value, !value.exceeds(bytes: .max) else { continue }
            try require(self.again(value.text) == value, "its value cannot be read again: \(value.text)")
        }
    }

    // MARK: Statements

    /// A statement that is written and read again is the same; no name in it could end a quoted one.
    private func checkDDL(_ text: String) throws {
        let statement = try AthenaStatement(parsing: text)
        try require((try? AthenaStatement(parsing: statement.text)) == statement, "read again it is another statement")
        let name =
            switch statement {
            case .createDatabase(let create): create.name
            case .dropDatabase(let name, _, _): name
            case .showDatabases, .selectOne: nil as String?
            }
        guard let name else { return }
        let isHarmless = name.utf8.allSatisfy { byte in
            (97...122).contains(byte) || (48...57).contains(byte) || "_-".utf8.contains(byte)
        }
        try require(isHarmless && (1...255).contains(name.utf8.count), "it names '\(name)'")
    }

    func require(_ isTrue: Bool, _ rule: String) throws(BrokenRule) {
        if !isTrue { throw BrokenRule(rule) }
    }
}

/// Something that has to hold for every input and does not for one.
package struct BrokenRule: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
