import AWSSigning
import Testing

/// What a server demands of a signature beyond its being right.
struct SignatureVerifierTests {
    private static let secret = SecretAccessKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    private static let time = SigningTime("20261125T120000Z").map(\.secondsSince1970) ?? 0
    private let verifier = SignatureVerifier(keys: ["AKIDEXAMPLE": Self.secret])

    private func request(
        _ headers: [SignableRequest.Header] = [], unsigned: [SignableRequest.Header] = [], at offset: Int64 = 0
    ) -> SignableRequest {
        let time = SigningTime(secondsSince1970: Self.time + offset)
        var request = SignableRequest(
            method: "POST", target: "/",
            headers: [.init("Host", "localhost:8787"), .init("X-Amz-Date", time.text)] + headers, body: Array("{}".utf8)
        )
        let signature = RequestSigner(accessKeyID: "AKIDEXAMPLE", secret: Self.secret)
            .sign(request, region: "us-east-1", service: "states", at: time)
        request.headers += unsigned + [.init("Authorization", signature.authorization)]
        return request
    }

    private func verify(_ request: SignableRequest) throws(SignatureError) {
        _ = try verifier.verify(request, at: SigningTime(secondsSince1970: Self.time))
    }

    @Test func `a path is signed as it is meant, unless it is said that it is meant as it is`() {
        let time = SigningTime(secondsSince1970: Self.time)
        let request = SignableRequest(
            method: "GET", target: "/a/./b", headers: [.init("Host", "localhost"), .init("X-Amz-Date", time.text)],
            body: [])
        func signature(_ signer: RequestSigner) -> String {
            signer.sign(request, region: "us-east-1", service: "states", at: time).authorization
        }
        let (id, secret) = ("AKIDEXAMPLE", Self.secret)
        let byDefault = signature(RequestSigner(accessKeyID: id, secret: secret))
        #expect(byDefault == signature(RequestSigner(accessKeyID: id, secret: secret, normalizesPath: true)))
        #expect(byDefault != signature(RequestSigner(accessKeyID: id, secret: secret, normalizesPath: false)))
    }

    @Test(arguments: [-300, -1, 0, 299, 300])
    func `clocks may differ by five minutes`(offset: Int64) throws {
        try verify(request(at: offset))
    }

    @Test(arguments: [-301, 301, 86_400])
    func `clocks may not differ by more`(offset: Int64) {
        #expect { try verify(request(at: offset)) } throws: { error in
            if case .skewed = error as? SignatureError { true } else { false }
        }
    }

    @Test(arguments: ["X-Amz-Target", "Content-Type", "X-Amz-Content-Sha256"])
    func `what decides about the request has to be signed`(header: String) {
        #expect(throws: SignatureError.unsigned(header: header.lowercased())) {
            try verify(request(unsigned: [.init(header, "x")]))
        }
    }

    @Test func `what needs no body is refused by the head alone`() throws {
        let now = SigningTime(secondsSince1970: Self.time)
        let hash = CanonicalRequest.payloadHash(Array("{}".utf8))
        for headers in [[], [SignableRequest.Header("X-Amz-Content-Sha256", hash)]] {
            var signed = request(headers)
            signed.body = []
            let head = try verifier.verifyHead(signed, at: now)
            #expect(throws: Never.self) { try verifier.verify(head, body: Array("{}".utf8)) }
            #expect(throws: headers.isEmpty ? SignatureError.mismatch : .payload) {
                try verifier.verify(head, body: [])
            }
        }
        // A signature that covers the hash of the body is compared before the body is there.
        var altered = request([.init("X-Amz-Content-Sha256", hash)])
        altered.query = "changed"
        #expect(throws: SignatureError.mismatch) { try verifier.verifyHead(altered, at: now) }
        let stranger = SignatureVerifier(keys: [:])
        #expect(throws: SignatureError.unknownKey("AKIDEXAMPLE")) { try stranger.verifyHead(request(), at: now) }
        #expect(throws: SignatureError.self) { try verifier.verifyHead(request(at: 301), at: now) }
    }

    @Test func `a body of another hash than the one that is named is refused`() {
        let hash = CanonicalRequest.payloadHash(Array("{}".utf8))
        var changed = request([.init("X-Amz-Content-Sha256", hash)])
        changed.body = [1, 2, 3]
        #expect(throws: SignatureError.payload) { try verify(changed) }
        // A signature is made of the hash that is named, whatever the body has.
        let other = CanonicalRequest.payloadHash([1, 2, 3])
        #expect(throws: SignatureError.mismatch) { try verify(request([.init("X-Amz-Content-Sha256", other)])) }
    }

    @Test func `no signature, a broken one and an unknown key have errors of their own`() {
        var unsigned = request()
        unsigned.headers.removeLast()
        #expect(throws: SignatureError.missing) { try verify(unsigned) }
        var broken = request()
        broken.headers[broken.headers.count - 1].value += ", Signature=00"
        #expect { try verify(broken) } throws: { ($0 as? SignatureError)?.code == "IncompleteSignatureException" }
        let stranger = SignatureVerifier(keys: [:])
        #expect(throws: SignatureError.unknownKey("AKIDEXAMPLE")) {
            _ = try stranger.verify(request(), at: SigningTime(secondsSince1970: Self.time))
        }
    }

    @Test func `a secret is in no description of it`() {
        for text in ["\(Self.secret)", String(reflecting: Self.secret), "\([Self.secret])"] {
            #expect(!text.contains("wJal"))
        }
        var dumped = ""
        dump(Self.secret, to: &dumped)
        #expect(!dumped.contains("wJal"))
    }

    @Test func `every month from 1970 on has its days`() throws {
        var seconds: Int64 = 0
        for year in 1970...2405 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for (month, days) in zip(1..., [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
                func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
                let (first, last) = ("\(year)\(two(month))01", "\(year)\(two(month))\(two(days))")
                #expect(SigningTime("\(first)T000000Z")?.secondsSince1970 == seconds)
                #expect(SigningTime(secondsSince1970: seconds).day == first)
                seconds += Int64(days) * 86_400
                #expect(SigningTime("\(last)T235959Z")?.secondsSince1970 == seconds - 1)
                #expect(SigningTime("\(year)\(two(month))\(two(days + 1))T000000Z") == nil)
            }
        }
    }

    @Test(arguments: ["20150830T123600Z", "20240229T000000Z", "19700101T000000Z", "20991231T235959Z"])
    func `times are read and written the same`(text: String) {
        #expect(SigningTime(text)?.text == text)
    }

    @Test(arguments: [
        "", "2015-08-30T12:36:00Z", "20150830T123600", "20150231T000000Z", "20150830T243600Z", "20150830T126000Z",
        "20150830T123660Z", "20150030T123600Z", "20151330T123600Z", "20150800T123600Z", "20150832T123600Z",
        "20150431T123600Z", "20150229T123600Z", "19691231T235959Z", "00000000T000000Z", "99999999T999999Z",
        "20150830t123600Z", "20150830T123600z", "2015083:T123600Z", "2015083/T123600Z",
    ])
    func `what is no time is refused`(text: String) {
        #expect(SigningTime(text) == nil)
    }
}
