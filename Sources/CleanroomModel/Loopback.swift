/// The names and addresses under which a machine reaches itself: to them alone plain HTTP is spoken, and under them
/// alone a server without credentials answers.
package enum Loopback {
    /// Whether a host, without its port, is one of them.
    package static func contains(_ host: some StringProtocol) -> Bool {
        let name = host.lowercased()
        let bare = name.hasPrefix("[") && name.hasSuffix("]") ? String(name.dropFirst().dropLast()) : name
        if bare == "localhost" || bare == "::1" { return true }
        let parts = bare.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Whether the host of an authority, with its port or without, is one of them.
    package static func contains(authority: String) -> Bool {
        var host = authority.prefix { $0 != ":" }
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") { host = authority[...end] }
        let port = authority[host.endIndex...]
        let isPort = port.isEmpty || port.first == ":" && port.dropFirst().utf8.allSatisfy { (48...57).contains($0) }
        return isPort && contains(host)
    }
}
