import StatesLanguage

/// What an action takes: its name on the wire, and the rule of each member that has one.
struct ActionShape: Sendable {
    /// The rule of a member.
    indirect enum Rule: Sendable {
        case text(ClosedRange<Int>)
        case oneOf([String])
        case number(ClosedRange<Int64>)
        case flag
        case list(ClosedRange<Int>, of: Rule)
        case structure([Member])
        /// Anything that is an object.
        case map
    }

    struct Member: Sendable {
        let name: String
        let rule: Rule
        let isRequired: Bool
    }

    let name: String
    let members: [Member]
    private let names: Set<String>

    init(_ name: String, _ members: Member...) {
        self.name = name
        self.members = members
        names = Set(members.map(\.name))
    }

    /// The action as tasks name it.
    var action: String { name.prefix(1).lowercased() + name.dropFirst() }

    /// Holds parameters against the rules. A member that has none is one that does nothing here, and is refused by its
    /// name rather than passed over.
    ///
    /// - Throws: `WireError`, `SerializationException` for a value of another type, else `ValidationException` with
    ///   every problem, as far as a person can read them.
    func check(_ parameters: JSONValue) throws(WireError) {
        var problems: [String] = []
        try Self.check(parameters, members, at: "", &problems)
        for (name, value) in parameters.objectValue ?? [:] where !names.contains(name) && value != .null {
            if problems.count >= WireError.maximumProblems { break }
            problems.append("'\(name)' of \(self.name) is not supported here")
        }
        if !problems.isEmpty { throw .validation(problems) }
    }

    private static func check(
        _ json: JSONValue, _ members: [Member], at place: String, _ problems: inout [String]
    ) throws(WireError) {
        guard case .object = json else {
            throw .serialization("\(place.isEmpty ? "the body" : place) is not an object")
        }
        for member in members {
            let place = place.isEmpty ? member.name : "\(place).\(member.name)"
            switch json[member.name] {
            case nil, .null:
                if member.isRequired {
                    problems.append("Value null at '\(place)' failed to satisfy constraint: Member must not be null")
                }
            case let value?: try check(value, member.rule, at: place, &problems)
            }
        }
    }

    private static func check(
        _ json: JSONValue, _ rule: Rule, at place: String, _ problems: inout [String]
    ) throws(WireError) {
        func problem(_ value: String, _ rule: String) {
            problems.append("Value '\(value.shortened(to: 100))' at '\(place)' failed to satisfy constraint: \(rule)")
        }
        func otherType(_ type: String) -> WireError {
            .serialization("\(place) is not \(type): \(VisibleText.beginning(of: json.text, characters: 100))")
        }
        switch rule {
        case .text(let length):
            guard let text = json.stringValue else { throw otherType("a string") }
            let count = text.unicodeScalars.count
            if count > length.upperBound {
                problem(text, "Member must have length less than or equal to \(length.upperBound)")
            } else if count < length.lowerBound {
                problem(text, "Member must have length greater than or equal to \(length.lowerBound)")
            }
        case .oneOf(let values):
            guard let text = json.stringValue else { throw otherType("a string") }
            if !values.contains(text) {
                problem(text, "Member must satisfy enum value set: [\(values.joined(separator: ", "))]")
            }
        case .number(let range):
            guard let number = json.integerValue else { throw otherType("a number") }
            if number > range.upperBound {
                problem("\(number)", "Member must have value less than or equal to \(range.upperBound)")
            } else if number < range.lowerBound {
                problem("\(number)", "Member must have value greater than or equal to \(range.lowerBound)")
            }
        case .flag:
            if json.boolValue == nil { throw otherType("a boolean") }
        case .list(let count, let rule):
            guard let elements = json.arrayValue else { throw otherType("a list") }
            if elements.count > count.upperBound {
                problem(
                    "\(elements.count) elements", "Member must have length less than or equal to \(count.upperBound)")
            } else if elements.count < count.lowerBound {
                problem(
                    "\(elements.count) elements", "Member must have length greater than or equal to \(count.lowerBound)"
                )
            }
            for (index, element) in elements.enumerated() where problems.count < WireError.maximumProblems {
                try check(element, rule, at: "\(place).\(index + 1).member", &problems)
            }
        case .structure(let members): try check(json, members, at: place, &problems)
        case .map:
            if json.objectValue == nil { throw otherType("an object") }
        }
    }
}

extension ActionShape.Member {
    /// A member that has to be there.
    static func required(_ name: String, _ rule: ActionShape.Rule) -> Self {
        Self(name: name, rule: rule, isRequired: true)
    }

    static func optional(_ name: String, _ rule: ActionShape.Rule) -> Self {
        Self(name: name, rule: rule, isRequired: false)
    }
}
