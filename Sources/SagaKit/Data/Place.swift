/// A place in the data of an execution, where something can be put and looked for.
///
/// None is made of a text but where the data of a machine is declared (`SagaData`, `RecoveryData`, and a file of each
/// workflow), so a misspelt place does not compile. In a template a place stands for what is there (`Argument`).
package struct Place: Reference, Equatable {
    /// The reference path that AWS knows it by.
    package let path: String

    private init(path: String) { self.path = path }

    package init(_ place: Place) { self = place }

    /// All the data.
    package static let root = Place(path: "$")

    /// A member of what is here; for declarations of data.
    package func member(_ name: String) -> Place { Place(path: "\(path).\(name)") }

    /// An element of the list that is here; for declarations of data.
    package func element(_ index: Int) -> Place { Place(path: "\(path)[\(index)]") }

    /// A step on the way to a place.
    package enum Step: Hashable, Sendable {
        case member(String)
        case element(Int)
    }

    /// The steps that lead here from all the data.
    package var steps: [Step] {
        path.split(separator: ".").dropFirst().flatMap { part -> [Step] in
            let pieces = part.split(separator: "[")
            return [.member(String(pieces[0]))] + pieces.dropFirst().map { .element(Int($0.dropLast()) ?? 0) }
        }
    }

    /// The variable in which it is where the data is in variables.
    package var variable: String {
        guard case .member(let name)? = steps.first else { preconditionFailure("\(path) is in no variable") }
        return name
    }

    /// The names that lead here from a part of the data.
    package func names(below part: Place) -> [String] {
        let (all, before) = (path.utf8, part.path.utf8)
        let dot = UInt8(ascii: ".")
        precondition(
            all.starts(with: before) && all.dropFirst(before.count).first == dot, "\(path) is not in \(part.path)")
        return all.dropFirst(before.count + 1).split(separator: dot).map { String(Substring($0)) }
    }
}

/// What stands for a member of the data: its place, or its value in a template.
package protocol Reference: Sendable {
    init(_ place: Place)
}

/// A part of the data, with its members.
package protocol Part<Leaf>: Sendable {
    associatedtype Leaf: Reference
    var place: Place { get }
    init(place: Place)
}

extension Part {
    /// The part with all that is in it.
    package var whole: Leaf { Leaf(place) }

    /// A member; for declarations of data.
    package subscript(name: String) -> Leaf { Leaf(place.member(name)) }
    /// A member that has members; for declarations of data.
    package subscript<Member: Part>(name: String) -> Member { Member(place: place.member(name)) }
}

extension Reference {
    /// A member of all the data; for declarations of data.
    package static subscript(name: String) -> Self { Self(Place.root.member(name)) }
    /// A member of all the data that has members; for declarations of data.
    package static subscript<Member: Part>(name: String) -> Member { Member(place: Place.root.member(name)) }
}

extension Place {
    /// A list, of which only the first element and the rest can be told apart.
    package struct List<Leaf: Reference>: Part {
        package let place: Place
        package init(place: Place) { self.place = place }
        /// The first element.
        package var first: Leaf { Leaf(place.element(0)) }
    }
}
