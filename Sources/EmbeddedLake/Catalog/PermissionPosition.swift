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
        let parts = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, SecuredResource(kind: parts[1], name: parts[0]) != nil else { return nil }
        (name, kind, principal) = (parts[0], parts[1], parts[2])
    }

    var text: String { "\(name)\n\(kind)\n\(principal)" }

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
