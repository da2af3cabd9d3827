import AWSSigning

/// Every request that differs in one byte from another one in what its signature covers.
enum Alteration {
    static func all(of request: SignableRequest) -> [(place: String, request: SignableRequest)] {
        var result: [(String, SignableRequest)] = []
        func add(_ place: String, _ text: String, _ set: (inout SignableRequest, String) -> Void) {
            for (index, altered) in alterations(of: text).enumerated() {
                var copy = request
                set(&copy, altered)
                result.append(("\(place), byte \(index) of '\(text)': '\(altered)'", copy))
            }
        }
        add("method", request.method) { $0.method = $1 }
        add("path", request.path) { $0.path = $1 }
        add("query", request.query) { $0.query = $1 }
        for (index, header) in request.headers.enumerated() {
            // A client may add its token after signing, and then it is not covered.
            if header.name.lowercased() == "x-amz-security-token", !isSigned(header.name, request) { continue }
            add("name of a header", header.name) { $0.headers[index].name = $1 }
            add(header.name, header.value) { $0.headers[index].value = $1 }
        }
        for index in request.body.indices {
            var copy = request
            copy.body[index] ^= 1
            result.append(("body, byte \(index)", copy))
        }
        return result
    }

    private static func isSigned(_ name: String, _ request: SignableRequest) -> Bool {
        request.header("authorization")?.contains(name.lowercased()) == true
    }

    /// The text with each of its characters replaced by another one.
    private static func alterations(of text: String) -> [String] {
        let scalars = Array(text.unicodeScalars)
        return scalars.indices.map { index in
            var altered = scalars
            // The lowest bit decides; where that would only change the white space or its amount, another letter does.
            let value = scalars[index].value
            altered[index] = value <= 32 ? "x" : Unicode.Scalar(value ^ 1) ?? "x"
            var result = String.UnicodeScalarView()
            result.append(contentsOf: altered)
            return String(result)
        }
    }
}
