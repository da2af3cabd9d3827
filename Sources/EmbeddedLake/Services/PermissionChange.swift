import DurableExecution
import StatesLanguage

/// A grant or a revocation, as a call or an entry of a batch gives it.
struct PermissionChange {
    let principal: String
    let resource: SecuredResource
    let permissions: [String]
    let grantable: [String]
    /// Who grants or revokes.
    let caller: String
    /// Whether the principal is another account, one of its principals, or an organization.
    let isExternal: Bool

    /// - Parameters:
    ///   - caller: the ARN of whoever calls.
    ///   - account: the account of the lake.
    /// - Throws: `ServiceError`, `InvalidInputException` for what is no principal or no resource.
    init(_ json: JSONValue, by caller: String, of account: String) throws(ServiceError) {
        func names(_ field: String) -> [String] { (json[field]?.arrayValue ?? []).compactMap(\.stringValue) }
        permissions = names("Permissions")
        grantable = names("PermissionsWithGrantOption")
        guard let principal = json["Principal"]?["DataLakePrincipalIdentifier"]?.stringValue,
            let resource = json["Resource"].flatMap(SecuredResource.init),
            !permissions.isEmpty || !grantable.isEmpty
        else { throw ServiceError("InvalidInputException", "Principal, Resource and Permissions are required") }
        guard let kind = LakePrincipal(principal) else {
            throw ServiceError("InvalidInputException", "Invalid principal: \(principal.prefix(300))")
        }
        self.principal = principal
        self.resource = resource
        self.caller = caller
        isExternal = kind.isExternal(to: account)
    }
}

/// What Lake Formation takes for a principal.
///
/// Source: <https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html>
enum LakePrincipal: Hashable {
    /// Everybody whom IAM allows.
    case everybody
    /// Every principal of an account (`ALLIAMPrincipals`).
    case everyPrincipal(of: String)
    case account(String)
    /// A user, a role, or a group or user of a SAML provider.
    case identity(account: String, resource: String)
    /// An organization or one of its units.
    case organization

    init?(_ text: String) {
        func isAccount(_ text: some StringProtocol) -> Bool {
            text.utf8.count == 12 && text.utf8.allSatisfy { (48...57).contains($0) }
        }
        let every = ":IAMPrincipals"
        if text == DataLakeSettings.everybody {
            self = .everybody
        } else if isAccount(text) {
            self = .account(text)
        } else if text.hasSuffix(every), isAccount(text.dropLast(every.count)) {
            self = .everyPrincipal(of: String(text.dropLast(every.count)))
        } else if let name = ResourceName(text), name.region.isEmpty, isAccount(name.account) {
            let slash = name.resource.utf8.firstIndex(of: UInt8(ascii: "/")) ?? name.resource.endIndex
            guard name.resource[slash...].utf8.count > 1 else { return nil }
            switch (name.service, name.resource[..<slash]) {
            case ("iam", "user"), ("iam", "role"), ("iam", "saml-provider"), ("iam", "group"):
                self = .identity(account: String(name.account), resource: String(name.resource))
            case ("organizations", "organization"), ("organizations", "ou"): self = .organization
            default: return nil
            }
        } else {
            return nil
        }
    }

    func isExternal(to account: String) -> Bool {
        switch self {
        case .everybody: false
        case .everyPrincipal(let other), .account(let other), .identity(let other, _): other != account
        case .organization: true
        }
    }
}
