import AWSSigning
import CleanroomService
import DurableExecution
import EmbeddedLake
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import StatesLanguage

/// Answers calls of AWS's clients: by `X-Amz-Target`, by path, or as a query.
///
/// A call goes through these steps:
///
/// 1. Find out which service and action it is for.
/// 2. See who signed it, read the body, verify the signature of both, hold the parameters against the rules of the
///    action.
/// 3. Check the definition of a machine that it brings, beside all others.
/// 4. Carry it out with the handler that the engine uses, in a commit that many calls share, or on a snapshot.
/// 5. Write the answer as the service writes it.
struct AWSEndpoint: Sendable {
    let host: CleanroomHost
    let signatures: SignatureCheck
    let bodies: RequestBodies
    /// A definition of a megabyte takes about a second to check.
    let definitions: Gate
    /// A history of a client's execution may take some seconds to derive.
    let histories: Gate
    let ownReads: Gate
    /// Who calls: whoever may come in is the operator of the lake.
    let caller: String

    private static let targets: [Substring: ClientService] = [
        "AWSStepFunctions": .stepFunctions, "AmazonAthena": .athena, "AWSGlue": .glue,
        "AWSLakeFormation": .lakeFormation,
    ]

    /// Adds the routes of AWS's protocols.
    func addRoutes(to router: Router<ServerContext>) {
        router.post("/") { request, context in
            if let target = request.headers[.amzTarget] {
                return await answer(target: target, request, context)
            }
            return await answerQuery(request, context)
        }
        router.post("/:action") { request, context in
            // Lake Formation's clients put the action into the path.
            await answer(.lakeFormation, action: context.parameters.get("action") ?? "", request, context)
        }
    }

    // MARK: JSON

    private func answer(target: String, _ request: Request, _ context: ServerContext) async -> Response {
        // 1.
        let parts = target.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let service = Self.targets[parts[0]] else {
            return Self.response(.unknownOperation(target), .json11, context)
        }
        return await answer(service, action: String(parts[1]), request, context)
    }

    private func answer(
        _ service: ClientService, action: String, _ request: Request, _ context: ServerContext
    ) async -> Response {
        let wire = WireProtocol(service)
        do {
            // 2.
            let body = try await body(of: request, signedFor: service.signingName, context)
            guard let shape = Self.shapes[service]?[action] else { throw WireError.unknownOperation(action) }
            let parameters = try Self.parameters(body)
            try shape.check(parameters)
            if service == .stepFunctions { try StepFunctionsRules.check(parameters) }
            try checkCatalog(parameters)
            if let name = Self.executionName(in: parameters) { context.isAbout(cleanroomRequest: name) }
            var call = ServiceCall(
                action: shape.action, parameters: wire.parameters(parameters), caller: caller,
                token: context.requestID, time: host.clock.now())
            // 3.
            if service == .stepFunctions, CheckedDefinition.isNeeded(for: call) {
                call.definition = try await definitions.pass { [call] in CheckedDefinition(of: call) }
            }
            // A quarter of a megabyte takes long to read for those who wait for the transaction.
            if service == .stepFunctions, call.action == "startExecution" {
                call.input = try StepFunctionsService.input(of: call)
            }
            // 4.
            let text = try await carryOut(call, service, wire)
            // 5.
            return Self.response(text, wire.contentType, .ok, context)
        } catch let error as WireError {
            return Self.response(error, wire, context)
        } catch let error as ServiceError {
            return Self.response(WireError(error, of: service), wire, context)
        } catch let error as SignatureError {
            return Self.response(WireError(error), wire, context)
        } catch let error where Unavailability.isReason(error) {
            return Self.response(.unavailable(error), wire, context)
        } catch {
            if let error = WireError(refusal: error) { return Self.response(error, wire, context) }
            context.requestLogger.error("\(service.rawValue).\(action) could not be carried out: \(error)")
            return Self.response(.internalFailure, wire, context)
        }
    }

    private func carryOut(_ call: ServiceCall, _ service: ClientService, _ wire: WireProtocol) async throws -> String {
        if service == .stepFunctions, call.action == "stopExecution" { return wire.answer(try await stop(call)).text }
        let workgroup = host.workgroup
        if service == .stepFunctions, call.action == "getExecutionHistory" {
            return try await (isOfOwnMachine(call) ? ownReads : histories).pass { [store = host.store] in
                wire.answer(try store.readCatalogNow { try service.read(call, workgroup: workgroup, in: $0) }).text
            }
        }
        if service.onlyReads(call.action) {
            return wire.answer(
                try await host.store.readCatalog { try service.read(call, workgroup: workgroup, in: $0) }
            ).text
        }
        return wire.answer(try await host.commit { try service.write(call, workgroup: workgroup, in: $0) }).text
    }

    /// Whether a call is about an execution of one of the service's own machines: it does not wait for those of clients.
    private func isOfOwnMachine(_ call: ServiceCall) -> Bool {
        let machine = ExecutionARN(call.parameters["ExecutionArn"]?.stringValue ?? "").machine
        return host.machines.contains { $0.reference.arn == machine }
    }

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html>
    private func stop(_ call: ServiceCall) async throws -> JSONValue {
        let arn = ExecutionARN(call.parameters["ExecutionArn"]?.stringValue ?? "")
        guard let record = try host.store.execution(named: arn) else {
            throw WireError(code: "ExecutionDoesNotExist", message: "Execution Does Not Exist: '\(arn)'")
        }
        if record.status == .running {
            try await host.stop(
                arn, error: call.parameters["Error"]?.stringValue, cause: call.parameters["Cause"]?.stringValue)
        }
        let stoppedAt = try host.store.execution(named: arn)?.stoppedAt ?? host.clock.now()
        return ["StopDate": .string(stoppedAt.text)]
    }

    static let shapes: [ClientService: [String: ActionShape]] = [
        .stepFunctions: byName(StepFunctionsShapes.all), .athena: byName(AthenaShapes.all),
        .glue: byName(GlueShapes.all), .lakeFormation: byName(LakeFormationShapes.all),
    ]

    /// The name of the execution that a call of Step Functions is about.
    private static func executionName(in parameters: JSONValue) -> String? {
        if let arn = parameters["executionArn"]?.stringValue { return arn.split(separator: ":").last.map(String.init) }
        return parameters["stateMachineArn"] == nil ? nil : parameters["name"]?.stringValue
    }

    /// There is one catalog here: that of the account.
    private func checkCatalog(_ parameters: JSONValue) throws(WireError) {
        guard let catalog = parameters["CatalogId"]?.stringValue else { return }
        let account = caller.split(separator: ":", omittingEmptySubsequences: false)[4]
        if catalog != account {
            throw WireError(
                code: "AccessDeniedException", message: "The catalog '\(catalog)' is not here, only '\(account)' is")
        }
    }

    private static func byName(_ shapes: [ActionShape]) -> [String: ActionShape] {
        Dictionary(uniqueKeysWithValues: shapes.map { ($0.name, $0) })
    }

    private static func parameters(_ body: [UInt8]) throws(WireError) -> JSONValue {
        if body.isEmpty { return [:] }
        do {
            let json = try JSONValue(parsing: body)
            guard case .object = json else { throw WireError.serialization("the body is not an object") }
            return json
        } catch let error as WireError {
            throw error
        } catch {
            throw .serialization("the body is not JSON: \(error)")
        }
    }

    /// The body of a request, with its signature verified: who has no key of ours does not get to send one.
    ///
    /// - Throws: `SignatureError`, and what `RequestBodies.read` throws.
    private func body(
        of request: Request, signedFor service: String, _ context: ServerContext
    ) async throws -> [UInt8] {
        let signature = try signatures.checkHead(of: request, service: service)
        let body = try await bodies.read(request, context)
        try signatures.check(signature, body: body)
        return body
    }

    // MARK: Queries

    private func answerQuery(_ request: Request, _ context: ServerContext) async -> Response {
        do {
            let body = try await body(of: request, signedFor: "sts", context)
            let text = try SecurityTokenQuery(String(decoding: body, as: UTF8.self))
                .answer(caller: caller, requestID: context.requestID)
            return Self.response(text, "text/xml", .ok, context)
        } catch {
            let signature = (error as? SignatureError).map { WireError($0) }
            let known = error as? WireError ?? signature ?? WireError(refusal: error)
            let isUnavailable = Unavailability.isReason(error)
            if known == nil, !isUnavailable { context.requestLogger.error("a query could not be answered: \(error)") }
            let error = known ?? (isUnavailable ? .unavailable(error) : .internalFailure)
            let text = SecurityTokenQuery.error(error, requestID: context.requestID)
            return Self.response(text, "text/xml", error.status, context)
        }
    }

    // MARK: Answers

    static func response(_ error: WireError, _ wire: WireProtocol, _ context: ServerContext) -> Response {
        context.requestLogger.debug("\(error.code): \(error.message)")
        var response = response(wire.error(error).text, wire.contentType, error.status, context)
        response.headers[.amznErrorType] = error.code
        if error.mayBeRepeated { response.headers[.retryAfter] = "1" }
        return response
    }

    private static func response(
        _ text: String, _ contentType: String, _ status: HTTPResponse.Status, _ context: ServerContext
    ) -> Response {
        Response(
            status: status, headers: [.contentType: contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

extension ClientService {
    /// The service as credentials name it.
    var signingName: String {
        switch self {
        case .athena: "athena"
        case .glue: "glue"
        case .lakeFormation: "lakeformation"
        case .stepFunctions: "states"
        }
    }
}

extension HTTPField.Name {
    static let amzTarget = Self("X-Amz-Target")!
    static let amznErrorType = Self("x-amzn-ErrorType")!
    static let amznRequestID = Self("x-amzn-RequestId")!
}
