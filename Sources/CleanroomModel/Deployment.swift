/// The parameters of a deployment, with the defaults of the contract.
package struct Deployment: Hashable, Sendable {
    /// A parameter by its name in CloudFormation.
    package enum Parameter: String, CaseIterable, Sendable {
        case name = "Name"
        case workgroup = "Workgroup"
        case bucket = "Bucket"
        case apiEndpoint = "ApiEndpoint"
        case apiAuthorization = "ApiAuthorization"
        case locationRole = "LocationRole"

        package var defaultValue: String {
            switch self {
            case .name: "core-account-cleanroom-create"
            case .workgroup: "primary"
            case .bucket: "mytiki-ocean"
            case .apiEndpoint: "account.mytiki.com"
            case .apiAuthorization, .locationRole: ""
            }
        }

        package var rule: String {
            switch self {
            case .name: "lowercase letters, digits and hyphens, a letter first, at most 50"
            case .workgroup: "1 to 128 letters, digits, '.', '_' and '-'"
            case .bucket: "the name of an S3 bucket: 3 to 63 lowercase letters, digits, '.' and '-'"
            case .apiEndpoint: "a host, with or without a port, and without https:// (http:// only for this machine)"
            case .apiAuthorization: "the id of an EventBridge connection, name/id"
            case .locationRole: "the name of an IAM role, or its ARN"
            }
        }

        fileprivate func accepts(_ value: String) -> Bool {
            let bytes = Array(value.utf8)
            func consists(of isAllowed: (UInt8) -> Bool) -> Bool { bytes.allSatisfy(isAllowed) }
            func isWord(_ byte: UInt8) -> Bool { byte.isDigit || byte.isLowercaseLetter || byte.isUppercaseLetter }
            func isOne(of characters: String) -> (UInt8) -> Bool { { characters.utf8.contains($0) } }
            switch self {
            case .name:
                return bytes.first?.isLowercaseLetter == true && bytes.count <= 50
                    && consists { $0.isDigit || $0.isLowercaseLetter || isOne(of: "-")($0) }
            case .workgroup:
                return (1...128).contains(bytes.count) && consists { isWord($0) || isOne(of: "._-")($0) }
            case .bucket:
                return (3...63).contains(bytes.count)
                    && consists { $0.isDigit || $0.isLowercaseLetter || isOne(of: ".-")($0) }
            case .apiEndpoint:
                let host = Deployment.host(ofEndpoint: value)
                if host.isPlain && !Loopback.contains(authority: host.authority) { return false }
                return !host.authority.isEmpty
                    && host.authority.utf8.allSatisfy { isWord($0) || isOne(of: ".-:[]")($0) }
            case .apiAuthorization:
                let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                return bytes.isEmpty
                    || parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
                        && consists { isWord($0) || isOne(of: "._-/")($0) }
            case .locationRole:
                return bytes.isEmpty || consists { isWord($0) || isOne(of: "+=,.@_-:/")($0) }
            }
        }
    }

    package let name: String
    package let workgroup: String
    package let bucket: String
    /// The host that receives the answers; `nil` keeps them.
    package let apiEndpoint: String?
    /// Whether that host, which is this machine then, is spoken to in plain HTTP.
    package let isPlainEndpoint: Bool
    package let apiAuthorization: String
    /// The role with which Lake Formation reaches the locations, a name or an ARN; empty for one of the deployment's own.
    package let locationRole: String

    /// The deployment that has the default of each parameter.
    package static let standard = Deployment()

    private init() {
        name = Parameter.name.defaultValue
        workgroup = Parameter.workgroup.defaultValue
        bucket = Parameter.bucket.defaultValue
        apiEndpoint = nil
        isPlainEndpoint = false
        apiAuthorization = Parameter.apiAuthorization.defaultValue
        locationRole = Parameter.locationRole.defaultValue
    }

    /// Makes a deployment of the values that are given, and the defaults for the others; no endpoint means that the
    /// answers are kept.
    ///
    /// - Throws: `InvalidRequest` with every rule that one of them breaks.
    package init(_ values: [Parameter: String] = [:]) throws(InvalidRequest) {
        let problems = Parameter.allCases.compactMap { parameter -> RuleViolation? in
            guard let value = values[parameter], !parameter.accepts(value) else { return nil }
            let shown = parameter == .apiEndpoint ? value.withoutUserInfo : value
            return RuleViolation(field: parameter.rawValue, value: shown, rule: parameter.rule)
        }
        if !problems.isEmpty { throw InvalidRequest(problems: problems) }
        func value(_ parameter: Parameter) -> String { values[parameter] ?? parameter.defaultValue }
        name = value(.name)
        workgroup = value(.workgroup)
        bucket = value(.bucket)
        apiEndpoint = values[.apiEndpoint].map { Self.host(ofEndpoint: $0).authority }
        isPlainEndpoint = values[.apiEndpoint].map { Self.host(ofEndpoint: $0).isPlain } ?? false
        apiAuthorization = value(.apiAuthorization)
        locationRole = value(.locationRole)
    }

    /// The values that make the same deployment again.
    package var values: [Parameter: String] {
        var values: [Parameter: String] = [
            .name: name, .workgroup: workgroup, .bucket: bucket, .apiAuthorization: apiAuthorization,
            .locationRole: locationRole,
        ]
        if let apiEndpoint { values[.apiEndpoint] = (isPlainEndpoint ? "http://" : "") + apiEndpoint }
        return values
    }

    private static func host(ofEndpoint value: String) -> (authority: String, isPlain: Bool) {
        let scheme = "http://"
        return value.hasPrefix(scheme) ? (String(value.dropFirst(scheme.count)), true) : (value, false)
    }
}
