extension JSONValue {
    /// The document with what stands at a place replaced, or taken away.
    ///
    /// - Parameter place: the names on the way, and `[0]` for an element.
    package func setting(_ place: [String], to value: JSONValue?) -> JSONValue {
        guard let first = place.first else { return value ?? .null }
        let rest = Array(place.dropFirst())
        if case .array(var elements) = self, let index = Int(first.dropFirst().dropLast()) {
            if rest.isEmpty, value == nil {
                elements.remove(at: index)
            } else {
                elements[index] = elements[index].setting(rest, to: value)
            }
            return .array(elements)
        }
        var members = objectValue ?? [:]
        if rest.isEmpty {
            members[first] = value
        } else {
            members[first] = (members[first] ?? [:]).setting(rest, to: value)
        }
        return .object(members)
    }

    /// The document with a member under another name, in the same place among its neighbours.
    package func renaming(_ place: [String], to name: String) -> JSONValue {
        let (around, last) = (Array(place.dropLast()), place.last ?? "")
        let object = value(at: ProblemPath(components: around))?.objectValue ?? [:]
        return setting(around, to: .object(JSONObject(object.map { ($0 == last ? name : $0, $1) })))
    }
}
