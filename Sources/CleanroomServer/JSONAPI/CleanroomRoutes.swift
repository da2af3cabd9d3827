import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import HTTPTypes
import Hummingbird
import StatesLanguage

/// `/v1/cleanrooms`: asking for rooms, and looking at them.
struct CleanroomRoutes: Sendable {
    static let limits = 1...1000
    static let standardLimit = 100
    static let fields = ["requestId", "account", "database"]
    /// How many problems of a request are told.
    static let maximumProblems = 20

    let host: CleanroomHost
    let bodies: RequestBodies
    /// Reads rooms and writes them out, which takes long where there are many, on threads of its own.
    let reads: Gate

    /// Takes a request.
    ///
    /// 1. Tell everything that is wrong with the body.
    /// 2. If the requestId is known, tell what became of its request, and start nothing.
    /// 3. Refuse a name that is taken. It is a look before starting: what comes between is found by the execution, and
    ///    told by an answer.
    /// 4. Start it: when this returns it is on disk, and has an outcome whatever happens.
    func create(_ request: Request, _ context: ServerContext) async throws -> Response {
        // 1.
        let wish = try Self.wish(in: try await JSONExchange.body(of: request, context, bodies))
        // 2.
        if let known = try host.outcome(of: wish.requestID.text, isRepeat: true) {
            if known.request != wish { throw Self.reused(wish.requestID.text) }
            return try Self.accepted(known, status: .ok, at: host)
        }
        // 3.
        if try host.store.hasDatabase(wish.database.text) {
            throw ProblemDetails(.databaseAlreadyExists, "there is a database '\(wish.database)' already")
        }
        // 4.
        let result: LakeStore.StartResult
        do {
            result = try await host.start(wish)
        } catch LakeError.requestIDReused {
            throw Self.reused(wish.requestID.text)
        } catch let refusal as ServiceError {
            throw TooManyRequests(message: refusal.message)
        }
        guard let outcome = try host.outcome(of: wish.requestID.text) else {
            preconditionFailure("what was started is in the store: \(result.arn)")
        }
        if case .known = result { return try Self.accepted(outcome, status: .ok, at: host) }
        return try Self.accepted(outcome, status: .accepted, at: host)
    }

    private static func reused(_ id: String) -> ProblemDetails {
        ProblemDetails(.requestIDReused, "the requestId \(id) belongs to a request with other content")
    }

    private static func accepted(
        _ outcome: RequestOutcome, status: HTTPResponse.Status, at host: CleanroomHost
    ) throws -> Response {
        var response = JSONExchange.response(
            .object(try host.reader.document(outcome, now: host.clock.now())), status: status)
        response.headers[.location] = "/v1/requests/\(outcome.requestID)"
        return response
    }

    /// The request in a body.
    static func wish(in body: JSONValue) throws(ProblemDetails) -> CleanroomRequest {
        guard let members = body.objectValue else {
            throw ProblemDetails(.invalidRequest, "the body is not an object with requestId, account and database")
        }
        var problems: [(field: String, text: String)] = []
        for field in fields {
            switch members[field] {
            case nil: problems.append((field, "\(field) is missing"))
            case .string?: break
            case let other?: problems.append((field, "\(field) is not a text but \(other.kind)"))
            }
        }
        for (field, _) in members where !fields.contains(field) {
            if problems.count >= maximumProblems { break }
            let shown = VisibleText.beginning(of: field, characters: 60)
            problems.append((shown, "\(shown.debugDescription) is not a field of a request"))
        }
        func text(_ field: String) -> String { members[field]?.stringValue ?? "" }
        do {
            let request = try CleanroomRequest(
                requestID: text("requestId"), account: text("account"), database: text("database"),
                ownAccount: LocalAccount.account)
            if problems.isEmpty { return request }
        } catch {
            // They come first: what is not told any more are the fields that a request does not have.
            problems =
                error.problems.filter { members[$0.field]?.stringValue != nil }.map { ($0.field, $0.description) }
                + problems
        }
        let unknown = members.count { name, _ in !fields.contains(name) }
        let told = problems.count { !fields.contains($0.field) }
        if unknown > told { problems.append(("", "\(unknown - told) more are not fields of a request")) }
        throw ProblemDetails(
            .invalidRequest, problems.map(\.text).joined(separator: "; "),
            problems: problems.map { ["field": .string($0.field), "detail": .string($0.text)] })
    }

    /// Lists rooms by their names, page by page.
    func list(_ request: Request) async throws -> Response {
        let limit = try JSONExchange.number("limit", of: request, default: Self.standardLimit, in: Self.limits)
        var after = ""
        if let cursor = request.uri.queryParameters["cursor"] {
            do throws(RuleViolation) {
                after = try DatabaseName(String(cursor)).text
            } catch {
                throw ProblemDetails(.invalidParameter, "cursor is not the nextCursor of a page")
            }
        }
        return try await reads.pass { [store = host.store, after] in
            // One more than asked for tells whether there is a next page.
            let rooms = try store.rooms(after: after, limit: limit + 1)
            var page: JSONObject = ["cleanrooms": .array(rooms.prefix(limit).map(APIDocument.room))]
            if rooms.count > limit {
                page["nextCursor"] = .string(rooms[limit - 1].database)
            }
            return JSONExchange.response(.object(page))
        }
    }

    func show(_ context: ServerContext) async throws -> Response {
        let name = context.parameters.get("database") ?? ""
        return try await reads.pass { [store = host.store] in
            guard let room = try store.room(name) else {
                throw ProblemDetails(.notFound, "there is no cleanroom of this name")
            }
            return JSONExchange.response(APIDocument.room(room))
        }
    }
}
