import AWSClient
import ArgumentParser
import CleanroomModel
import CleanroomService
import Foundation
import StatesLanguage

/// A server that is asked for rooms instead of the folder of this machine.
struct RemoteService {
    /// How many seconds the server is to hold an answer back, until the outcome is decided.
    private static let wait = 30

    let url: String
    let printer: Printer

    /// Asks for a room, waits until its outcome is decided, and prints it.
    func create(_ request: CleanroomRequest) async throws {
        let environment = ProcessInfo.processInfo.environment
        let endpoint = try JSONEndpoint(
            url: url, token: environment["CLEANROOM_TOKEN"].map { Secret($0) },
            certificateAuthorityFile: environment["CLEANROOM_SERVER_CA_FILE"])
        printer.progress("Asking \(url) for the cleanroom \(request.database) for account \(request.account)")
        let result: Swift.Result<JSONValue, any Error>
        do {
            result = .success(try await outcome(of: request, at: endpoint))
        } catch {
            result = .failure(error)
        }
        try await endpoint.shutDown()
        let document = try result.get()
        printer.result(Self.document(document)) { Self.text(document) }
        if document["status"] != "SUCCEEDED" {
            throw document["outcome"]?["leftovers"] == true ? Exit.leftovers : Exit.notMade
        }
    }

    private func outcome(of request: CleanroomRequest, at endpoint: JSONEndpoint) async throws -> JSONValue {
        let wish: JSONValue = request.json
        var document = try await call(endpoint, "POST", "/v1/cleanrooms", wish)
        let isRepeat = document["repeated"] == true
        while document["status"] == "RUNNING" {
            document = try await call(endpoint, "GET", "/v1/requests/\(request.requestID)?wait=\(Self.wait)")
        }
        guard var members = document.objectValue else { return document }
        members["repeated"] = .bool(isRepeat)
        return .object(members)
    }

    private func call(
        _ endpoint: JSONEndpoint, _ method: String, _ path: String, _ body: JSONValue? = nil
    ) async throws -> JSONValue {
        let reply: JSONEndpoint.Reply
        do {
            reply = try await endpoint.call(method, path, body: body)
        } catch {
            throw printer.fail(
                ["\(url) could not be asked: \(error). Ask again with the same --request-id."],
                code: "SERVER_UNREACHABLE", exit: Exit.leftovers)
        }
        if (200..<300).contains(reply.status) { return reply.body }
        let code = reply.body["code"]?.stringValue ?? "SERVER_UNREACHABLE"
        let problems = (reply.body["problems"]?.arrayValue ?? []).compactMap { $0["detail"]?.stringValue }
        let detail = reply.body["detail"]?.stringValue ?? "\(url) answered \(reply.status)"
        let isUsage = code == "INVALID_REQUEST" || code == "REQUEST_ID_REUSED"
        throw printer.fail(
            problems.isEmpty ? [detail] : problems, code: code, exit: isUsage ? Exit.usage : Exit.notMade)
    }

    /// What `create` prints on a folder of its own.
    private static func document(_ reply: JSONValue) -> JSONObject {
        var document = JSONObject()
        for name in ["requestId", "account", "database", "status", "location", "executionArn"] {
            document[name] = reply[name] ?? .null
        }
        if let error = reply["outcome"]?["error"] { document["error"] = error }
        if let delivery = reply["delivery"], delivery != .null {
            document["answer"] = [
                "path": delivery["path"] ?? .null, "body": delivery["body"] ?? .null,
                "status": delivery["status"] ?? .null,
            ]
        } else {
            document["answer"] = .null
        }
        document["durationMs"] = reply["durationMs"] ?? .null
        return document
    }

    private static func text(_ reply: JSONValue) -> String {
        func text(_ json: JSONValue?) -> String { json?.stringValue ?? "" }
        var lines = (reply["steps"]?.arrayValue ?? []).map { step in
            let mark = step["status"] == "DONE" ? "✓" : step["status"] == "FAILED" ? "✗" : "…"
            let failure = step["failure"].map { "  \(text($0["error"])): \(text($0["cause"]))" } ?? ""
            return "  \(mark) \(text(step["name"]))\(step["found"] == false ? "  not there" : failure)"
        }
        if reply["repeated"] == true {
            lines.append("The request \(text(reply["requestId"])) was made before; this is its outcome.")
        }
        if let error = reply["outcome"]?["error"] {
            lines.append(
                "The cleanroom \(text(reply["database"])) was not made. \(text(error["message"])): \(text(error["cause"]))"
            )
        } else {
            lines.append(
                "The cleanroom \(text(reply["database"])) stands at \(text(reply["location"])), shared with account "
                    + "\(text(reply["account"])).")
        }
        if let delivery = reply["delivery"], delivery != .null {
            lines.append("Answer \(text(delivery["status"]).lowercased()): POST \(text(delivery["path"]))")
        }
        return lines.joined(separator: "\n")
    }
}
