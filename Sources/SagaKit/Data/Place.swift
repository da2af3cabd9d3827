/// A place in the data of an execution, where something can be put and looked for: a variable, or a member in one.
///
/// None is made of a text but where the data of a machine is declared (`SagaData`, and a file of each workflow), so a
/// misspelt place does not compile. In an expression a place stands for what is there.
package struct Place: Reference, Equatable {
    /// The names that lead here, that of the variable first.
    package let names: [String]

    private init(names: [String]) { self.names = names }

    package init(_ place: Place) { self = place }

    /// All the data.
    package static let root = Place(names: [])

    /// A member of what is here; for declarations of data.
    package func member(_ name: String) -> Place { Place(names: names + [name]) }

    /// The variable in which it is.
    package var variable: String {
        precondition(!names.isEmpty, "all the data is in no variable")
        return names[0]
    }

    /// The names that lead here from a part of the data.
    package func names(below part: Place) -> [String] {
        precondition(names.starts(with: part.names) && names != part.names, "\(names) is not in \(part.names)")
        return Array(names.dropFirst(part.names.count))
    }
}

/// What stands for a member of the data: its place, or its value in an expression.
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
    /// A variable; for declarations of data.
    package static subscript(name: String) -> Self { Self(Place.root.member(name)) }
    /// A variable that has members; for declarations of data.
    package static subscript<Member: Part>(name: String) -> Member { Member(place: Place.root.member(name)) }
}
