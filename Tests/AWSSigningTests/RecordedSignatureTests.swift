import AWSSigning
import Foundation
import StatesLanguage
import TestSupport
import Testing

/// Signatures that AWS's own clients were tested with (botocore, aws-c-auth), made and verified again here.
@Suite(.enabled(if: Project.hasRecordings, "the recorded behaviour of AWS is not beside the project"))
struct RecordedSignatureTests {
    /// A recorded request with the keys and the time of its signature.
    struct Recording: Sendable, CustomTestStringConvertible {
        let json: JSONValue

        private var context: JSONValue { json["context"] ?? json }

        var testDescription: String { "\(json["suite"]?.stringValue ?? "") \(json["name"]?.stringValue ?? "")" }
        var normalizesPath: Bool { context["normalize"]?.boolValue ?? true }
        var region: String { context["region"]?.stringValue ?? "" }
        var service: String { context["service"]?.stringValue ?? "" }

        var accessKeyID: String { key("access_key", "access_key_id") }
        var secret: SecretAccessKey { SecretAccessKey(key("secret_key", "secret_access_key")) }

        var time: SigningTime? {
            SigningTime((context["timestamp"]?.stringValue ?? "").filter { $0 != "-" && $0 != ":" })
        }

        /// The request with its signature in the header. One of botocore's files has a signature there that is not
        /// the one of its own `authorization`, which is therefore what counts.
        var signed: SignableRequest? {
            guard var request = request("signed_request") ?? request("header_signed_request") else { return nil }
            if let authorization = json["authorization"]?.stringValue {
                request.headers.removeAll { $0.name.lowercased() == "authorization" }
                request.headers.append(.init("Authorization", authorization))
            }
            return request
        }

        func text(_ name: String) -> String? { json[name]?.stringValue ?? json["header_\(name)"]?.stringValue }

        func request(_ name: String) -> SignableRequest? {
            guard let text = json[name]?.stringValue else { return nil }
            let parts = text.components(separatedBy: "\n\n")
            var lines: [String] = []
            for line in parts[0].split(separator: "\n").map(String.init) {
                // A header that goes on in the next line.
                if line.hasPrefix(" ") { lines[lines.count - 1] += line } else { lines.append(line) }
            }
            let words = lines.removeFirst().split(separator: " ")
            return SignableRequest(
                method: String(words[0]), target: words.dropFirst().dropLast().joined(separator: " "),
                headers: lines.map { line in
                    let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                    return .init(String(parts[0]), String(parts[1]).trimmingCharacters(in: .whitespaces))
                }, body: Array(parts.dropFirst().joined(separator: "\n\n").utf8))
        }

        private func key(_ name: String, _ inContext: String) -> String {
            json[name]?.stringValue ?? context["credentials"]?[inContext]?.stringValue ?? ""
        }
    }

    static let recordings: [Recording] = {
        guard let file = Project.conformance("sigv4.json"), let data = try? Data(contentsOf: file),
            let json = try? JSONValue(parsing: Array(data))
        else {
            // Then they are all skipped.
            return []
        }
        return (json.arrayValue ?? []).map(Recording.init)
    }()

    @Test(arguments: recordings)
    func `a request is signed as AWS's clients sign it`(recording: Recording) throws {
        var request = try #require(recording.signed)
        request.headers.removeAll { $0.name.lowercased() == "authorization" }
        let signedHeaders = try #require(recording.text("canonical_request")).split(
            separator: "\n", omittingEmptySubsequences: false
        ).dropLast().last?.split(separator: ";").map(String.init)
        request.headers.removeAll { signedHeaders?.contains($0.name.lowercased()) == false }
        let signature = RequestSigner(
            accessKeyID: recording.accessKeyID, secret: recording.secret, normalizesPath: recording.normalizesPath
        ).sign(request, region: recording.region, service: recording.service, at: try #require(recording.time))
        #expect(signature.canonicalRequest == recording.text("canonical_request"))
        #expect(signature.stringToSign == recording.text("string_to_sign"))
        #expect(signature.authorization == (recording.signed?.header("authorization")))
    }

    @Test(arguments: recordings.filter { $0.json["query_signed_request"] != nil })
    func `a request that carries its signature in the query has the same canonical form`(recording: Recording) throws {
        var request = try #require(recording.request("query_signed_request"))
        request.query = request.query.split(separator: "&").filter { !$0.hasPrefix("X-Amz-Signature=") }
            .joined(separator: "&")
        if recording.json["context"]?["omit_session_token"] == true {
            request.query = request.query.split(separator: "&").filter { !$0.hasPrefix("X-Amz-Security-Token=") }
                .joined(separator: "&")
        }
        let text = try #require(recording.json["query_canonical_request"]?.stringValue)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let canonical = CanonicalRequest(
            request, signedHeaders: lines[lines.count - 2].split(separator: ";").map(String.init),
            payloadHash: CanonicalRequest.payloadHash(request.body), normalizesPath: recording.normalizesPath)
        #expect(canonical.text == text)
    }

    @Test(arguments: recordings)
    func `a good signature passes, and with one byte changed anywhere it fails`(recording: Recording) throws {
        let request = try #require(recording.signed)
        let now = try #require(recording.time)
        let verifier = SignatureVerifier(
            keys: [recording.accessKeyID: recording.secret], normalizesPath: recording.normalizesPath)
        let signer = try verifier.verify(request, at: now)
        #expect(signer.accessKeyID == recording.accessKeyID)
        var accepted: [String] = []
        for (place, changed) in Alteration.all(of: request) {
            // `/a/../b` and `/c/../b` name the same: what is signed is the path that they come to.
            if recording.normalizesPath, changed.path != request.path, changed.path.hasPrefix("/"),
                Self.canonicalPath(changed) == Self.canonicalPath(request)
            {
                continue
            }
            if (try? verifier.verify(changed, at: now)) != nil { accepted.append(place) }
        }
        #expect(accepted == [])
    }

    private static func canonicalPath(_ request: SignableRequest) -> Substring {
        CanonicalRequest(request, signedHeaders: [], payloadHash: "").text.split(separator: "\n")[1]
    }
}
