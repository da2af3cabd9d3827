import StatesLanguage

/// A body of a request as forms have it: `name=value&name=value`, in percent encoding.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#url-encode-request-body>
struct FormBody {
    /// How the elements of an array are named.
    enum ArrayFormat: String, CaseIterable {
        /// `a[0]=x&a[1]=y`, the default.
        case indices = "INDICES"
        /// `a=x&a=y`
        case repetition = "REPEAT"
        /// `a=x,y`
        case commas = "COMMAS"
        /// `a[]=x&a[]=y`
        case brackets = "BRACKETS"
    }

    let pairs: [(name: String, value: String)]

    init(_ members: JSONObject, arrays: ArrayFormat) {
        pairs = members.flatMap { Self.pairs(of: $1, name: $0, arrays) }
    }

    var text: String { pairs.map { HTTPCall.encode($0.name) + "=" + HTTPCall.encode($0.value) }.joined(separator: "&") }

    private static func pairs(
        of value: JSONValue, name: String, _ arrays: ArrayFormat
    ) -> [(name: String, value: String)] {
        switch value {
        case .object(let members): return members.flatMap { pairs(of: $1, name: "\(name)[\($0)]", arrays) }
        case .array(let elements):
            if arrays == .commas { return [(name, elements.map(scalar).joined(separator: ","))] }
            return elements.enumerated().flatMap { index, element in
                let suffix =
                    switch arrays {
                    case .indices: "[\(index)]"
                    case .brackets: "[]"
                    case .repetition, .commas: ""
                    }
                return pairs(of: element, name: name + suffix, arrays)
            }
        default: return [(name, scalar(value))]
        }
    }

    private static func scalar(_ value: JSONValue) -> String {
        value == .null ? "" : value.stringValue ?? value.text
    }
}
