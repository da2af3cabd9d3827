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
        func read(_ texts: [String], _ field: String, isPublic: Bool) -> Set<Host> {
            Set(
                texts.enumerated().compactMap { index, text in
                    func refuse(_ rule: String) -> Host? {
                        problems.append(RuleViolation(field: "\(field)[\(index)]", value: text, rule: rule))
                        return nil
                    }
                    guard let host = Host(text) else { return refuse("host or host:port, without https:// or a path") }
                    if isPublic, Loopback.contains(host.name) || NetworkAddress(host.name)?.isPublic == false {
                        return refuse(
                            "a public host: it is this machine or one of its network, which stands in httpPrivateHosts")
                    }
                    return host
                })
        }
        open = read(hosts, "httpHosts", isPublic: true)
        self.anywhere = read(anywhere, "httpPrivateHosts", isPublic: false)
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
