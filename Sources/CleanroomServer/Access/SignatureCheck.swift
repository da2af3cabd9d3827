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

    /// - Parameter service: the service that the signature has to be for, by the name that signatures have for it.
    func check(_ request: Request, body: [UInt8], service: String) throws(SignatureError) {
        guard let verifier else { return }
        var headers = request.headers.map { SignableRequest.Header($0.name.rawName, $0.value) }
        if let authority = request.head.authority { headers.append(.init("host", authority)) }
        let signable = SignableRequest(
            method: request.method.rawValue, target: request.head.path ?? "/", headers: headers, body: body)
        let now = SigningTime(secondsSince1970: clock.now().milliseconds / 1000)
        let signer = try verifier.verify(signable, at: now)
        if signer.scope.service != service {
            throw .incomplete("the Credential is for the service '\(signer.scope.service)', the call for '\(service)'")
        }
    }
}
