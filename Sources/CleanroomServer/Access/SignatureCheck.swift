import AWSSigning
import DurableExecution
import HTTPTypes
import Hummingbird
import StatesLanguage

/// Lets in calls of AWS that are signed with one of the access keys that are configured; all where none need be.
struct SignatureCheck: Sendable {
    private let verifier: SignatureVerifier?
    private let clock: any EngineClock

    init(_ settings: ServerSettings, clock: any EngineClock) {
        verifier = settings.hasCredentials ? SignatureVerifier(keys: settings.accessKeys) : nil
        self.clock = clock
    }

    /// Checks everything of a signature that the head of its request can tell.
    ///
    /// - Parameter service: the service that the signature has to be for, by the name that signatures have for it.
    /// - Returns: what is left to be verified with the body; `nil` where nothing is.
    func checkHead(of request: Request, service: String) throws(SignatureError) -> SignatureVerifier.Head? {
        guard let verifier else { return nil }
        var headers = request.headers.map { SignableRequest.Header($0.name.rawName, $0.value) }
        if let authority = request.head.authority { headers.append(.init("host", authority)) }
        let signable = SignableRequest(
            method: request.method.rawValue, target: request.head.path ?? "/", headers: headers)
        let now = SigningTime(secondsSince1970: clock.now().milliseconds / 1000)
        let head = try verifier.verifyHead(signable, at: now)
        if head.signer.scope.service != service {
            throw .incomplete(
                "the Credential is for the service '\(head.signer.scope.service)', the call for '\(service)'")
        }
        return head
    }

    func check(_ head: SignatureVerifier.Head?, body: [UInt8]) throws(SignatureError) {
        guard let verifier, let head else { return }
        try verifier.verify(head, body: body)
    }
}
