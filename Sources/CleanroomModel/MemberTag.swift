/// The tags of a room's database that name its members, the accounts that it is meant for: one each, whose value is the
/// requestId that made the account a member.
package enum MemberTag {
    package static let prefix = "cleanroom:member:"
}
