/// A path that names exactly one place in a document, so that something can be put there.
///
/// Source: <https://states-language.net/#ref-path>
package struct ReferencePath: Sendable {
    package let path: JSONPath
    /// What a value at this place adds to its document at most: the bytes of the names on the way, and the levels.
    let extent: (bytes: Int, levels: Int)

    /// Reads a path of member names and indices alone that begins in the state's input.
    package init(parsing text: String) throws(ExpressionSyntaxError) {
        path = try JSONPath(parsing: text)
        // A name with its quotes, colon and comma, and the braces of its object.
        let bytes = path.segments.reduce(0) { sum, segment in
            if case .member(let name) = segment { sum + name.utf8.count + 6 } else { sum }
        }
        extent = (bytes, path.segments.count)
        if path.root != .input || !path.isDefinite {
            throw ExpressionSyntaxError(
                text: text, offset: 0,
                message: "a reference path begins with '$' and has member names and indices only")
        }
    }

    package var text: String { path.text }

    /// The document with `value` at this place; members that are missing on the way are made.
    ///
    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultpath.html>
    package func inserting(_ value: JSONValue, into document: JSONValue) throws(ReferencePathError) -> JSONValue {
        try insert(value, into: document, path.segments[...])
    }

    private func insert(
        _ value: JSONValue, into document: JSONValue?, _ segments: ArraySlice<JSONPath.Segment>
    ) throws(ReferencePathError) -> JSONValue {
        guard let segment = segments.first else { return value }
        let rest = segments.dropFirst()
        switch segment {
        case .member(let name):
            var members: JSONObject
            switch document {
            case nil, .null: members = [:]
            case .object(let existing): members = existing
            case .some(let other): throw ReferencePathError(path: text.quoted, found: other.kind)
            }
            members[name] = try insert(value, into: members[name], rest)
            return .object(members)
        case .index(let index):
            guard case .array(var elements) = document, elements.indices.contains(index) else {
                throw ReferencePathError(path: text.quoted, found: document?.kind ?? "nothing")
            }
            elements[index] = try insert(value, into: elements[index], rest)
            return .array(elements)
        default:
            preconditionFailure("a reference path is definite")
        }
    }
}

/// A place that cannot be written to, since something of another kind is in the way.
package struct ReferencePathError: Error, Equatable, CustomStringConvertible {
    package let path: String
    package let found: String

    package var description: String {
        "Unable to apply Reference Path '\(path)': there is a \(found) on the way"
    }
}
