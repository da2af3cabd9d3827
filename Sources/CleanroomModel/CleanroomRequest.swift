/// What the account service asks for: a cleanroom called `database` for `account`.
package struct CleanroomRequest: Hashable, Sendable {
    package let requestID: RequestID
    package let account: AccountID
    package let database: DatabaseName

    package init(requestID: RequestID, account: AccountID, database: DatabaseName) {
        self.requestID = requestID
        self.account = account
        self.database = database
    }

    /// Makes a request of three texts.
    ///
    /// - Parameter ownAccount: the provider's own account, which no room is shared with; `nil` where it is not known.
    /// - Throws: `InvalidRequest` with every rule that one of them breaks.
    package init(
        requestID: String, account: String, database: String, ownAccount: String? = nil
    ) throws(InvalidRequest) {
        var problems: [RuleViolation] = []
        let id = value(recording: &problems) { () throws(RuleViolation) in try RequestID(requestID) }
        let accountID = value(recording: &problems) { () throws(RuleViolation) in try AccountID(account) }
        let name = value(recording: &problems) { () throws(RuleViolation) in try DatabaseName(database) }
        if accountID?.text == ownAccount, let ownAccount {
            problems.append(RuleViolation(field: "account", value: ownAccount, rule: AccountID.otherRule))
            throw InvalidRequest(problems: problems)
        }
        guard let id, let accountID, let name else { throw InvalidRequest(problems: problems) }
        self.init(requestID: id, account: accountID, database: name)
    }
}

/// A request of which at least one field breaks its rule.
package struct InvalidRequest: Error, Hashable, Sendable, CustomStringConvertible {
    package let problems: [RuleViolation]

    package init(problems: [RuleViolation]) {
        self.problems = problems
    }

    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

extension String {
    /// The text of a URL or a part of one as it may be shown: without what stands before the `@` of its host, where a
    /// password may be.
    package var withoutUserInfo: String {
        guard let at = lastIndex(of: "@") else { return self }
        let start = firstRange(of: "://")?.upperBound ?? startIndex
        return start < at ? self[..<start] + "•••" + self[at...] : self
    }
}
