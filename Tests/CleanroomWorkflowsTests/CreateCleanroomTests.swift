import CleanroomModel
import CleanroomWorkflows
import OrderedCollections
import SagaKit
import StatesLanguage
import Testing

/// What has to hold for the machine as it is assembled, whatever it does.
struct CreateCleanroomTests {
    private let machine: StateMachine

    init() throws {
        machine = try StateMachine(CreateCleanroom.definition())
    }

    @Test func `the machine is the same to the byte each time`() {
        #expect(CreateCleanroom.definition().prettyText == CreateCleanroom.definition().prettyText)
    }

    @Test func `every task has a time-out and retries, and all but the tellers a catch for everything`() {
        for (name, task) in machine.tasks {
            #expect(task.timeout != nil, "\(name)")
            // What reads the marker before each round is come back to by the machine, and retried by nothing else.
            let isLooped = task.catchers.last.map { reachable(from: $0.next).contains(name) } ?? false
            #expect(!task.retriers.isEmpty || isLooped, "\(name)")
            if Workflow.createCleanroom.deliveryStates.contains(name) {
                // Their failure is the execution's, so that a redrive sends the answer again.
                #expect(task.catchers.isEmpty, "\(name)")
            } else {
                #expect(task.catchers.last?.errorEquals == ["States.ALL"], "\(name)")
            }
        }
    }

    @Test func `delays are exponential, random and capped, but for the delivery of answers`() {
        for (name, task) in machine.tasks where !Workflow.createCleanroom.deliveryStates.contains(name) {
            for retrier in task.retriers {
                if retrier.errorEquals.allSatisfy({ $0.hasSuffix(".EntityNotFoundException") }) {
                    // Waits for what may not be seen yet, and so may not be cut short at random.
                    #expect(!retrier.hasJitter && retrier.backoffRate == 2 && retrier.maxAttempts == 3, "\(name)")
                    continue
                }
                #expect(retrier.hasJitter && retrier.backoffRate == 2 && retrier.maxDelaySeconds == 20, "\(name)")
            }
        }
    }

    @Test func `after success is told nothing can happen any more`() {
        #expect(reachable(from: "NotifySuccess") == ["NotifySuccess", "Created"])
    }

    @Test func `the undo graph makes and shares nothing, and every way through it tells the error`() {
        let names = reachable(from: Workflow.createCleanroom.undoState)
        for effect in ["CreateDatabase", "RegisterLocation", "GrantToAccount", "ClearTableDefaultPermissions"] {
            #expect(!names.contains(effect))
        }
        #expect(names.contains("NotifyError"))
        #expect(names.isSuperset(of: ["NotCreated", "LeftoversRemain"]))
    }

    @Test func `a failed execution can be told by its error from one that could not tell`() {
        let errors = machine.states.values.compactMap { state -> String? in
            if case .fail(let fail) = state.kind, case .fixed(let error) = fail.error { error } else { nil }
        }
        let named = [
            ExecutionError.requestIDReused, ExecutionError.notAnswered, ExecutionError.notCreated,
            ExecutionError.leftovers,
        ]
        #expect(errors == named)
    }

    @Test func `messages are of the closed list, each with whether a new attempt can help`() {
        let told = [machine.source, RecoverCleanroom.definition()].flatMap { definition in
            definition.text.matches(of: /["']message["']: ?["']([A-Za-z]+)["']/).map { String($0.1) }
        }
        #expect(Set(told) == Set(ErrorMessage.allCases.map(\.rawValue)))
        #expect(ErrorMessage.allCases.filter { !$0.mayHelpToTryAgain }.count == 3)
    }

    @Test func `no statement adopts a stranger's database or drops what is in one`() {
        let text = machine.source.text.uppercased()
        #expect(!text.contains("IF NOT EXISTS"))
        #expect(!text.contains("CASCADE"))
    }

    @Test func `a deployment sets what differs between deployments, and nothing else`() {
        #expect(
            Substitutions.names(in: machine.source) == [
                "AccountId", "ApiAuthorization", "ApiEndpoint", "Bucket", "LocationRoleArn", "Name", "Partition",
                "Region", "RoleArn", "Workgroup",
            ])
    }

    @Test func `beside a long expression stands a comment, and none is deep`() throws {
        for machine in Workflows.all.flatMap(\.machines) {
            for (name, state) in machine.assemble().definition["States"]?.objectValue ?? [:] {
                let rules = state["Choices"]?.arrayValue ?? []
                let expressions = [state["Arguments"], state["Assign"], state["Output"]].compactMap(\.self)
                #expect(expressions.allSatisfy { isShort($0) } || state["Comment"] != nil, "\(name)")
                for rule in rules { #expect(isShort(rule) || rule["Comment"] != nil, "\(name)") }
            }
        }
    }

    private func isShort(_ json: JSONValue) -> Bool {
        switch json {
        case .string(let text): !text.hasPrefix("{%") || text.count <= 400
        case .array(let elements): elements.allSatisfy(isShort)
        case .object(let members): members.allSatisfy { isShort($1) }
        default: true
        }
    }

    @Test func `the definition is far from AWS's limit of a megabyte`() {
        #expect(machine.source.text.utf8.count < 200_000)
    }

    private func reachable(from start: String) -> Set<String> {
        var reached: Set = [start]
        var unvisited = [start]
        while let name = unvisited.popLast() {
            for target in machine.state(name)?.targets ?? [] where reached.insert(target).inserted {
                unvisited.append(target)
            }
        }
        return reached
    }
}
