/// The parts of an Amazon Resource Name.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
struct ResourceName {
    let service: Substring
    let region: Substring
    let account: Substring
    /// The rest, whatever is in it.
    let resource: Substring

    /// - Returns: `nil` for a text that is none.
    init?(_ text: String) {
        // By bytes: characters of several code points, which no part has, take ten times as long to tell apart.
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 5, omittingEmptySubsequences: false)
            .map { Substring($0) }
        guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws") else { return nil }
        (service, region, account, resource) = (parts[2], parts[3], parts[4], parts[5])
    }
}
