import CleanroomModel
import SagaKit
import StatesLanguage

/// Which requests the machines take, and what they say to others: as the rules of the model have it, whatever the
/// conditions of the machine look like.
///
/// The Choice that validates is evaluated with samples for each rule and its bounds. Nothing catches an error of a Choice,
/// so there must be none for any JSON.
extension ContractCheck {
    /// What a sample has to come to.
    private struct Expected {
        let output: JSONValue
        let next: String
    }

    /// Holds a choice against the model, if it is one that validates requests.
    func validation(in state: State) -> [Problem] {
        guard case .queryChoice = state.kind, let json = source.value(at: state.place), json.text.contains(Self.refused)
        else { return [] }
        guard let choice = Self.choice(json) else { return [broken(state.place, "the choice cannot be read alone")] }
        let isRecovered = state.name != scope.startAt
        for (request, execution) in Self.samples {
            let expected = Self.expected(request, execution, isRecovered: isRecovered)
            let input =
                isRecovered
                ? .object(["request": request, "execution": Self.recovered(execution), "left": Self.left]) : request
            let found = Self.outcome(of: choice, input, Self.context(execution))
            if found?.next == expected.next, found?.output == expected.output { continue }
            return [
                broken(
                    state.place,
                    "of \(request.text.prefix(200)) under the name \(execution) comes what the contract does not have")
            ]
        }
        return []
    }

    private static let refused = ErrorMessage.invalidRequest.rawValue
    private static let ownAccount = "210987654321"

    /// The choice by itself, in an account of its own.
    private static func choice(_ json: JSONValue) -> QueryChoice? {
        guard var state = json.objectValue, let rules = state["Choices"]?.arrayValue else { return nil }
        let text = JSONValue.array(rules).text.replacing("${AccountId}", with: ownAccount)
        state["Choices"] = try? JSONValue(parsing: text)
        var states: JSONObject = ["Validate": .object(state)]
        for next in rules.compactMap({ $0["Next"]?.stringValue }) { states[next] = ["Type": "Succeed"] }
        let machine = try? StateMachine(["StartAt": "Validate", "States": .object(states)])
        guard case .queryChoice(let choice) = machine?.state("Validate")?.kind else { return nil }
        return choice
    }

    /// Where the choice leads and with what; `nil` if it has an error or no rule that holds.
    private static func outcome(of choice: QueryChoice, _ input: JSONValue, _ context: JSONValue) -> Expected? {
        var scope = QueryScope(
            input: input, context: context, variables: Variables(), now: Timestamp(milliseconds: 0),
            random: SeededRandom(seed: 1))
        var budget = EvaluationBudget()
        do {
            for rule in choice.rules where try rule.condition.holds(in: &scope, at: "", budget: &budget) {
                let output = try rule.output?.evaluate(in: &scope, at: "", budget: &budget)
                return Expected(output: output ?? input, next: rule.next)
            }
        } catch {
            return nil
        }
        return nil
    }

    // MARK: What the contract says

    private static func expected(_ request: JSONValue, _ execution: String, isRecovered: Bool) -> Expected {
        let duplicates = CreateCleanroom.saga.duplicates
        let kept: JSONObject =
            isRecovered
            ? ["execution": recovered(execution), "left": left]
            : ["execution": started(execution), "left": ["text": ""]]
        func refusal(_ field: String, _ rule: String, under id: String, to next: String) -> Expected {
            let error: JSONValue = [
                "message": .string(refused), "cause": .string("\(field) is missing or is not \(rule)"),
            ]
            return Expected(
                output: .object(kept.merging(["answer": ["requestId": .string(id)], "error": error])), next: next)
        }
        let sent = request.objectValue ?? [:]
        guard let id = sent["requestId"]?.stringValue, (try? RequestID(id)) != nil else {
            return refusal("requestId", RequestID.rule, under: execution, to: Waypoint.tellError)
        }
        let names = ["requestId", "account", "database"]
        func identified(_ field: String, _ rule: String) -> Expected {
            let refusal = refusal(field, rule, under: id, to: duplicates.lookForOther.entrance)
            let known = JSONObject(names.compactMap { name in sent[name].map { (name, $0) } })
            return Expected(
                output: .object((refusal.output.objectValue ?? [:]).merging(["request": .object(known)])),
                next: refusal.next)
        }
        guard let account = sent["account"]?.stringValue, (try? AccountID(account)) != nil else {
            return identified("account", AccountID.rule)
        }
        if account == ownAccount { return identified("account", AccountID.otherRule) }
        guard let database = sent["database"]?.stringValue, (try? DatabaseName(database)) != nil else {
            return identified("database", DatabaseName.rule)
        }
        let isNamed = execution.utf8.allSatisfy { byte in
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8.contains(byte)
        }
        if !isNamed { return identified("the name of the execution", "made of letters, digits, _ and -") }
        return Expected(
            output: .object(kept.merging(room(id, account, database, isRecovered: isRecovered))),
            next: duplicates.lookForFirst.entrance)
    }

    /// What is laid out for a request that keeps all rules.
    private static func room(_ id: String, _ account: String, _ database: String, isRecovered: Bool) -> JSONObject {
        let startTime = isRecovered ? "then" : "now"
        return [
            "request": ["requestId": .string(id), "account": .string(account), "database": .string(database)],
            "answer": ["requestId": .string(id)],
            "room": [
                "location": .string("s3://${Bucket}/cleanroom/\(database)/"),
                "locationArn": .string("arn:${Partition}:s3:::${Bucket}/cleanroom/\(database)/"),
                "prefix": .string("cleanroom/\(database)/"),
                "marker": .string("cleanroom request=\(id) execution=an:arn started=\(startTime) deployment=${Name}"),
            ],
            "mode": ["repeat": false], "made": ["more": false], "seen": [:], "grants": [:],
            "tries": .object(JSONObject(Tries.ofRoom.map { ($0.name, ["count": 0]) })),
        ]
    }

    private static func started(_ name: String) -> JSONValue {
        ["id": "an:arn", "name": .string(name), "startTime": "now"]
    }
    private static func recovered(_ name: String) -> JSONValue {
        ["id": "an:arn", "name": .string(name), "startTime": "then", "attempts": [2]]
    }
    private static let left: JSONValue = ["text": " Left behind: something."]

    private static func context(_ name: String) -> JSONValue {
        [
            "Execution": ["Id": "an:arn", "Name": .string(name), "StartTime": "now"]
        ]
    }

    // MARK: Samples

    private static let good: JSONObject = [
        "requestId": "6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11", "account": "012345678901", "database": "acme_room",
        "beside": ["a": 1],
    ]

    /// Requests with the names of their executions.
    private static let samples: [(JSONValue, String)] = {
        let types: [JSONValue] = [.null, true, 7, .double(0.5), "", "a", [], ["a"], [:], ["a": "a"], [.object(good)]]
        let id = good["requestId"]?.stringValue ?? ""
        let values: KeyValuePairs<String, [String]> = [
            "requestId": [
                id.uppercased(), id + "0", String(id.dropLast()), id + "\n", id.dropLast() + "\n", id.dropLast() + "g",
                id.replacing("-", with: "_"), "0" + id.dropLast(), id.replacing("-", with: ""),
            ],
            "account": [
                "000000000000", "01234567890", "0123456789012", "01234567890a", "a12345678901", "01234567890\n",
                "01234567890٣", ownAccount,
            ],
            "database": [
                "z", "a_1", "_a", "1a", "A", "aB", "a-b", "a b", "a\n", "é", "aé", "`a", "a{",
                String(repeating: "a", count: 255), String(repeating: "a", count: 256),
            ],
        ]
        var requests = types + [.object(good)]
        for (name, texts) in values {
            requests.append(.object(JSONObject(good.filter { $0.0 != name })))
            requests += (types + texts.map { .string($0) }).map { .object(good.merging([name: $0])) }
        }
        let names = ["AZaz09-_", "a+b", "a b", "x' LOCATION 's3", "é"]
        return requests.map { ($0, id) } + names.map { (.object(good), $0) }
            // Of two rules that are broken the first is named.
            + [(.object(good.merging(["account": 7, "database": 7])), "a+b"), (.object(["requestId": 7]), "a+b")]
    }()
}
