import AWSSigning
import HTTPTypes

/// A call of the Security Token Service, in the query protocol: a form in, XML out.
///
/// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
struct SecurityTokenQuery {
    private static let namespace = "https://sts.amazonaws.com/doc/2011-06-15/"

    private let action: String

    init(_ form: String) throws(WireError) {
        var members: [String: String] = [:]
        for pair in form.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            members[PercentEncoding.decodedText(parts[0])] =
                parts.count > 1 ? PercentEncoding.decodedText(parts[1]) : ""
        }
        guard let action = members["Action"] else {
            throw WireError(
                code: "MissingAction", message: "The request has neither an X-Amz-Target nor an Action in a form")
        }
        self.action = action
    }

    func answer(caller: String, requestID: String) throws(WireError) -> String {
        guard action == "GetCallerIdentity" else { throw .unknownOperation(action) }
        let account = caller.split(separator: ":", omittingEmptySubsequences: false)[4]
        return """
            <GetCallerIdentityResponse xmlns="\(Self.namespace)"><GetCallerIdentityResult><Arn>\(caller)</Arn>\
            <UserId>AIDACLEANROOMOPERATOR</UserId><Account>\(account)</Account></GetCallerIdentityResult>\
            <ResponseMetadata><RequestId>\(requestID)</RequestId></ResponseMetadata></GetCallerIdentityResponse>
            """
    }

    static func error(_ error: WireError, requestID: String) -> String {
        let type = error.status.code < 500 ? "Sender" : "Receiver"
        return """
            <ErrorResponse xmlns="\(namespace)"><Error><Type>\(type)</Type><Code>\(error.code)</Code>\
            <Message>\(escaped(error.message))</Message></Error><RequestId>\(requestID)</RequestId></ErrorResponse>
            """
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
