package import CleanroomModel
import CleanroomService
import DurableExecution
import EmbeddedLake
import Foundation
import GRDB
import StatesLanguage

/// What has to hold in an embedded lake at rest, whatever has happened to the processes that worked on it.
///
/// 1. Each request ends in exactly one outcome, and in exactly one answer.
/// 2. The answer is true: the room stands, whole, or nothing of it is there.
/// 3. What was there before is there still, row for row.
/// 4. Nothing else is there: no grant and no registration without its room.
/// 5. No execution is left running, and each journal replays to what the tables say of it.
/// 6. The file is sound, and everything is its owner's alone.
package struct LakeInvariants {
    private let folder: String
    private let deployment: Deployment
    private let before: LakeRows

    /// - Parameter before: the rows that were there before the requests.
    package init(folder: String, before: LakeRows = .none) throws {
        self.folder = folder
        self.before = before
        deployment = try Deployment()
    }

    /// What does not hold, in words; nothing when all is well.
    package func violations(of requests: [CleanroomRequest]) throws -> [String] {
        let store = try LakeStore(folder: DataFolder(path: folder))
        var found: [String] = []
        // 1. and 2.
        var rooms: [String: CleanroomRequest] = [:]
        for request in requests {
            let (problems, stands) = try outcome(of: request, in: store)
            found += problems
            if stands, rooms.updateValue(request, forKey: request.database.text) != nil {
                found.append("two requests were told that \(request.database) stands")
            }
        }
        // 3. and 4.
        try DatabaseQueue.lake(in: folder).read { db in
            found += try catalog(db, rooms)
            found += try soundness(db)
        }
        for request in requests where rooms[request.database.text] == nil {
            found += remains(of: request.database.text)
        }
        // 5.
        for record in try store.executions(limit: 100_000) { found += try replay(record, in: store) }
        // 6.
        return found + privacy()
    }

    // MARK: Outcomes

    /// What is wrong with the outcome of a request, and whether it is that the room stands.
    private func outcome(of request: CleanroomRequest, in store: LakeStore) throws -> ([String], Bool) {
        let id = request.requestID.text
        guard let record = try store.execution(named: id) else { return (["\(id) has no execution"], false) }
        var found: [String] = []
        if record.start.input != request.json { found.append("\(id) ran with other content") }
        let recovery = try RequestReader(store: store).outcome(of: record).recovery
        let answers = [record.answer, recovery?.answer].compactMap(\.self)
        guard answers.count == 1, let answer = answers.first else {
            return (found + ["\(id) was answered \(answers.count) times"], false)
        }
        if answer.body["requestId"] != .string(id) { found.append("\(id) was answered as \(answer.body.text)") }
        if answer.path == Answer.Path.created { return (found, true) }
        let message = answer.body["error"]?["message"]?.stringValue ?? ""
        if ErrorMessage(rawValue: message) == nil { found.append("\(id) was told '\(message)'") }
        return (found, false)
    }

    /// The rows that a room has, and no more.
    private func catalog(_ db: Database, _ rooms: [String: CleanroomRequest]) throws -> [String] {
        let now = try LakeRows(db)
        var found = before.missing(from: now).map { "gone: \($0)" }
        var expected: [String: Set<String>] = [:]
        for (name, request) in rooms {
            let location = "cleanroom/\(name)/"
            let uri = "s3://\(deployment.bucket)/\(location)"
            let arn = "arn:aws:s3:::\(deployment.bucket)/\(location)"
            let database = try content(db, name, in: name)
            let place = try content(db, arn, in: name)
            let marked = database?["Database"]
            let isMarked =
                marked?["LocationUri"] == .string(uri) && marked?["CreateTableDefaultPermissions"] == []
                && marked?["Parameters"]?[MarkerProperty.requestID] == .string(request.requestID.text)
            let isRegistered = place?["Location"]?["HybridAccessEnabled"] == false
            let grants: [(JSONValue?, String, String)] = [
                (place, "LOCATION", "DATA_LOCATION_ACCESS"), (database, "DATABASE", "DESCRIBE"),
                (database, "TABLES", "DESCRIBE SELECT"),
            ]
            let granted = grants.filter { entries, kind, permissions in
                entries?["Permissions"]?[kind]
                    == .object([request.account.text: .strings([permissions, permissions])])
            }
            if !isMarked || !isRegistered || granted.count != 3 {
                found.append(
                    "\(name) was told to stand and is not whole: \(isMarked ? "a" : "no") database of the request, "
                        + "\(isRegistered ? "a" : "no") registration, \(granted.count) of 3 grants")
            }
            for (entries, key) in [(database, name), (place, arn)] {
                for (kind, text) in try LakeRows.entries(entries?.text ?? "{}", of: key, in: name) {
                    expected[kind, default: []].insert(text)
                }
            }
            if let object = objects(in: name).first { found.append("\(name) is not empty: \(object)") }
        }
        for (kind, rows) in now.rows {
            let left = rows.subtracting(before.rows[kind] ?? []).subtracting(expected[kind] ?? [])
            found += left.sorted().map { "left behind: \(kind) \($0)" }
        }
        return found
    }

    /// What the catalog has under a name.
    private func content(_ db: Database, _ name: String, in room: String) throws -> JSONValue? {
        try String.fetchOne(
            db,
            sql: "SELECT value FROM catalog_room, json_each(unpacked(content)) WHERE room = ? AND key = ?",
            arguments: [room, name]
        ).map { try JSONValue(parsing: $0) }
    }

    /// What is in the folder of a room that was not made, unless the folder was there before.
    private func remains(of name: String) -> [String] {
        let isStrangers = before.rows.values.contains { $0.contains { $0.hasPrefix("\(name): ") } }
        return isStrangers ? [] : objects(in: name).filter { $0 != Self.strangersObject }.map { "left behind: \($0)" }
    }

    /// An object that a test may put where a room is asked for.
    package static let strangersObject = "strangers-object"

    private func objects(in name: String) -> [String] {
        let path = "\(folder)/warehouse/\(deployment.bucket)/cleanroom/\(name)"
        // A folder that is not there has nothing in it.
        return (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    }

    // MARK: Journal and file

    private func replay(_ record: ExecutionRecord, in store: LakeStore) throws -> [String] {
        let name = record.start.name
        guard record.status != .running else { return ["\(name) is left running"] }
        let events = try store.history(of: record)
        let told = events.last { $0.kind == .taskScheduled && $0.details["resourceType"] == "http" }
        let parameters = try (told?.details["parameters"]?.stringValue).map { try JSONValue(parsing: $0) }
        var found: [String] = []
        if let answer = record.answer, parameters?["RequestBody"] != answer.body {
            found.append(
                "\(name): the journal tells \(parameters?.text ?? "nothing") and the table \(answer.body.text)")
        }
        guard let last = events.last else { return found + ["\(name) replays to nothing"] }
        let isSame =
            switch record.status {
            case .succeeded:
                last.kind == .executionSucceeded && last.details["output"]?.stringValue == record.output?.text
            case .failed:
                last.kind == .executionFailed && last.details["error"]?.stringValue == record.error
                    && last.details["cause"]?.stringValue == record.cause
            case .aborted: last.kind == .executionAborted
            case .timedOut: last.kind == .executionTimedOut
            case .running: false
            }
        if !isSame { found.append("\(name) is \(record.status.rawValue) and replays to \(last.json.text)") }
        return found
    }

    private func soundness(_ db: Database) throws -> [String] {
        let integrity = try String.fetchAll(db, sql: "PRAGMA integrity_check")
        let foreign = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").map(\.description)
        return (integrity == ["ok"] ? [] : integrity) + foreign
    }

    private func privacy() -> [String] {
        let manager = FileManager.default
        var found: [String] = []
        for case let file as String in manager.enumerator(atPath: folder) ?? .init() {
            // What a test has put there itself has the rights that it gave.
            if file.hasSuffix(Self.strangersObject) { continue }
            let attributes = try? manager.attributesOfItem(atPath: folder + "/" + file)
            // SQLite removes its companions at any time.
            guard let mode = attributes?[.posixPermissions] as? Int else { continue }
            if mode & 0o077 != 0 { found.append("\(file) has the mode \(String(mode, radix: 8))") }
        }
        return found
    }
}
