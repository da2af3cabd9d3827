/// Reads the fields of one object of a definition and remembers which, so that none is passed over.
final class FieldReader {
    let place: ProblemPath
    let problems: ProblemCollector
    private let members: JSONObject
    /// The fields that are there and that something has asked for.
    private var known: [String] = []
    /// Those that are not there: what a misspelt one may have been meant to be.
    private var absent: [String] = []
    /// Others that could be there, where a kind of object has very many.
    private var offered: [String] = []
    private var missing: [String] = []
    private var allowsAll = false

    init(_ json: JSONValue, at place: ProblemPath, _ problems: ProblemCollector) {
        self.place = place
        self.problems = problems
        if case .object(let members) = json {
            self.members = members
        } else {
            members = [:]
            problems.add(.invalidField, at: place, "an object is expected here, not \(json.kind)")
        }
    }

    /// Reports every field that nothing has asked for, and those that are missing.
    func finish() {
        if !missing.isEmpty {
            problems.add(
                .missingField, at: place, "These fields are required: [\(missing.joined(separator: ", "))]")
        }
        if allowsAll { return }
        for name in members.names where !known.contains(name) {
            problems.add(
                .unknownField, at: place.appending(name), "the field '\(name.quoted)' is not known here",
                hint: problems.hint(for: name, among: (known + absent + offered).filter { members[$0] == nil }))
        }
    }

    func allow(_ names: String...) { known += names }
    func allow(_ names: [String]) { known += names }
    func allowAll() { allowsAll = true }

    /// Says which fields could be there besides those that are asked for.
    func offer(_ names: [String]) { offered = names }

    func has(_ name: String) -> Bool { members[name] != nil }

    /// Reports a field whose presence asks for a feature that is not there.
    func refuse(field: String, unless isHarmless: (JSONValue) -> Bool = { _ in false }, feature: String) {
        guard let value = any(field), !isHarmless(value) else { return }
        problems.add(.unsupportedFeature, at: place.appending(field), "\(feature) is not supported")
    }

    /// Reports fields of which an object has at most one.
    func exclude(_ names: String...) {
        let found = names.filter(has)
        if found.count > 1 {
            problems.add(
                .conflictingFields, at: place,
                "only one of these fields may be there: [\(found.joined(separator: ", "))]")
        }
    }

    func any(_ name: String) -> JSONValue? {
        guard let value = members[name] else {
            absent.append(name)
            return nil
        }
        known.append(name)
        return value
    }

    /// Asks for a field that has to be there and is not.
    func miss(_ name: String) {
        absent.append(name)
        missing.append(name)
    }

    func string(_ name: String, isRequired: Bool = true) -> String? {
        value(name, isRequired: isRequired, "a text") { $0.stringValue }
    }

    func boolean(_ name: String) -> Bool? {
        value(name, isRequired: false, "true or false") { $0.boolValue }
    }

    func object(_ name: String, isRequired: Bool = false) -> JSONObject? {
        value(name, isRequired: isRequired, "an object") { $0.objectValue }
    }

    func integer(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
        value(name, isRequired: false, "a whole number from \(range.lowerBound) to \(range.upperBound)") { json in
            json.integerValue.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func number(_ name: String, in range: ClosedRange<Double>) -> Double? {
        let upper = range.upperBound.isFinite ? " and at most \(range.upperBound)" : ""
        return value(name, isRequired: false, "a number of at least \(range.lowerBound)\(upper)") { json in
            json.doubleValue.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// One of a few words.
    func word(_ name: String, of words: [String], isRequired: Bool = false) -> String? {
        guard let text = string(name, isRequired: isRequired) else { return nil }
        if words.contains(text) { return text }
        problems.add(
            .invalidField, at: place.appending(name),
            "The field '\(name)' should have one of these values: [\(words.joined(separator: ", "))]",
            hint: problems.hint(for: text, among: words))
        return nil
    }

    func elements(_ name: String, isRequired: Bool = false) -> [FieldReader] {
        let place = place.appending(name)
        let array = value(name, isRequired: isRequired, "an array") { $0.arrayValue } ?? []
        if isRequired, array.isEmpty, members[name]?.arrayValue != nil {
            problems.add(.missingField, at: place, "Value cannot be empty")
        }
        return array.enumerated().map { FieldReader($1, at: place.appending($0), problems) }
    }

    func nested(_ name: String) -> FieldReader? {
        any(name).map { FieldReader($0, at: place.appending(name), problems) }
    }

    func conditions(_ name: String) -> [ChoiceCondition]? {
        members[name] == nil ? nil : elements(name, isRequired: true).map { ChoiceCondition($0) }
    }

    func path(_ name: String, isRequired: Bool = false) -> JSONPath? {
        guard let text = string(name, isRequired: isRequired) else { return nil }
        return parsed(name, as: .invalidPath) { () throws(ExpressionSyntaxError) in try JSONPath(parsing: text) }
    }

    /// A path or an intrinsic, as the fields of a Fail state take them.
    func expression(_ name: String) -> PayloadTemplate? {
        guard let text = string(name, isRequired: false) else { return nil }
        let code: Problem.Code = text.hasPrefix("$") ? .invalidPath : .invalidIntrinsic
        return parsed(name, as: code) { () throws(ExpressionSyntaxError) in try PayloadTemplate.expression(text) }
    }

    func selection(_ name: String) -> State.Selection? {
        if any(name) == .null { return .nothing }
        return path(name).map { .path($0) }
    }

    func resultPath() -> ResultPath {
        switch any("ResultPath") {
        case nil: return .replace
        case .null: return .discard
        case .some:
            let path = string("ResultPath").flatMap { text in
                parsed("ResultPath", as: .invalidPath) { () throws(ExpressionSyntaxError) in
                    try ReferencePath(parsing: text)
                }
            }
            return path.map { .path($0) } ?? .replace
        }
    }

    /// A document of a state in JSONata.
    func query(
        _ name: String, in surroundings: QueryExpression.Surroundings = .entering
    ) -> QueryTemplate? {
        any(name).map { QueryTemplate($0, in: surroundings, at: place.appending(name), problems) }
    }

    /// The expression in a field that may have one instead of a fixed value; `nil` where there is none.
    func expression(of name: String) -> QueryExpression? {
        guard let text = members[name]?.stringValue, QueryExpression.isExpression(text) else { return nil }
        known.append(name)
        return QueryExpression(text, in: .entering, at: place.appending(name), problems)
    }

    /// Whether a field has an expression, even one that cannot be read.
    func hasExpression(_ name: String) -> Bool {
        members[name]?.stringValue.map(QueryExpression.isExpression) ?? false
    }

    func template(_ name: String) -> PayloadTemplate? {
        any(name).map { PayloadTemplate($0, at: place.appending(name), problems) }
    }

    /// The names in `ErrorEquals`, held against the rules for them.
    func errorNames() -> [String] {
        let place = place.appending("ErrorEquals")
        let names = elementsOfText("ErrorEquals")
        if names.isEmpty, members["ErrorEquals"]?.arrayValue?.isEmpty == true {
            problems.add(.missingField, at: place, "Value cannot be empty")
        }
        if names.contains(StatesError.all), names.count > 1 {
            problems.add(.invalidField, at: place, "States.ALL stands alone")
        }
        return names
    }

    private func elementsOfText(_ name: String) -> [String] {
        value(name, isRequired: true, "an array of texts") { json -> [String]? in
            guard let elements = json.arrayValue else { return nil }
            let texts = elements.compactMap(\.stringValue)
            return texts.count == elements.count ? texts : nil
        } ?? []
    }

    private func parsed<Value>(
        _ name: String, as code: Problem.Code, _ parse: () throws(ExpressionSyntaxError) -> Value
    ) -> Value? {
        do {
            return try parse()
        } catch {
            problems.add(
                error.isUnsupported ? .unsupportedFeature : code, at: place.appending(name), error.description,
                hint: error.hint(problems))
            return nil
        }
    }

    private func value<Value>(
        _ name: String, isRequired: Bool, _ wanted: @autoclosure () -> String, _ convert: (JSONValue) -> Value?
    ) -> Value? {
        guard let json = any(name) else {
            if isRequired { missing.append(name) }
            return nil
        }
        guard let value = convert(json) else {
            problems.add(.invalidField, at: place.appending(name), "\(wanted()) is expected here, not \(json.quoted)")
            return nil
        }
        return value
    }
}
