package import StatesLanguage

/// Members of a part of the data, with the values that they get.
package typealias Members<Whole: Part> = KeyValuePairs<KeyPath<Whole, Place>, Argument> where Whole.Leaf == Place

/// Where the result of a task goes.
package enum ResultPlacement: Sendable {
    case discard
    /// The whole result at a place, or what a selector takes of it.
    case place(Place, selecting: Argument?)

    /// The whole result as a part of the data.
    package static func at<Whole: Part>(_ part: Whole) -> ResultPlacement { .place(part.place, selecting: nil) }

    /// Members of the result (`Argument.reply`) as those of a part of the data.
    package static func at<Whole: Part>(_ part: Whole, _ members: Members<Whole>) -> ResultPlacement {
        .place(part.place, selecting: .object(at: part, members))
    }

    /// Adds the fields of a task that say so.
    package func apply(to state: inout JSONObject) {
        switch self {
        case .discard:
            state["ResultPath"] = .null
        case .place(let place, let selector):
            if let selector { state["ResultSelector"] = selector.json }
            state["ResultPath"] = .string(place.path)
        }
    }
}

extension Argument {
    /// An object with members at places in a part of the data.
    package static func object<Whole: Part>(at part: Whole, _ members: Members<Whole>) -> Argument {
        object(at: part.place, members.map { (part[keyPath: $0], $1) })
    }
}
