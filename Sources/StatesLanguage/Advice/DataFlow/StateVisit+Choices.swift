// What a choice in JSONPath asks for, and what is known behind each of its ways out.
extension StateVisit {
    mutating func outcomes(
        of choice: ChoiceState, _ state: State, _ taken: KnownData
    ) -> [(String, KnownData)] {
        var outcomes: [(String, KnownData)] = []
        var rest: KnownData? = taken
        func output(_ known: KnownData, _ assignment: Assignment?, _ visit: inout StateVisit) -> KnownData {
            visit.variables = known.variables
            let place = state.place.appending("OutputPath")
            let output = visit.select(state.outputPath, known.input, place)
            return visit.assign(assignment, known.input, KnownData(input: output, variables: known.variables))
        }
        for (index, rule) in choice.rules.enumerated() {
            let place = state.place.appending("Choices").appending(index)
            guard let before = rest else {
                miss(place.appending("Next"), "a rule before this one always holds")
                continue
            }
            check(rule.condition, before, place)
            if let after = known(rule.condition, true, before) {
                outcomes.append((rule.next, output(after, rule.assignment, &self)))
            } else {
                miss(place.appending("Next"), "this rule never holds")
            }
            rest = known(rule.condition, false, before)
        }
        if let target = choice.defaultNext {
            if let rest {
                outcomes.append((target, output(rest, state.assignment, &self)))
            } else {
                miss(state.place.appending("Default"), "one of the rules always holds")
            }
        }
        return outcomes
    }

    /// Notes a way that is never taken.
    mutating func miss(_ place: ProblemPath, _ reason: String) {
        if isTelling { neverTaken.append((place, reason)) }
    }

    /// Looks up what a condition reads, each part knowing what those before it have found out.
    private mutating func check(_ condition: ChoiceCondition, _ known: KnownData, _ place: ProblemPath) {
        if !isTelling || !budget.take(1) { return }
        let shape = known.input
        variables = known.variables
        switch condition {
        case .and(let conditions), .or(let conditions):
            let isAnd = if case .and = condition { true } else { false }
            var rest: KnownData? = known
            for (index, part) in conditions.enumerated() {
                guard let current = rest else { return }
                check(part, current, place.appending(isAnd ? "And" : "Or").appending(index))
                rest = self.known(part, isAnd, current)
            }
        case .not(let condition): check(condition, known, place.appending("Not"))
        case .test(let path, .present, _):
            if let document = known.document(of: path),
                case .missing(_, onEveryWay: true) = document.shape.find(document.segments)
            {
                miss(place.appending("Variable"), "'\(path.text.quoted)' is never there")
            }
        case .test(let path, _, _), .matches(let path, _): _ = look(path, shape, place.appending("Variable"))
        case .compare(let path, let comparand, let ordering, let operand):
            let value = look(path, shape, place.appending("Variable"))
            if case .oneOf(let words) = value, case .literal(.string(let text)) = operand, ordering == .equals,
                !words.contains(text)
            {
                let field = place.appending(comparand.rawValue + ordering.rawValue)
                miss(field, "this is one of \(words.joined(separator: ", ")), and never '\(text.quoted)'")
            }
            if case .path(let other) = operand {
                _ = look(other, shape, place.appending(comparand.rawValue + ordering.rawValue + "Path"))
            }
        }
    }

    /// What is known when a condition holds or does not; `nil` when that cannot be.
    private func known(_ condition: ChoiceCondition, _ holds: Bool, _ data: KnownData) -> KnownData? {
        // Conditions within one another are looked at both ways, and so each twice as often as that around it.
        if !budget.take(1) { return data }
        switch condition {
        case .and(let conditions): return holds ? all(conditions, true, data) : any(conditions, false, data)
        case .or(let conditions): return holds ? any(conditions, true, data) : all(conditions, false, data)
        case .not(let condition): return known(condition, !holds, data)
        case .test(let path, .present, let expected):
            guard path.isDefinite, let (shape, segments) = data.document(of: path),
                budget.take(shape.memberCount(along: segments))
            else { return data }
            let isThere = expected == holds
            switch shape.find(segments) {
            case .missing(_, onEveryWay: true) where isThere: return nil
            case .found where !isThere && isSure(segments, shape): return nil
            default: return data.replacing(shape.knowing(isThere, at: segments[...]), of: path)
            }
        case .test(let path, _, _), .matches(let path, _): return found(path, data)
        case .compare(let path, _, let ordering, let operand):
            if path.isDefinite, let (shape, segments) = data.document(of: path),
                case .found(.literal(let value)) = shape.find(segments), case .literal(let literal) = operand,
                ordering == .equals, (value == literal) != holds
            {
                return nil
            }
            return found(path, data)
        }
    }

    /// What is known when something is at the end of a path.
    private func found(_ path: JSONPath, _ data: KnownData) -> KnownData {
        guard path.isDefinite, let (shape, segments) = data.document(of: path),
            budget.take(shape.memberCount(along: segments)), !isSure(segments, shape)
        else { return data }
        return data.replacing(shape.knowing(true, at: segments[...]), of: path)
    }

    /// Whether what a path finds is there on every way.
    private func isSure(_ segments: [JSONPath.Segment], _ shape: Shape) -> Bool {
        var shape = shape
        for segment in segments {
            guard case .member(let name) = segment, case .object(let members, _) = shape,
                let member = members[name], member.presence == .always
            else { return false }
            shape = member.shape
        }
        return true
    }

    private func all(_ conditions: [ChoiceCondition], _ hold: Bool, _ data: KnownData) -> KnownData? {
        var data = data
        for condition in conditions {
            guard let next = known(condition, hold, data) else { return nil }
            data = next
        }
        return data
    }

    /// At least one of the conditions is as it is said, after others that are not.
    private func any(_ conditions: [ChoiceCondition], _ hold: Bool, _ data: KnownData) -> KnownData? {
        var result: KnownData?
        var data = data
        for condition in conditions {
            if let found = known(condition, hold, data) {
                result = result.map { $0.joining(found, budget) ?? $0 } ?? found
            }
            guard let next = known(condition, !hold, data) else { break }
            data = next
        }
        return result
    }
}
