/// One state of a state machine: what all states have, and what its type adds.
package final class State: Sendable {
    package enum Kind: Sendable {
        case task(TaskState)
        case pass(PassState)
        case choice(ChoiceState)
        case wait(WaitState)
        case succeed
        case fail(FailState)
    }

    package enum Transition: Hashable, Sendable {
        case next(String)
        case end
    }

    /// Which part of a document a state takes or gives: all of it, what a path finds, or (`null`) nothing.
    package enum Selection: Hashable, Sendable {
        case path(JSONPath)
        case nothing
    }

    package let name: String
    package let kind: Kind
    package let comment: String?
    /// What the state takes of its input; `nil` is all.
    package let inputPath: Selection?
    /// What the state gives on of its output; `nil` is all.
    package let outputPath: Selection?
    /// Where a state goes that is neither a choice nor an end by its type.
    package let transition: Transition?

    init(name: String, _ reader: FieldReader) {
        self.name = name
        comment = reader.string("Comment", isRequired: false)
        reader.refuse(field: "QueryLanguage", unless: { $0 == "JSONPath" }, feature: "the query language JSONata")
        reader.refuse(field: "Assign", feature: "variables (Assign)")
        let type = reader.string("Type") ?? ""
        var transition: Transition?
        if ["Task", "Pass", "Wait"].contains(type) { transition = Self.transition(reader) }
        self.transition = transition
        if type != "Fail" {
            inputPath = reader.selection("InputPath")
            outputPath = reader.selection("OutputPath")
        } else {
            (inputPath, outputPath) = (nil, nil)
        }
        switch type {
        case "Task": kind = .task(TaskState(reader))
        case "Pass": kind = .pass(PassState(reader))
        case "Choice": kind = .choice(ChoiceState(reader))
        case "Wait": kind = .wait(WaitState(reader))
        case "Fail": kind = .fail(FailState(reader))
        case "Succeed": kind = .succeed
        default:
            kind = .succeed
            reader.allowAll()
            if type == "Map" || type == "Parallel" {
                reader.problems.add(.unsupportedFeature, at: reader.place, "the state type \(type) is not supported")
            } else if !type.isEmpty {
                reader.problems.add(
                    .invalidField, at: reader.place.appending("Type"),
                    "'\(type)' is none of Task, Pass, Choice, Wait, Succeed, Fail, Parallel and Map")
            }
        }
        reader.finish()
    }

    private static func transition(_ reader: FieldReader) -> Transition? {
        let next = reader.string("Next", isRequired: false)
        let end = reader.boolean("End")
        switch (next, end) {
        case (let next?, nil), (let next?, false): return .next(next)
        case (nil, true): return .end
        case (.some, true):
            reader.problems.add(.invalidField, at: reader.place, "a state has Next or End, not both")
        case (nil, _):
            reader.problems.add(.missingField, at: reader.place, "a state has Next, or End with true")
        }
        return nil
    }

    /// The names of the states to which this one can lead.
    package var targets: [String] {
        var targets: [String] = []
        if case .next(let name) = transition { targets.append(name) }
        switch kind {
        case .task(let task): targets += task.catchers.map(\.next)
        case .choice(let choice): targets += choice.rules.map(\.next) + (choice.defaultNext.map { [$0] } ?? [])
        case .pass, .wait, .succeed, .fail: break
        }
        return targets
    }

    /// The type as the definition names it.
    package var typeName: String {
        switch kind {
        case .task: "Task"
        case .pass: "Pass"
        case .choice: "Choice"
        case .wait: "Wait"
        case .succeed: "Succeed"
        case .fail: "Fail"
        }
    }
}
