/// The problems that are found while a definition is read.
final class ProblemCollector {
    private(set) var all: [Problem] = []

    var isEmpty: Bool { all.isEmpty }

    func add(_ code: Problem.Code, at path: ProblemPath, _ message: String) {
        all.append(Problem(code, at: path, message))
    }

    func add(_ problem: Problem) {
        all.append(problem)
    }
}

/// Reads the fields of one object of a definition and remembers which, so that none is passed over.
final class FieldReader {
    let place: ProblemPath
    let problems: ProblemCollector
    private let members: JSONObject
    /// The fields that are there and that something has asked for.
    private var known: [String] = []

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

    /// Reports every field that nothing has asked for.
    func finish() {
        for name in members.names where !known.contains(name) {
            problems.add(.unknownField, at: place.appending(name), "the field '\(name)' is not known here")
        }
    }

    func allow(_ names: String...) { known += names }
    func allowAll() { known += members.names }

    /// Reports a field whose presence asks for a feature that is not there.
    func refuse(field: String, unless isHarmless: (JSONValue) -> Bool = { _ in false }, feature: String) {
        guard let value = any(field), !isHarmless(value) else { return }
        problems.add(.unsupportedFeature, at: place.appending(field), "\(feature) is not supported")
    }

    func any(_ name: String) -> JSONValue? {
        guard let value = members[name] else { return nil }
        known.append(name)
        return value
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

    func number(_ name: String, atLeast least: Double) -> Double? {
        value(name, isRequired: false, "a number of at least \(least)") { json in
            json.doubleValue.flatMap { $0 >= least ? $0 : nil }
        }
    }

    func elements(_ name: String, isRequired: Bool = false) -> [FieldReader] {
        let place = place.appending(name)
        let array = value(name, isRequired: isRequired, "an array") { $0.arrayValue } ?? []
        if isRequired, array.isEmpty, members[name] != nil {
            problems.add(.missingField, at: place, "there is at least one element")
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
        string(name, isRequired: isRequired).flatMap { text in
            parsed(name) { () throws(ExpressionSyntaxError) in try JSONPath(parsing: text) }
        }
    }

    /// A path or an intrinsic, as the fields of a Fail state take them.
    func expression(_ name: String) -> PayloadTemplate? {
        string(name, isRequired: false).flatMap { text in
            parsed(name) { () throws(ExpressionSyntaxError) in try PayloadTemplate.expression(text) }
        }
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
                parsed("ResultPath") { () throws(ExpressionSyntaxError) in try ReferencePath(parsing: text) }
            }
            return path.map { .path($0) } ?? .replace
        }
    }

    func template(_ name: String) -> PayloadTemplate? {
        any(name).map { PayloadTemplate($0, at: place.appending(name), problem: problems.add) }
    }

    /// The names in `ErrorEquals`, held against the rules for them.
    func errorNames() -> [String] {
        let place = place.appending("ErrorEquals")
        let names = elementsOfText("ErrorEquals")
        if names.isEmpty { problems.add(.missingField, at: place, "there is at least one error name") }
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

    private func parsed<Value>(_ name: String, _ parse: () throws(ExpressionSyntaxError) -> Value) -> Value? {
        do {
            return try parse()
        } catch {
            let code: Problem.Code = error.text.hasPrefix("$") ? .invalidPath : .invalidIntrinsic
            problems.add(code, at: place.appending(name), error.description)
            return nil
        }
    }

    private func value<Value>(
        _ name: String, isRequired: Bool, _ wanted: @autoclosure () -> String, _ convert: (JSONValue) -> Value?
    ) -> Value? {
        guard let json = any(name) else {
            if isRequired { problems.add(.missingField, at: place, "the field '\(name)' is missing") }
            return nil
        }
        guard let value = convert(json) else {
            problems.add(.invalidField, at: place.appending(name), "\(wanted()) is expected here, not \(json.text)")
            return nil
        }
        return value
    }
}
