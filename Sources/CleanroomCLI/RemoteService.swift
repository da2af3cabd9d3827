import AWSClient
import ArgumentParser
import CleanroomModel
import CleanroomService
import Foundation
import StatesLanguage

/// A server that is asked for rooms instead of the folder of this machine.
struct RemoteService {
    /// How many seconds the server is to hold an answer back at the most, until the outcome is decided.
    private static let maximumWait = 30

    let url: String
    let printer: Printer
    /// How long the outcome is waited for.
    let patience: Duration

    /// Asks for a room, waits until its outcome is decided, and prints it.
    func create(_ request: CleanroomRequest) async throws {
        // Before anything can go wrong: by its requestId a request is asked for again.
        printer.progress(
            "Asking \(url) for the cleanroom \(request.database) for account \(request.account): request "
                + "\(request.requestID)")
        let environment = ProcessInfo.processInfo.environment
        let endpoint = try JSONEndpoint(
            url: url, token: environment["CLEANROOM_TOKEN"].map { Secret($0) },
            certificateAuthorityFile: environment["CLEANROOM_SERVER_CA_FILE"])
        let result: Swift.Result<JSONValue, any Error>
        do {
            result = .success(try await outcome(of: request, at: endpoint))
        } catch {
            result = .failure(error)
        }
        try await endpoint.shutDown()
        let document = try result.get()
        printer.result(document.objectValue ?? [:]) {
            (RequestText.steps(document) + [RequestText.text(document)]).joined(separator: "\n")
        }
        if let exit = Exit.code(of: document) { throw exit }
    }

    private func outcome(of request: CleanroomRequest, at endpoint: JSONEndpoint) async throws -> JSONValue {
        let wish: JSONValue = request.json
        var document = try await call(endpoint, "POST", "/v1/cleanrooms", wish, for: request)
        let isRepeat = document["repeated"] == true
        let deadline = ContinuousClock.now + patience
        while document["status"] == "RUNNING" {
            let rest = (deadline - ContinuousClock.now).components.seconds
            if rest < 0 { break }
            let wait = min(Self.maximumWait, Int(rest) + 1)
            document = try await call(endpoint, "GET", "/v1/requests/\(request.requestID)?wait=\(wait)", for: request)
        }
        guard var members = document.objectValue else { return document }
        members["repeated"] = .bool(isRepeat)
        return .object(members)
    }

    private func call(
        _ endpoint: JSONEndpoint, _ method: String, _ path: String, _ body: JSONValue? = nil,
        for request: CleanroomRequest
    ) async throws -> JSONValue {
        let reply: JSONEndpoint.Reply
        do {
            reply = try await endpoint.call(method, path, body: body)
        } catch {
            throw printer.fail(
                [
                    "\(url) could not be asked: \(ConnectionFailure.text(error)). Ask again with --request-id "
                        + "\(request.requestID)."
                ], code: "SERVER_UNREACHABLE", exit: Exit.leftovers)
        }
        if (200..<300).contains(reply.status) { return reply.body }
        let code = reply.body["code"]?.stringValue ?? "SERVER_UNREACHABLE"
        if reply.status == 401, ProcessInfo.processInfo.environment["CLEANROOM_TOKEN"] == nil {
            throw printer.fail(
                ["\(url) wants a bearer token. Give it in the environment variable CLEANROOM_TOKEN."], code: code,
                exit: Exit.notMade)
        }
        let problems = (reply.body["problems"]?.arrayValue ?? []).compactMap { $0["detail"]?.stringValue }
        let detail = reply.body["detail"]?.stringValue ?? "\(url) answered \(reply.status)"
        let isUsage = code == "INVALID_REQUEST" || code == "REQUEST_ID_REUSED"
        throw printer.fail(
            problems.isEmpty ? [detail] : problems, code: code, exit: isUsage ? Exit.usage : Exit.notMade)
    }
}
