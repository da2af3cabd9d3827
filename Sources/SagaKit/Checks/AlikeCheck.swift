import StatesLanguage

/// Holds the states of a machine against one another: what is done in several places is done in the same way.
///
/// 1. What an action says is kept in a variable by the same expression wherever it is called.
/// 2. Whose an anchor is, is asked by the same condition wherever its marker was read.
/// 3. Who keeps a failure that was caught keeps it as it was caught.
struct AlikeCheck {
    private let source: JSONValue
    private let scope: MachineScope
    private let outline: Outline

    init(_ source: JSONValue, _ scope: MachineScope, _ outline: Outline) {
        (self.source, self.scope, self.outline) = (source, scope, outline)
    }

    /// Something that is done in several places.
    private struct Occurrence {
        /// What it has to be alike with.
        let kind: [String]
        let value: JSONValue
        let place: ProblemPath
    }

    func problems() -> [Problem] {
        let states = scope.inOrder.compactMap { state in source.value(at: state.place).map { (state, $0) } }
        let all = states.flatMap { assigned(in: $1, $0) + comparisons(in: $1, $0) + caught(in: $1, $0) }
        return Dictionary(grouping: all, by: \.kind).sorted { $0.key.joined() < $1.key.joined() }.flatMap { _, alike in
            let count = Dictionary(grouping: alike, by: \.value).mapValues(\.count)
            // The one that most have; of two the one that comes first.
            let usual = alike.max { count[$0.value, default: 0] < count[$1.value, default: 0] }?.value
            return alike.filter { $0.value != usual }.map {
                Problem(
                    .contractBroken, at: $0.place,
                    "\($0.kind.last ?? "") is another elsewhere, where the same is done: \(usual?.text ?? "")")
            }
        }
    }

    private func assigned(in json: JSONValue, _ state: State) -> [Occurrence] {
        guard let resource = json["Resource"]?.stringValue else { return [] }
        return (json["Assign"]?.objectValue ?? [:]).compactMap { name, value in
            guard value.text.contains("$states.result") else { return nil }
            let place = state.place.appending("Assign").appending(name)
            return Occurrence(kind: ["assigned", resource, name], value: value, place: place)
        }
    }

    private func comparisons(in json: JSONValue, _ state: State) -> [Occurrence] {
        guard outline.comparisons.contains(state.name), let condition = json["Choices"]?[0]?["Condition"] else {
            return []
        }
        let place = state.place.appending("Choices").appending(0).appending("Condition")
        return [Occurrence(kind: ["compared", "whose the anchor is"], value: condition, place: place)]
    }

    private func caught(in json: JSONValue, _ state: State) -> [Occurrence] {
        let failure = Place.failure.whole.variable
        return (json["Catch"]?.arrayValue ?? []).enumerated().compactMap { index, catcher in
            // One that is laid out is what the machine itself says, such as of what was not found.
            guard let kept = catcher["Assign"]?[failure], kept.stringValue != nil else { return nil }
            let place = state.place.appending("Catch").appending(index).appending("Assign").appending(failure)
            return Occurrence(kind: ["caught", failure], value: kept, place: place)
        }
    }
}
