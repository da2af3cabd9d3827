/// What a parameter or a result of a service's action looks like.
package indirect enum ServiceShape: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package let name: String
        package let isRequired: Bool
        package let shape: ServiceShape
    }

    case anything
    case text
    case number
    case flag
    case oneOf([String])
    case list(ServiceShape)
    case map(ServiceShape)
    case structure([Member])

    /// Reads the notation of `scripts/service-model`.
    init(parsing text: String) {
        var rest = text.utf8[...]
        self = Self.read(&rest)
    }

    private static func read(_ rest: inout Substring.UTF8View) -> ServiceShape {
        switch rest.popFirst() {
        case UInt8(ascii: "s"): return .text
        case UInt8(ascii: "n"): return .number
        case UInt8(ascii: "b"): return .flag
        case UInt8(ascii: "\""):
            let words = rest.prefix { $0 != UInt8(ascii: "\"") }
            rest = rest.dropFirst(words.count + 1)
            return .oneOf(words.split(separator: UInt8(ascii: "|")).map { String(Substring($0)) })
        case UInt8(ascii: "["):
            defer { rest = rest.dropFirst() }
            return .list(read(&rest))
        case UInt8(ascii: "<"):
            defer { rest = rest.dropFirst() }
            return .map(read(&rest))
        case UInt8(ascii: "{"):
            var members: [Member] = []
            while let first = rest.first, first != UInt8(ascii: "}") {
                let name = rest.prefix { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "!") }
                rest = rest.dropFirst(name.count)
                let isRequired = rest.first == UInt8(ascii: "!")
                rest = rest.dropFirst(isRequired ? 2 : 1)
                members.append(Member(name: String(Substring(name)), isRequired: isRequired, shape: read(&rest)))
                if rest.first == UInt8(ascii: ",") { rest = rest.dropFirst() }
            }
            rest = rest.dropFirst()
            return .structure(members)
        default: return .anything
        }
    }

    /// The integration `http:invoke`; what is required of it, and the values that `HTTPTask` knows, are not in it.
    ///
    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html>
    static let http = (
        input: ServiceShape(
            parsing:
                "{ApiEndpoint:*,Method:*,Authentication:{ConnectionArn:*},InvocationConfig:{ConnectionArn:*},"
                + #"Headers:<*>,QueryParameters:<*>,RequestBody:*,Transform:{RequestBodyEncoding:"NONE|URL_ENCODED","#
                + #"RequestEncodingOptions:{ArrayFormat:"INDICES|REPEAT|COMMAS|BRACKETS"}}}"#),
        output: ServiceShape(parsing: "{Headers!:<*>,ResponseBody!:*,StatusCode!:n,StatusText!:s}")
    )
}
