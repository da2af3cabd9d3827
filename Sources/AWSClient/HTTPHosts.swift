package import CleanroomModel
import Foundation

/// The hosts that clients' machines may call, each with its port. None is the standard.
///
/// A host that is named in the first list has public addresses alone: whatever its name leads to, it is not this machine
/// nor its network. Those of the second may be anywhere.
package struct HTTPHosts: Sendable {
    package struct Host: Hashable, Sendable {
        /// In lower case, without brackets.
        let name: String
        let port: Int

        /// Reads `host` or `host:port`, with the port of HTTPS where there is none; `nil` for anything else.
        init?(_ text: String) {
            // Whatever else a URL can have makes another one of it.
            guard let url = URLComponents(string: "https://\(text)"), let host = url.host, !host.isEmpty,
                url.user == nil, url.password == nil, url.path.isEmpty, url.query == nil, url.fragment == nil,
                (1...65_535).contains(url.port ?? 443), !text.hasSuffix(":")
            else { return nil }
            self.init(name: host, port: url.port ?? 443)
        }

        init(name: String, port: Int) {
            let bare = name.hasPrefix("[") && name.hasSuffix("]") ? String(name.dropFirst().dropLast()) : name
            self.name = bare.lowercased()
            self.port = port
        }
    }

    private let open: Set<Host>
    private let anywhere: Set<Host>

    /// No host at all.
    package static let nobody = HTTPHosts()

    private init() {
        (open, anywhere) = ([], [])
    }

    /// - Throws: `InvalidRequest` with every entry that is no host.
    package init(_ hosts: [String], anywhere: [String] = []) throws(InvalidRequest) {
        var problems: [RuleViolation] = []
        func read(_ texts: [String], _ field: String, _ rule: String, _ isAllowed: (Host) -> Bool) -> Set<Host> {
            Set(
                texts.enumerated().compactMap { index, text in
                    if let host = Host(text), isAllowed(host) { return host }
                    problems.append(RuleViolation(field: "\(field)[\(index)]", value: text, rule: rule))
                    return nil
                })
        }
        open = read(hosts, "httpHosts", "host or host:port; one that is not public stands in httpPrivateHosts") {
            host in
            !Loopback.contains(host.name) && NetworkAddress(host.name)?.isPublic != false
        }
        self.anywhere = read(anywhere, "httpPrivateHosts", "host or host:port") { _ in true }
        if !problems.isEmpty { throw InvalidRequest(problems: problems) }
    }

    package var isEmpty: Bool { open.isEmpty && anywhere.isEmpty }

    enum Permission: Equatable {
        case none
        case publicAddresses
        case anyAddress
    }

    func permission(of host: Host) -> Permission {
        if anywhere.contains(host) { return .anyAddress }
        return open.contains(host) ? .publicAddresses : .none
    }
}
