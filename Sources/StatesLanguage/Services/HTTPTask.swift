/// The parameters of `http:invoke`, and what AWS makes of wrong ones: some it refuses when a machine is created, the
/// others end the execution when the task runs.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html>
package enum HTTPTask {
    static let methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]
    /// Where the connection is named; AWS recommends the second and takes one of them.
    static let connectionHolders = ["Authentication", "InvocationConfig"]

    /// Headers with which the task ends in `States.Runtime`, in lower case: AWS's list, then what it sets itself, and
    /// the length, which nobody but the sender knows.
    private static let forbiddenHeaders: Set<String> = [
        "a-im", "accept-charset", "accept-datetime", "accept-encoding", "authorization", "cache-control", "connection",
        "content-encoding", "content-md5", "date", "expect", "forwarded", "from", "host", "http2-settings", "if-match",
        "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "max-forwards", "origin", "pragma",
        "proxy-authorization", "referer", "server", "te", "trailer", "transfer-encoding", "upgrade", "via", "warning",
        "user-agent", "range", "content-length",
    ]
    private static let forbiddenPrefixes = ["x-forwarded-", "x-amz-", "x-amzn-"]

    /// Whether a task may not set the header, however it is written.
    package static func isForbidden(header name: String) -> Bool {
        let name = name.lowercased()
        return forbiddenHeaders.contains(name) || forbiddenPrefixes.contains { name.hasPrefix($0) }
    }

    /// Whether a text can be the name of a header: a token of RFC 9110.
    package static func isHeaderName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { isAlphanumeric($0) || "!#$%&'*+-.^_`|~".utf8.contains($0) }
    }

    /// Whether a text is an `https://` URL with a host, written in the characters of RFC 3986.
    static func isEndpoint(_ text: String) -> Bool {
        guard text.hasPrefix("https://") else { return false }
        let rest = text.utf8.dropFirst("https://".utf8.count)
        guard let first = rest.first, !"/?#:".utf8.contains(first) else { return false }
        return rest.allSatisfy { isAlphanumeric($0) || "-._~:/?#[]@!$&'()*+,;=%".utf8.contains($0) }
    }

    /// Whether a text has the form of the ARN of a connection.
    ///
    /// Source: the shape `ConnectionArn` in the service model of EventBridge.
    static func isConnection(_ text: String) -> Bool {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws"), parts[2] == "events",
            parts[4].isEmpty || parts[4].utf8.count == 12 && parts[4].utf8.allSatisfy(isDigit)
        else { return false }
        let path = parts[5].split(separator: "/", omittingEmptySubsequences: false)
        return path.count == 3 && path[0] == "connection" && !path[1].isEmpty && !path[2].isEmpty
            && path[1].utf8.allSatisfy { isAlphanumeric($0) || ".-_".utf8.contains($0) }
            && path[2].utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    /// Whether a value can be that of a header: a text, or several.
    private static func isHeaderValue(_ value: JSONValue) -> Bool {
        value.stringValue != nil || value.arrayValue?.allSatisfy { $0.stringValue != nil } == true
    }
}

// MARK: - When the task runs

extension HTTPTask {
    /// Why a task with these parameters ends in `States.Runtime` without a request; `nil` if there is no reason.
    ///
    /// What the ARN of the connection names is not looked at: where there is no EventBridge it names nothing.
    package static func refusal(of parameters: JSONValue) -> String? {
        reason(for: parameters).map { "The Parameters could not be used to start the Task: [\($0)]" }
    }

    /// Why a task may not call a URL, in AWS's words for a role without the permission, and how that is changed here.
    ///
    /// Source: recorded in <https://github.com/serverless-operations/serverless-step-functions/issues/599>
    package static func notAuthorized(for endpoint: String) -> String {
        "AWS Step Functions is not authorized to perform states:InvokeHTTPEndpoint on API Endpoint \(endpoint). Machines "
            + "of clients call the hosts that the operator names in httpHosts and httpPrivateHosts, and no others."
    }

    private static func reason(for parameters: JSONValue) -> String? {
        if let fault = ServiceShape.http.input.fault(in: parameters, of: "Parameters") { return fault }
        for (name, isValid) in [("ApiEndpoint", isEndpoint), ("Method", methods.contains)] {
            guard let value = parameters[name] else { return missing(name) }
            if value.stringValue.map(isValid) != true { return invalid(name) }
        }
        let holders = connectionHolders.filter { parameters[$0] != nil }
        if holders.count > 1 { return twoConnections }
        guard let holder = holders.first, let connection = parameters[holder]?["ConnectionArn"] else {
            return missing("ConnectionArn")
        }
        if connection.stringValue?.isEmpty != false { return invalid("ConnectionArn") }
        for (name, value) in parameters["Headers"]?.objectValue ?? [:] {
            if isForbidden(header: name) || !isHeaderName(name) { return "The header '\(name.quoted)' cannot be set" }
            if !isHeaderValue(value) { return invalidFormat("Headers") }
        }
        return nil
    }

    fileprivate static let twoConnections =
        "The connection is given in Authentication or in InvocationConfig, not in both"

    fileprivate static func missing(_ field: String) -> String { "The field '\(field)' is required but was missing" }

    fileprivate static func invalid(_ field: String) -> String { "The value for the '\(field)' field is not valid" }

    fileprivate static func invalidFormat(_ field: String) -> String {
        "The value of the field '\(field)' has an invalid format"
    }
}

extension ServiceShape {
    /// The first thing in a value that the action does not take, in AWS's words; `nil` if it takes all of it.
    fileprivate func fault(in json: JSONValue, of field: String) -> String? {
        switch (self, json) {
        case (.structure(let members), .object(let object)):
            for (name, value) in object {
                guard let member = members.first(where: { $0.name == name }) else {
                    return "The field \"\(name.quoted)\" is not supported by Step Functions"
                }
                if let fault = member.shape.fault(in: value, of: name) { return fault }
            }
            return nil
        case (.structure, _): return HTTPTask.invalidFormat(field)
        case (.map, .object): return nil
        case (.map, _): return HTTPTask.invalidFormat(field)
        case (.oneOf(let words), _):
            return json.stringValue.map(words.contains) == true ? nil : HTTPTask.invalid(field)
        default: return nil
        }
    }
}

// MARK: - When a machine is created

extension HTTPTask {
    /// Reports what AWS refuses of the parameters of a task, as far as they are written down and not computed.
    ///
    /// That the values of `ApiEndpoint` and `ConnectionArn` are looked at is recorded from AWS
    /// (<https://github.com/aws/aws-cdk/issues/30749>, <https://github.com/aws/aws-cli/issues/10060>), with message and
    /// place for the first. Whether AWS refuses the others here or when the task runs is not: it refuses them.
    ///
    /// - Parameter parameters: `nil` where the state has none.
    static func check(
        _ parameters: JSONValue?, field: String, of state: ProblemPath, _ purpose: DefinitionReading.Purpose,
        _ problems: ProblemCollector
    ) {
        if purpose == .execution { return }
        guard let parameters else { return problems.add(.missingField, at: state, missing(field)) }
        // Whatever is computed as a whole, or is no object, is told elsewhere.
        guard let members = parameters.objectValue else { return }
        let place = state.appending(field)
        let isTemplate = purpose == .template
        func check(_ name: String, in members: JSONObject, at place: ProblemPath, _ isValid: (String) -> Bool) {
            guard let value = members[name] else {
                if members[name + ".$"] == nil { problems.add(.missingField, at: place, missing(name)) }
                return
            }
            if let text = value.stringValue, text.hasPrefix("{%") || isTemplate && text.hasPrefix("${") || isValid(text)
            {
                return
            }
            problems.add(.invalidField, at: place, invalid(name), hint: hint(for: name, value, problems))
        }
        check("ApiEndpoint", in: members, at: place) { isEndpoint(isTemplate ? Substitutions.filled($0) : $0) }
        check("Method", in: members, at: place, methods.contains)
        let holders = connectionHolders.filter { members[$0] != nil || members[$0 + ".$"] != nil }
        if holders.isEmpty {
            problems.add(
                .missingField, at: place, missing("ConnectionArn"),
                hint: "every request goes by a connection of EventBridge, which InvocationConfig names")
        }
        for holder in holders {
            guard let connection = members[holder]?.objectValue else { continue }
            check("ConnectionArn", in: connection, at: place.appending(holder)) {
                isConnection($0) || isTemplate && $0.contains("${")
            }
        }
    }

    private static func hint(for field: String, _ value: JSONValue, _ problems: ProblemCollector) -> String? {
        switch field {
        case "ApiEndpoint": "an https:// URL; one that is computed is `ApiEndpoint.$`"
        case "ConnectionArn": "arn:aws:events:region:account:connection/name/id"
        default: value.stringValue.flatMap { problems.hint(for: $0, among: methods) }
        }
    }

    /// Warns of what AWS takes, and what ends the execution when the task runs.
    static func advise(_ parameters: JSONValue, at place: ProblemPath, _ problems: ProblemCollector) {
        if connectionHolders.allSatisfy({ parameters[$0] != nil || parameters[$0 + ".$"] != nil }) {
            problems.add(.invalidParameter, at: place, twoConnections)
        }
        for (field, value) in parameters["Headers"]?.objectValue ?? [:] {
            let isComputed = field.hasSuffix(".$")
            let name = isComputed ? String(field.dropLast(2)) : field
            let place = place.appending("Headers").appending(field)
            if isForbidden(header: name) {
                problems.add(
                    .forbiddenHeader, at: place, "a task cannot set the header '\(name.quoted)'",
                    hint: name.lowercased() == "authorization" ? "let the connection set it" : nil)
            } else if !isHeaderName(name) {
                problems.add(.invalidParameter, at: place, "'\(name.quoted)' is not the name of a header")
            } else if !isComputed, !isHeaderValue(value) {
                problems.add(.invalidParameter, at: place, "a text or an array of texts is expected here")
            }
        }
    }
}
