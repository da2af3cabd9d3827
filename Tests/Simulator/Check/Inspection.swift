import CleanroomModel
import DurableExecution
import EmbeddedLake
import StatesLanguage

/// Looks at a simulation that has come to its end, and says what does not hold.
struct Inspection {
    private let simulation: Simulation
    private let schedule: Schedule
    /// Which request each execution works for; a sweep works for none.
    private let requests: [ExecutionARN: String]
    /// Which execution each recovery sees to.
    private let recovered: [ExecutionARN: ExecutionARN]
    private var violations: [Violation]

    /// How long the account service has to be out of reach before a request may go untold, in seconds.
    private static let patience = 23 * 3600

    /// Within which a stopped execution is recovered, in milliseconds: less than the time between two sweeps.
    private static let promptness: Int64 = 1_800_000

    static func violations(of simulation: Simulation) -> [Violation] {
        var inspection = Inspection(simulation)
        inspection.checkExecutions()
        inspection.checkRecoveries()
        inspection.checkAnswers()
        inspection.checkMessages()
        inspection.checkDuplicates()
        inspection.checkWaiting()
        inspection.checkPromptness()
        inspection.checkOthers()
        inspection.checkWhatIsLeft()
        inspection.checkSuccess()
        return inspection.violations
    }

    private init(_ simulation: Simulation) {
        self.simulation = simulation
        schedule = simulation.schedule
        violations = simulation.violations
        let records = simulation.executions.records
        let recovered = records.compactMapValues {
            $0.start.input["executionArn"]?.stringValue.map(ExecutionARN.init)
        }
        requests = records.compactMapValues { record in
            (recovered[record.start.arn].map { records[$0] } ?? record).flatMap {
                $0.start.machine.arn == simulation.machines.asked.arn ? Requests.key(of: $0.start) : nil
            }
        }
        self.recovered = recovered
    }

    private mutating func report(_ invariant: Invariant, _ detail: String) {
        violations.append(Violation(invariant: invariant, detail: detail))
    }

    // MARK: What the schedule allows

    /// What went wrong, and at which call.
    private typealias Fault = (happening: Happening, call: Simulation.Call)

    /// What went wrong; what the run did not come to is left out.
    private var happenings: [Fault] {
        schedule.occurrences.compactMap { occurrence in
            guard occurrence.call <= simulation.calls.count else { return nil }
            let call = simulation.calls[occurrence.call - 1]
            return occurrence.happening.applies(to: call.resource, in: schedule.setting)
                ? (occurrence.happening, call) : nil
        }
    }

    /// What went wrong that may concern a request: not what went wrong at a single call for another one.
    private func happenings(of request: String) -> [Fault] {
        happenings.filter { fault in
            !fault.happening.concernsOneExecution || [nil, request].contains(requests[fault.call.execution])
        }
    }

    /// Whether everything that goes wrong passes by itself.
    private var isPassing: Bool {
        happenings.count <= 3 && happenings.allSatisfy { $0.happening.isPassing(at: $0.call.resource) }
            && [nil, .folderMark, .earlierMembers].contains(schedule.ground) && !losesMarker
            && Set(schedule.requests.map(\.kind)).isSubset(of: [.first, .again, .neighbour])
    }

    /// Whether a database cannot be known by its marker, and so cannot be undone.
    private var losesMarker: Bool { schedule.lake.isSuperset(of: [.losesProperties, .losesComment]) }

    /// Whether something may keep the undoing of a request from getting done.
    private func mayBlockUndoing(_ request: String) -> Bool {
        let happenings = happenings(of: request)
        return losesMarker || schedule.ground == .largeDatabase || happenings.count > 3
            || happenings.contains {
                $0.happening.mayBlockUndoing(at: $0.call.resource) && !isProvable($0) && !isDecidedByList($0)
            }
            // A statement of which nothing is heard is not sent again.
            || happenings.contains {
                [.hang, .silence].contains($0.happening.kind) && $0.call.resource.service == "athena"
            }
            // What is too large to be read is not read again.
            || happenings.contains {
                $0.happening.kind == .oversized && ["getDatabase", "listPermissions"].contains($0.call.resource.action)
            }
    }

    /// Whether somebody drops the database, and nothing else goes wrong, when it is not being found out what was
    /// registered: the rest is known to be the execution's own by its registration. Grants that outlive their database
    /// cannot be revoked.
    private func isProvable(_ fault: Fault) -> Bool {
        fault.happening.kind == .strangerDropsDatabase && schedule.occurrences.count == 1
            && schedule.requests.count == 1 && !schedule.lake.contains(.keepsGrants)
            && !["registerResource", "describeResource"].contains(fault.call.resource.action)
    }

    /// Whether the list of permissions says what came of a revocation, whatever is replied to it.
    private func isDecidedByList(_ fault: Fault) -> Bool {
        fault.happening.kind == .lostReply && fault.call.state == "RevokeFromAccount"
    }

    /// Whether the role is taken off the administrators, so that lists show less, and the settings are read as they were
    /// seconds before.
    private func isHiding(_ request: String) -> Bool {
        let happenings = happenings(of: request)
        return happenings.contains { $0.happening.kind == .administratorRemoved }
            && happenings.contains {
                $0.happening.kind == .stale && $0.call.resource.action == "getDataLakeSettings"
            }
    }

    private var isUnreachable: Bool {
        happenings.contains { fault in
            (fault.happening.kind == .receiverDown || fault.happening.kind == .denied)
                && fault.happening.amount >= Self.patience
        }
    }

    // MARK: Executions

    private var records: [SimulatedExecutions.Record] {
        simulation.executions.order.compactMap { simulation.executions.records[$0] }
    }

    /// The executions that were asked for a room.
    private var asked: [SimulatedExecutions.Record] {
        records.filter { $0.start.machine.arn == simulation.machines.asked.arn }
    }

    private mutating func checkExecutions() {
        for record in records {
            if record.outcome == nil { report(.everythingEnds, "\(record.start.arn) does not end") }
            checkError(of: record)
            checkOutput(of: record)
            checkRefusal(of: record)
            let machine = simulation.machines.machine(of: record.start.machine)
            let (replayed, _) = record.journalled.replay(on: machine)
            if replayed.outcome != record.outcome {
                report(
                    .journalReplays,
                    "\(record.start.arn) ended with \(String(describing: record.outcome)), its journal with "
                        + String(describing: replayed.outcome))
            }
        }
    }

    /// What an execution that has told success gives is what it was asked for, and where the room is.
    private mutating func checkOutput(of record: SimulatedExecutions.Record) {
        guard case .succeeded(let output)? = record.outcome, record.start.machine.arn == simulation.machines.asked.arn,
            output["execution"] == nil
        else { return }
        let input = record.start.input
        let wanted: JSONValue = [
            "requestId": input["requestId"] ?? .null, "account": input["account"] ?? .null,
            "database": input["database"] ?? .null,
            "location": .string("s3://mytiki-ocean/cleanroom/\(input["database"]?.stringValue ?? "")/"),
        ]
        if output != wanted { report(.answersAreTrue, "\(record.start.arn) gives \(output.text)") }
    }

    /// Who is refused for using a requestId again asks for something else than the others of that requestId.
    private mutating func checkRefusal(of record: SimulatedExecutions.Record) {
        // What Step Functions says of another execution may have another shape.
        let isUnreadable = happenings.contains {
            $0.happening.kind == .malformed && $0.call.resource.action == "describeExecution"
        }
        guard record.error == ExecutionError.requestIDReused, !isUnreadable else { return }
        let key = Requests.key(of: record.start)
        let others = asked.map(\.start).filter { Requests.key(of: $0) == key && $0.arn != record.start.arn }
        if !others.isEmpty, others.allSatisfy({ $0.input == record.start.input }) {
            report(.repeatsAreOne, "\(record.start.arn) is refused, and nobody asked for anything else")
        }
    }

    /// How often an execution is recovered at most.
    private static let recoveryLimit = 5

    /// The recoveries that read how far an execution had come.
    private func recoveries(of arn: ExecutionARN) -> [SimulatedExecutions.Record] {
        records.filter { $0.start.input["histories"] != nil && $0.start.input["executionArn"]?.stringValue == arn.text }
    }

    private mutating func checkRecoveries() {
        for record in asked {
            let count = recoveries(of: record.start.arn).count
            if count > Self.recoveryLimit {
                report(.recoveriesAreBounded, "\(record.start.arn) is recovered \(count) times")
            }
        }
    }

    /// Whether each recovery of one of the request's executions broke off, after which an alarm rings: somebody stopped
    /// it, or what it calls was refused for hours.
    private func isGivenUp(_ request: String) -> Bool {
        let stopped = Set(happenings.filter { $0.happening.kind == .stop }.map(\.call.execution))
        let isRefused = happenings.contains { $0.happening.kind == .denied && $0.happening.amount >= 3600 }
        return asked.filter { Requests.key(of: $0.start) == request }.contains { record in
            let recoveries = recoveries(of: record.start.arn)
            return recoveries.count == Self.recoveryLimit
                && recoveries.allSatisfy {
                    $0.outcome?.status != .succeeded && (isRefused || stopped.contains($0.start.arn))
                }
        }
    }

    /// What a machine cannot go on from comes of a reply, and not of the machine.
    private mutating func checkError(of record: SimulatedExecutions.Record) {
        func has(_ kind: Happening.Kind) -> Bool { schedule.occurrences.contains { $0.happening.kind == kind } }
        let isLarge = has(.oversized) || schedule.requests.contains { $0.kind == .large }
        switch record.error {
        case StatesError.runtime where !has(.malformed) && !has(.oversized),
            StatesError.dataLimitExceeded where !isLarge:
            report(
                .nothingBreaksOff, "\(record.start.arn) ended with \(record.outcome.map { "\($0)" } ?? "")")
        default: break
        }
    }

    // MARK: Answers

    /// Milliseconds from the beginning of the simulation to a time.
    private func since(_ time: Timestamp) -> Int64 { time.milliseconds - SimulatedClock.beginning }

    /// Who leaves the answer to another execution of the request leaves it to one that has not told it yet.
    private mutating func checkWaiting() {
        guard !isUnreachable else { return }
        for record in asked where record.outcome?.status == .succeeded {
            let (key, start) = (Requests.key(of: record.start), record.begunAt)
            let others = asked.filter { Requests.key(of: $0.start) == key && $0.start.arn != record.start.arn }
            let leader = others.first { $0.start.name == key } ?? others.first
            guard let leader, let end = leader.endedAt, end < start,
                leader.outcome?.status == .succeeded
                    || [ExecutionError.notCreated, ExecutionError.leftovers].contains(leader.error ?? "")
            else { continue }
            if !deliveries.contains(where: { $0.key == key && $0.time >= start }) {
                report(.outcomeIsTold, "\(record.start.arn) ends without an answer, and \(leader.start.arn) has ended")
            }
        }
    }

    /// Where nothing is wrong but that an execution was stopped, its end is heard of at once, and not by a sweep.
    private mutating func checkPromptness() {
        guard schedule.occurrences.map(\.happening.kind) == [.stop] else { return }
        for record in asked {
            let (key, end) = (Requests.key(of: record.start), since(record.start.startedAt) + Self.promptness)
            if !deliveries.contains(where: { $0.key == key && $0.time <= end }) {
                report(.outcomeIsTold, "\(key) is told nothing before it is looked for executions without an outcome")
            }
        }
    }

    private var deliveries: [Receiver.Delivery] { simulation.receiver.deliveries }

    /// What was told, and what nobody took for a day: an operator reads it in the execution, and has it sent again.
    private var sent: [Receiver.Delivery] { deliveries + (isUnreachable ? simulation.receiver.refused : []) }

    private mutating func checkAnswers() {
        let keys = Set(asked.map { Requests.key(of: $0.start) }).sorted()
        let isUnreadable = happenings.contains {
            $0.happening.kind == .oversized
                || $0.happening.kind == .malformed && $0.call.resource.action == "describeExecution"
        }
        for key in keys {
            let told = deliveries.filter { $0.key == key }
            // What Step Functions says of an execution may be too much to be read, or of another shape; then its name
            // stands for the request.
            let isToldByName =
                isUnreadable
                && asked.contains { record in
                    Requests.key(of: record.start) == key && deliveries.contains { $0.key == record.start.name }
                }
            if told.isEmpty, !isUnreachable, !isGivenUp(key), !isToldByName {
                report(.outcomeIsTold, "\(key) is told nothing")
            }
            let paths = Set(told.map(\.path))
            if paths.count > 1, !mayDisagree(told) {
                report(.answersAgree, "\(key) is told both success and an error")
            }
            for path in paths.sorted() where path != Answer.Path.created && path != Answer.Path.failed {
                report(.answersAreTrue, "\(key) is told at '\(path)'")
            }
            // Executions of one request under other names may fail in words of their own; one execution may not, nor its
            // recoveries in others.
            for (execution, bodies) in Dictionary(grouping: told, by: { recovered[$0.execution] ?? $0.execution })
            where Set(bodies.map(\.body)).count > 1 && !isUnreadable {
                report(.answersAgree, "\(execution) tells different things")
            }
            if let success = told.first(where: { $0.path == Answer.Path.created }) { checkRoom(of: success) }
            for error in told where error.path == Answer.Path.failed {
                let message = error.body["error"]?["message"]?.stringValue ?? ""
                if ErrorMessage(rawValue: message) == nil {
                    report(.answersAreTrue, "\(key) is told the error '\(message)', which is not of the list")
                }
            }
        }
        let names = Set(asked.map(\.start.name))
        for delivery in deliveries
        where !keys.contains(delivery.key) && !(isUnreadable && names.contains(delivery.key)) {
            report(.answersAreTrue, "somebody is told of \(delivery.key), who never asked")
        }
    }

    /// Who asks again for a room that was told to stand, and is only used since, is told so once more.
    private mutating func checkDuplicates() {
        guard happenings.allSatisfy({ $0.happening.kind.isUse }) else { return }
        for record in asked {
            let (key, start) = (Requests.key(of: record.start), record.begunAt)
            let others = asked.filter { Requests.key(of: $0.start) == key }
            // Who is told while the execution that tells it still runs has nothing to hear from it again.
            let isRepeat = others.contains { other in
                guard let end = other.endedAt, end < start else { return false }
                return deliveries.contains { $0.execution == other.start.arn && $0.path == Answer.Path.created }
            }
            guard isRepeat, others.allSatisfy({ $0.start.input == record.start.input }) else { continue }
            let isTold = deliveries.contains {
                $0.execution == record.start.arn && $0.path == Answer.Path.created
            }
            if !isTold { report(.outcomeIsTold, "\(record.start.arn) is not told that its room stands") }
        }
    }

    /// A request that is refused, or fails for a single reason, is told which.
    private mutating func checkMessages() {
        guard schedule.requests.count == 1, let kind = schedule.requests.first?.kind, !losesMarker,
            let wanted = expectedMessage(for: kind)
        else { return }
        for error in deliveries {
            let message = error.body["error"]?["message"]?.stringValue
            if message != wanted.rawValue { report(.answersAreTrue, "\(error.key) is told \(message ?? "success")") }
        }
    }

    /// States that look at what is there before the location is listed and the database made.
    private static let beforeCreation: Set = ["ReadDataLakeSettings", "CheckLocationIsUnregistered"]

    /// What is told to the only request of the schedule; `nil` where several things are wrong, or none.
    private func expectedMessage(for kind: Schedule.Submission.Kind) -> ErrorMessage? {
        switch (kind, schedule.ground, happenings.count) {
        case (.invalid, _, 0), (.misnamed, _, 0), (.ownAccount, _, 0), (.oddlyNamed, nil, 0): return .invalidRequest
        case (.first, .strangersDatabase?, 0), (.first, .standingRoom?, 0): return .databaseAlreadyExists
        case (.first, .largeDatabase?, 0): return .lakeNotReadable
        case (.first, .registeredByStranger?, 0), (.first, .registeredWithOurRole?, 0), (.first, .objects?, 0),
            (.first, .subfolderMark?, 0):
            return .locationNotFree
        case (.first, nil, 1), (.first, .folderMark?, 1):
            let fault = happenings[0]
            // What is refused for a moment is tried again.
            if fault.happening.kind == .denied, fault.happening.amount < 3600 { return nil }
            switch (fault.happening.kind, fault.call.resource.action) {
            case (.objectAppears, "getDataLakeSettings"), (.objectAppears, "describeResource"):
                return Self.beforeCreation.contains(fault.call.state) ? .locationNotFree : nil
            case (.strangerTakesName, "startQueryExecution.sync"): return .databaseAlreadyExists
            case (.denied, "startQueryExecution.sync"): return .databaseNotCreated
            case (.denied, "registerResource"): return .locationNotRegistered
            case (.denied, "batchGrantPermissions"): return .notShared
            default: return nil
            }
        default: return nil
        }
    }

    /// Whether others have done to the room what a duplicate may notice. What comes into a room after its success, and
    /// who joins or leaves it, is none of that.
    private func mayDisagree(_ told: [Receiver.Delivery]) -> Bool {
        let success = told.first { $0.path == Answer.Path.created }?.time ?? .max
        return simulation.strangers.acts.contains { act in
            act.database == Simulation.database && !(act.kind.isUse && act.time >= success)
        }
    }

    /// How long before the verification of a room others may change it without being noticed: reads lag behind.
    private var lag: Int64 { schedule.occurrences.map(\.happening.lag).max() ?? 0 }

    /// The room of a success has to stand when it is told, but for what others have done to it since it was verified.
    private mutating func checkRoom(of success: Receiver.Delivery) {
        guard let request = asked.first(where: { Requests.key(of: $0.start) == success.key })?.start.input,
            let database = request["database"]?.stringValue, let account = request["account"]?.stringValue
        else { return }
        // By the execution that tells it, or by the one whose work it has taken up.
        let verifying =
            [success.execution] + asked.map(\.start).filter { Requests.key(of: $0) == success.key }.map(\.arn)
        let since =
            verifying.compactMap { simulation.verifiedSince[$0] }.filter { $0 <= success.time }.max() ?? Int64.max
        let lag = lag
        let isTouched = simulation.strangers.acts.contains { $0.database == database && $0.time + lag >= since }
        if isTouched { return }
        if let missing = wholeness(of: database, account: account, requestID: success.key) {
            report(.answersAreTrue, "\(success.key) is told that \(database) stands, but \(missing)")
        }
    }

    /// What the room lacks of what makes a cleanroom; `nil` for a whole one.
    private func wholeness(of name: String, account: String, requestID: String) -> String? {
        let rows = simulation.strangers.rows(of: name)
        guard let database = rows.database else { return "there is no such database" }
        if database.location != "s3://mytiki-ocean/cleanroom/\(name)/" { return "it is at \(database.location ?? "")" }
        if database.parameters[MarkerProperty.requestID]?.stringValue != requestID { return "it is another's" }
        if database.tableDefaults != [] { return "tables made later are given to somebody" }
        guard let registration = rows.registration else { return "its location is not registered" }
        if registration.roleARN != simulation.machines.locationRole || registration.isHybrid {
            return "its location is registered in another way"
        }
        if !rows.tables.isEmpty { return "there is a table in it" }
        let place = "mytiki-ocean/cleanroom/\(name)/"
        if simulation.lake.content.objects.contains(where: { $0.hasPrefix(place) && $0 != place }) {
            return "there is an object in it"
        }
        if rows.tags != [MemberTag.prefix + account: .string(requestID)] { return "its members are \(rows.tags)" }
        if database.parameters[MarkerProperty.account]?.stringValue != account { return "it does not name its account" }
        let permissions = [["DESCRIBE"], ["DESCRIBE", "SELECT"], ["DATA_LOCATION_ACCESS"]]
        for (resource, permissions) in zip(Strangers.resources(of: name), permissions) {
            let entry = PermissionEntry(
                principal: account, resource: resource, permissions: permissions, grantable: permissions)
            let found = rows.permissions[resource] ?? [:]
            if found != [account: entry] {
                return "on \(resource) there is \(found.values.map(\.description).sorted())"
            }
        }
        return nil
    }

    // MARK: Others

    /// Whether somebody has dropped a room in the making and put a database of their own in its place: neither Glue nor
    /// Lake Formation knows a write on condition, so what is done next by name may be done to the other one.
    private func isReplaced(_ database: String) -> Bool {
        let acts = simulation.strangers.acts.filter { $0.database == database }
        guard let dropped = acts.firstIndex(where: { $0.kind == .strangerDropsDatabase }) else { return false }
        return acts[dropped...].contains { $0.kind == .strangerTakesName }
    }

    private mutating func checkOthers() {
        for (database, rows) in simulation.strangers.belongings.sorted(by: { $0.key < $1.key })
        where !isReplaced(database) {
            let now = simulation.strangers.rows(of: database)
            if now.without(role) != rows.without(role) {
                report(.othersAreUntouched, "\(database) was \(rows) and is \(now)")
            }
            // What the role was granted on an earlier database of the name is its own to revoke, and never to add to.
            for (resource, entries) in now.permissions {
                let before = rows.permissions[resource]?[role]?.permissions ?? []
                if let held = entries[role]?.permissions, !Set(held).isSubset(of: before) {
                    report(.othersAreUntouched, "on \(resource) the role had \(before) and has \(held)")
                }
            }
        }
    }

    /// The role under which the machines act.
    private var role: String { simulation.machines.asked.roleARN }

    // MARK: What is left

    private mutating func checkWhatIsLeft() {
        let errors = sent.filter { $0.path == Answer.Path.failed }
        for error in errors where !mayBlockUndoing(error.key) {
            // An event that is too large to be read may have been any: then this, and nothing else, may be named.
            let isUnread = happenings(of: error.key).contains {
                $0.happening.kind == .oversized && $0.call.resource.action == "getExecutionHistory"
            }
            let unread = "Left behind: whatever was made of it, since the history of its execution could not be read."
            let known = isUnread ? cause(of: error).replacing(unread, with: "") : cause(of: error)
            if known.contains("Left behind") { report(.undoingIsWhole, cause(of: error)) }
        }
        // What is named stands behind this, and not in what is said to have failed.
        let named = errors.map(cause).compactMap { cause in
            cause.firstRange(of: "Left behind").map { cause[$0.lowerBound...] }
        }
        // What of a request is left whose every recovery broke off, an alarm names.
        let known = asked.map(\.start).filter { !isGivenUp(Requests.key(of: $0)) }
        for (database, starts) in Dictionary(grouping: known, by: { $0.input["database"]?.stringValue ?? "" })
            .sorted(by: { $0.key < $1.key }) where !database.isEmpty
        {
            let keys = Set(starts.map(Requests.key))
            let accounts = Set(starts.compactMap { $0.input["account"]?.stringValue })
            for (left, names) in leftovers(of: database, accounts, mayStay: keys.contains(where: mayBlockUndoing)) {
                let isNamed = named.contains { cause in names.contains { cause.contains($0) } }
                if !isNamed, !(left.hasPrefix("grants of ") && keys.contains(where: isHiding)) {
                    report(.nothingUnnamedIsLeft, left)
                }
            }
        }
    }

    private func cause(of error: Receiver.Delivery) -> String { error.body["error"]?["cause"]?.stringValue ?? "" }

    private func isFor(_ database: String, _ key: String) -> Bool {
        asked.contains { Requests.key(of: $0.start) == key && $0.start.input["database"]?.stringValue == database }
    }

    /// What there is of rooms under a name that nobody was told stand, each with the texts that name it.
    ///
    /// - Parameter mayStay: whether something kept a grant that lets nobody in from being revoked.
    private func leftovers(
        of name: String, _ accounts: Set<String>, mayStay: Bool
    ) -> [(left: String, names: [String])] {
        let rows = simulation.strangers.rows(of: name)
        if rows == simulation.strangers.belongings[name] || isReplaced(name) { return [] }
        // What stands by an answer, and what is left of it where somebody has dropped its database since.
        let owner = rows.database?.parameters[MarkerProperty.requestID]?.stringValue
        let isDropped = simulation.strangers.acts.contains { $0.database == name && $0.kind == .strangerDropsDatabase }
        let standing = sent.contains { delivery in
            delivery.path == Answer.Path.created
                && (delivery.key == owner || owner == nil && isDropped && self.isFor(name, delivery.key))
        }
        if standing { return [] }
        let whole = "whatever was made of it"
        let replaced = "what was registered and granted for it"
        let unproven = "what was granted with it"
        let taken = simulation.strangers.acts.contains { $0.database == name && $0.kind == .strangerTakesName }
        // Who deregisters a location takes away what the rest is found by: nothing can be revoked on it, and a database
        // that is dropped besides leaves no sign. By itself it has to be named.
        let isUprooted =
            schedule.occurrences.count > 1
            && simulation.strangers.acts.contains { $0.database == name && $0.kind == .strangerDeregisters }
        var left: [(String, [String])] = []
        if rows.database != nil, !taken {
            left.append(("the database \(name)", ["the database \(name)", whole]))
        }
        let theirs = simulation.strangers.acts.contains {
            $0.database == name && [.strangerRegisters, .strangerRegistersWithOurRole].contains($0.kind)
        }
        if rows.registration != nil, !theirs, simulation.strangers.belongings[name]?.registration == nil {
            left.append(
                (
                    "the registration of \(name)",
                    ["the registration of s3://mytiki-ocean/cleanroom/\(name)/", whole, replaced]
                ))
        }
        for (resource, entries) in rows.permissions.sorted(by: { $0.key.kind < $1.key.kind })
        where !(isUprooted && (isDropped || resource.kind == "LOCATION")) {
            for principal in entries.keys.sorted()
            where principal != Strangers.account && principal != Strangers.principal {
                // On a name without a database a grant to the role itself, or what the account's settings give to
                // everybody, lets nobody in, and the next request for the name revokes it; it has to go where nothing
                // kept it.
                let isNobodys = [role, DataLakeSettings.everybody].contains(principal)
                let isNowhere = resource.kind == "LOCATION" ? rows.registration == nil : rows.database == nil
                if isNobodys, isNowhere, mayStay { continue }
                let texts =
                    accounts.contains(principal)
                    ? ["grants of account \(principal) and of the service's role on \(name)"]
                    : [
                        "and of the service's role on \(name)", "grants of the maker on \(name)",
                        "the database \(name) with its maker's grants",
                    ]
                // What stands on a database that is left, and named, goes with it.
                let database = resource.kind == "LOCATION" ? [] : ["the database \(name)"]
                left.append(("grants of \(principal) on \(resource)", texts + [whole, replaced, unproven] + database))
            }
        }
        return left
    }

    // MARK: Success

    private mutating func checkSuccess() {
        guard isPassing, !isUnreachable else { return }
        for record in asked {
            let key = Requests.key(of: record.start)
            if !deliveries.contains(where: { $0.key == key && $0.path == Answer.Path.created }) {
                let told = deliveries.first { $0.key == key }.map(\.body.text) ?? "nothing"
                report(.passingFaultsPass, "\(key) is told \(told)")
            }
        }
    }
}

extension PermissionEntry {
    fileprivate var description: String { "\(principal): \(permissions), grantable \(grantable)" }
}
