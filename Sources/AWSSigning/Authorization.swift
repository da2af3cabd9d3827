/// What a request says of its own signature.
struct Authorization {
    let accessKeyID: String
    let scope: CredentialScope
    let signedHeaders: [String]
    let signature: [UInt8]

    /// Reads the value of an `Authorization` header, in exactly the form in which AWS's clients write it.
    init(header value: String) throws(SignatureError) {
        let prefix = "\(RequestSigner.algorithm) "
        guard value.hasPrefix(prefix) else {
            throw .incomplete("the Authorization header does not begin with '\(RequestSigner.algorithm)'")
        }
        var parts: [Substring: Substring] = [:]
        for part in value.dropFirst(prefix.count).split(separator: ",", omittingEmptySubsequences: false) {
            let part = part.hasPrefix(" ") ? part.dropFirst() : part
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, parts.updateValue(pair[1], forKey: pair[0]) == nil else {
                throw .incomplete("the Authorization header is not a list of names with values")
            }
        }
        guard parts.count == 3, let credential = parts["Credential"], let headers = parts["SignedHeaders"],
            let signature = parts["Signature"]
        else { throw .incomplete("the Authorization header has Credential, SignedHeaders and Signature") }
        try self.init(credential: credential, signedHeaders: headers, signature: signature)
    }

    init(
        credential: Substring, signedHeaders: Substring, signature: Substring
    ) throws(SignatureError) {
        let parts = credential.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, parts[4] == "aws4_request", !parts.contains("") else {
            throw .incomplete("the Credential has the form key/day/region/service/aws4_request")
        }
        let names = signedHeaders.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
        guard names == Array(Set(names)).sorted(), !names.contains(""),
            !names.contains(where: { $0 != $0.lowercased() })
        else { throw .incomplete("SignedHeaders lists lowercase names in order") }
        guard let bytes = Hexadecimal.bytes(signature), bytes.count == 32 else {
            throw .incomplete("the Signature has 64 hexadecimal digits")
        }
        accessKeyID = parts[0]
        scope = CredentialScope(day: parts[1], region: parts[2], service: parts[3])
        self.signedHeaders = names
        self.signature = bytes
    }
}
