import StatesLanguage

/// What the boxes and arrows of a state say, in short words.
enum StateWording {
    struct Exit {
        let target: String
        let kind: Chart.Link.Kind
        var label = ""
        var note = ""
    }

    // MARK: Where it leads

    /// Where a state leads: on, by its choices, and by its errors.
    static func exits(of state: JSONValue) -> [Exit] {
        var exits: [Exit] = []
        for rule in state["Choices"]?.arrayValue ?? [] {
            guard let target = rule["Next"]?.stringValue else { continue }
            let condition = ConditionWording.text(rule)
            exits.append(Exit(target: target, kind: .choice, label: ConditionWording.shortText(rule), note: condition))
        }
        if let target = state["Default"]?.stringValue {
            exits.append(Exit(target: target, kind: .otherwise, label: "otherwise", note: "otherwise"))
        }
        if let target = state["Next"]?.stringValue { exits.append(Exit(target: target, kind: .next)) }
        for catcher in state["Catch"]?.arrayValue ?? [] {
            guard let target = catcher["Next"]?.stringValue else { continue }
            let names = (catcher["ErrorEquals"]?.arrayValue ?? []).compactMap(\.stringValue)
            let label = (names.first.map(shortError) ?? "") + (names.count > 1 ? " +\(names.count - 1)" : "")
            exits.append(
                Exit(target: target, kind: .error, label: label, note: "caught: " + names.joined(separator: ", ")))
        }
        return exits
    }

    /// An error's name without that of the service, which stands in the box; the names of the language are kept whole.
    private static func shortError(_ name: String) -> String {
        if name.hasPrefix("States.") { return name }
        let last = name.split(separator: ".").last.map(String.init) ?? name
        let isLong = last.hasSuffix("Exception") && last.count > "Exception".count
        return isLong ? String(last.dropLast("Exception".count)) : last
    }

    // MARK: What it is

    /// The box of a state.
    static func node(_ name: String, _ state: JSONValue) -> Chart.Node {
        let type = state["Type"]?.stringValue ?? ""
        var node = Chart.Node(
            name: name, kind: Chart.Kind(rawValue: type.lowercased()).flatMap { $0.isOfLanguage ? $0 : nil } ?? .task,
            detail: detail(type, state))
        node.isTerminal = type == "Succeed" || type == "Fail" || state["End"]?.boolValue == true
        node.notes = notes(type, state)
        return node
    }

    private static func detail(_ type: String, _ state: JSONValue) -> String {
        switch type {
        case "Task": return ActionWording.text(state)
        case "Wait": return waiting(state)
        case "Fail":
            let error = state["Error"]?.stringValue ?? state["ErrorPath"]?.stringValue.map(ConditionWording.place)
            return error.map { "Fail: \($0)" } ?? "Fail"
        case "Map":
            let items = state["ItemsPath"]?.stringValue ?? state["Items"]?.stringValue
            return items.map { "Map: each of \(ConditionWording.place($0))" } ?? "Map: each item"
        case "Parallel": return "Parallel: \(state["Branches"]?.arrayValue?.count ?? 0) branches"
        case "": return "No type"
        default: return type
        }
    }

    private static func waiting(_ state: JSONValue) -> String {
        if let seconds = state["Seconds"]?.integerValue { return "Wait \(seconds) s" }
        if let seconds = state["SecondsPath"]?.stringValue ?? state["Seconds"]?.stringValue {
            return "Wait \(ConditionWording.place(seconds)) s"
        }
        let time = state["Timestamp"] ?? state["TimestampPath"]
        return time?.stringValue.map { "Wait until \(ConditionWording.place($0))" } ?? "Wait"
    }

    private static func notes(_ type: String, _ state: JSONValue) -> [String] {
        var notes: [String] = []
        if let comment = state["Comment"]?.stringValue { notes.append(comment) }
        if let resource = state["Resource"]?.stringValue { notes.append(resource) }
        if let timeout = state["TimeoutSeconds"]?.integerValue { notes.append("Time-out: \(timeout) s") }
        for retrier in state["Retry"]?.arrayValue ?? [] {
            let names = (retrier["ErrorEquals"]?.arrayValue ?? []).compactMap(\.stringValue)
            let attempts = retrier["MaxAttempts"]?.integerValue ?? 3
            notes.append("Retry \(attempts)×: \(names.joined(separator: ", "))")
        }
        for catcher in state["Catch"]?.arrayValue ?? [] {
            let names = (catcher["ErrorEquals"]?.arrayValue ?? []).compactMap(\.stringValue)
            notes.append("Catch: \(names.joined(separator: ", ")) → \(catcher["Next"]?.stringValue ?? "")")
        }
        return notes
    }

    // MARK: What runs inside it

    /// The machines inside a Map or Parallel state, with a title and their place.
    static func branches(
        of state: JSONValue, at place: ProblemPath
    ) -> [(title: String, place: ProblemPath, definition: JSONValue)] {
        switch state["Type"] {
        case "Parallel":
            return (state["Branches"]?.arrayValue ?? []).enumerated().map { index, branch in
                ("Branch \(index + 1)", place.appending("Branches").appending(index), branch)
            }
        case "Map":
            for field in ["ItemProcessor", "Iterator"] {
                if let machine = state[field] { return [("", place.appending(field), machine)] }
            }
            return []
        default: return []
        }
    }
}

extension Chart.Kind {
    /// Whether it is a type of state, and not only of this drawing.
    fileprivate var isOfLanguage: Bool {
        switch self {
        case .task, .pass, .choice, .wait, .succeed, .fail, .map, .parallel: true
        case .start, .end, .group, .missing: false
        }
    }
}
