import StatesLanguage

/// Where a list of permissions goes on: behind an entry, whether that is still there or not.
///
/// A number would not do: what is revoked between two pages would move the rest forward, and an entry would be left out.
package struct PermissionPosition: Hashable, Sendable {
    let name: String
    let kind: String
    let principal: String

    /// Behind an entry.
    package init(_ entry: PermissionEntry) {
        (name, kind, principal) = (entry.resource.name, entry.resource.kind, entry.principal)
    }

    /// Reads what `text` gives; `nil` for anything else.
    init?(_ text: String) {
        let json = try? JSONValue(parsing: Array(text.utf8))
        guard let name = json?[0]?.stringValue, let kind = json?[1]?.stringValue, let principal = json?[2]?.stringValue,
            SecuredResource(kind: kind, name: name) != nil
        else { return nil }
        (self.name, self.kind, self.principal) = (name, kind, principal)
    }

    var text: String { JSONValue.array([.string(name), .string(kind), .string(principal)]).text }

    /// Whether an entry comes later in the list of what is granted on one resource.
    func precedes(onSameResource entry: PermissionEntry) -> Bool {
        Self.precedes([kind, principal], [entry.resource.kind, entry.principal])
    }

    /// Whether an entry comes later in the list of everything.
    package func precedes(_ entry: PermissionEntry) -> Bool {
        let other = entry.resource
        return Self.precedes(
            [CatalogRoom.name(for: name), name, kind, principal],
            [CatalogRoom.name(for: other.name), other.name, other.kind, entry.principal])
    }

    /// The order that SQLite has.
    private static func precedes(_ one: [String], _ other: [String]) -> Bool {
        guard let (first, second) = zip(one, other).first(where: { $0 != $1 }) else { return false }
        return first.utf8.lexicographicallyPrecedes(second.utf8)
    }
}
