import StatesLanguage

/// Machines with branches at random: one seed, one machine.
///
/// An error is transient or permanent. A transient one is always retried for long enough, by the task or by the state
/// around it, so the outcome does not depend on when the answers come.
struct BranchedMachineGenerator {
    private static let maximumDepth = 3
    /// How many iterations of nested Maps there may be at most.
    private static let maximumIterations = 18

    private var random: SeededRandom
    private var count = 0
    private var stepsLeft = 24

    private init(seed: UInt64) { random = SeededRandom(seed: seed ^ 0xB4A9_C4E5) }

    /// The machine of a seed.
    static func machine(seed: UInt64) -> BranchedMachine {
        var generator = BranchedMachineGenerator(seed: seed)
        let isQuery = generator.chance(20)
        let paddingBytes = generator.chance(30) ? 40_000 : 0
        let visible = paddingBytes > 0 ? [BranchedMachine.firstVariable] : []
        let surroundings = Surroundings(isQuery: isQuery, visible: visible)
        let body = generator.body(surroundings, variable: BranchedMachine.firstVariable, length: 2...4)
        return BranchedMachine(
            seed: seed, body: body, timeoutSeconds: generator.chance(8) ? generator.number(5...60) : nil,
            isQuery: isQuery, paddingBytes: paddingBytes)
    }

    /// What is known of the states around a branch.
    private struct Surroundings {
        var depth = 0
        var isQuery: Bool
        /// Whether the state around the branch retries transient errors.
        var retriesTransient = false
        var iterations = 1
        /// The number of items of the Map around it.
        var items: Int?
        var visible: [String] = []
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    private mutating func number(_ range: ClosedRange<Int64>) -> Int64 { .random(in: range, using: &random) }

    private mutating func name(_ letter: String) -> String {
        count += 1
        return letter + String(count)
    }

    private mutating func body(
        _ around: Surroundings, variable: String, length: ClosedRange<Int>
    ) -> BranchBody {
        var around = around
        var steps: [BranchStep] = []
        if around.depth > 0, chance(50) { steps.append(step("L", around, .lookFor(variable: variable))) }
        let length = Int.random(in: length, using: &random)
        let fork = around.depth == 0 ? Int.random(in: 0..<length, using: &random) : nil
        for index in 0..<length {
            stepsLeft -= 1
            if index == fork || around.depth < Self.maximumDepth && stepsLeft > 0 && chance(28) {
                steps += self.fork(around)
                continue
            }
            switch Int.random(in: 0..<100, using: &random) {
            case ..<20:
                steps.append(step("A", around, .assign(variable: variable)))
                if !around.visible.contains(variable) { around.visible.append(variable) }
            case ..<32: steps.append(step("W", around, .wait(seconds: number(0...6))))
            case ..<42: steps.append(step("N", around, .choose(ifEqual: number(0...3))))
            case ..<47 where index == length - 1 || around.items != nil: steps.append(fail(around))
            default: steps.append(task(around))
            }
            if case .fail(nil) = steps.last?.kind { break }
        }
        return BranchBody(variable: variable, steps: steps)
    }

    private mutating func step(_ letter: String, _ around: Surroundings, _ kind: BranchStep.Kind) -> BranchStep {
        BranchStep(name: name(letter), isQuery: isQuery(around), kind: kind)
    }

    private mutating func isQuery(_ around: Surroundings) -> Bool { around.isQuery || chance(30) }

    private mutating func fail(_ around: Surroundings) -> BranchStep {
        var culprit: Int64?
        if let items = around.items { culprit = number(0...Int64(items)) }
        return step("F", around, .fail(ifEqual: culprit))
    }

    private mutating func task(_ around: Surroundings) -> BranchStep {
        let isLocal = chance(40)
        let kinds: [BranchTask.Failure] = isLocal ? [.error, .throttling] : BranchTask.Failure.allCases
        var kind = kinds[Int.random(in: kinds.indices, using: &random)]
        var behavior = BranchTask.Behavior.works
        var (absorbs, attempts, catches): (Bool, Int64, [String]?) = (false, 0, nil)
        switch Int.random(in: 0..<100, using: &random) {
        case ..<25:
            behavior = .transient(kind, seconds: number(1...20))
            absorbs = !around.retriesTransient || chance(50)
        case ..<42:
            let mayEscape = chance(40)
            if mayEscape { kind = .error }
            behavior = .permanent(kind)
            if !mayEscape { catches = kind == .silence ? ["States.ALL"] : pick([["States.ALL"], [BranchTask.broken]]) }
            if chance(30) { attempts = number(1...2) }
        default: break
        }
        var timeout: Int64?
        if kind == .silence, case .works = behavior {
            kind = .error
        } else if kind == .silence {
            timeout = number(1...4)
        }
        // A process that is down while a task is under way finds that its time has run out.
        if timeout == nil, !isLocal, chance(30), case .works = behavior {
            timeout = 30
            absorbs = true
        }
        var culprit: Int64?
        // What has a time-out may exceed it for any number.
        if let items = around.items, timeout == nil, chance(60) { culprit = number(0...Int64(max(0, items - 1))) }
        let variable = around.visible.isEmpty || chance(20) ? nil : around.visible.randomElement(using: &random)
        var step = step(
            "T", around,
            .task(
                BranchTask(
                    behavior: behavior, onlyFor: culprit, isLocal: isLocal, timeoutSeconds: timeout,
                    variable: variable)))
        (step.retriesTransient, step.retriesOfAny, step.catches) = (absorbs, attempts, catches)
        return step
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: values.indices, using: &random)]
    }

    /// A Parallel or Map, and most times a look for the variables of what is inside it.
    private mutating func fork(_ around: Surroundings) -> [BranchStep] {
        let isMap = chance(50) && around.iterations < Self.maximumIterations
        let name = name(isMap ? "M" : "P")
        let isQuery = isQuery(around)
        var inside = around
        inside.depth += 1
        inside.isQuery = isQuery
        inside.retriesTransient = chance(50)
        let variable = "x\(count)"
        let kind: BranchStep.Kind
        if isMap {
            let most = max(1, Self.maximumIterations / around.iterations)
            let items = chance(5) ? 0 : Int.random(in: 1...min(6, most), using: &random)
            inside.iterations *= max(1, items)
            inside.items = items
            let body = body(inside, variable: variable, length: 1...3)
            kind = .map(
                BranchMap(
                    body: body, count: items, maxConcurrency: Int(number(0...3)),
                    toleratedFailures: chance(30) ? number(1...3) : nil))
        } else {
            let width = Int.random(in: 2...3, using: &random)
            kind = .parallel((0..<width).map { _ in body(inside, variable: variable, length: 1...3) })
        }
        var fork = BranchStep(name: name, isQuery: isQuery, kind: kind)
        fork.retriesTransient = inside.retriesTransient
        if chance(30) { fork.retriesOfAny = 1 }
        if chance(45) { fork.catches = pick([["States.ALL"], ["States.ALL"], [BranchTask.broken], ["Test.Thrown"]]) }
        return chance(60) ? [fork, step("L", around, .lookFor(variable: variable))] : [fork]
    }
}
