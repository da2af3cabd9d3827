import CleanroomModel
import SagaKit
import StatesLanguage

/// When a room is called whole, whatever the states that verify it look like: they are gone through with rooms as the
/// contract has them, and with rooms that differ in one thing.
extension ContractCheck {
    private enum Verdict: String {
        case whole, again, reused
    }

    /// Holds the states that verify a room against what the contract says of rooms.
    func verification() -> [Problem] {
        guard let first = scope.state(VerifyRoom.block.entrance), first.query != nil else { return [] }
        for (name, room, new, duplicate) in Self.rooms {
            for (isRepeat, verdict) in [(false, new), (true, duplicate)]
            where self.verdict(on: room, isRepeat: isRepeat, tries: 0) != verdict {
                let what = isRepeat ? "for a duplicate " : ""
                return [broken(first.place, "\(what)a room is not called '\(verdict)' of which is to be said: \(name)")]
            }
        }
        return patience(first) + absence(first) + failures(first)
    }

    private func end(of room: VerifiedRoom, isRepeat: Bool, tries: Int64) -> QueryWalk.End? {
        var walk = QueryWalk(scope, reply: room.reply)
        guard
            let end = walk.end(
                from: VerifyRoom.block.entrance, VerifiedRoom.input(isRepeat: isRepeat, tries: tries)),
            // Whether the role is an administrator is asked in JSONPath.
            end.state == "ReadRoomSettings"
        else {
            var walk = QueryWalk(scope, reply: room.reply)
            return walk.end(from: VerifyRoom.block.entrance, VerifiedRoom.input(isRepeat: isRepeat, tries: tries))
        }
        return walk.end(from: "CompareRoom", end.input)
    }

    private func verdict(on room: VerifiedRoom, isRepeat: Bool, tries: Int64) -> Verdict? {
        switch end(of: room, isRepeat: isRepeat, tries: tries)?.state {
        case CreateCleanroom.saga.success.entrance: .whole
        case "VerifyCount": .again
        case Waypoint.reused: .reused
        default: nil
        }
    }

    /// A room is read again some times before it is called not whole, and that it is says what is not so.
    private func patience(_ first: State) -> [Problem] {
        var room = VerifiedRoom()
        room.tables = [["Name": "a_table"]]
        room.location = nil
        for (isRepeat, last) in [(false, VerifyRoom.limit), (true, VerifyRoom.repeatLimit)] {
            if verdict(on: room, isRepeat: isRepeat, tries: last - 1) != .again {
                return [broken(first.place, "a room is read \(last) times before it is called not whole")]
            }
            let failure = end(of: room, isRepeat: isRepeat, tries: last)?.input["failure"]
            let cause = failure?["Cause"]?.stringValue ?? ""
            if failure?["Error"] != .string(VerifyRoom.notWhole) || !cause.contains("the database lies at s3://")
                || !cause.contains("a_table")
            {
                return [broken(first.place, "a room that is not whole is called so, and it is said what is not")]
            }
        }
        return []
    }

    /// What is not there is called so, and nothing of what was compared before it.
    private func absence(_ first: State) -> [Problem] {
        for (action, error) in Self.absences {
            var (before, now) = (VerifiedRoom(), VerifiedRoom())
            before.tables = [["Name": "a_table"]]
            now.failure = (action, error)
            var isFailing = false
            var walk = QueryWalk(scope) { [before, now] in isFailing ? now.reply($0, $1) : before.reply($0, $1) }
            let input = VerifiedRoom.input(isRepeat: false, tries: VerifyRoom.limit)
            let compared = walk.end(from: VerifyRoom.block.entrance, input).flatMap {
                walk.end(from: "CompareRoom", $0.input)
            }
            isFailing = true
            let failure = walk.end(from: VerifyRoom.block.entrance, input)?.input["failure"]
            let cause = failure?["Cause"]?.stringValue ?? ""
            if compared == nil || failure?["Error"] != .string(VerifyRoom.notWhole) || cause.contains("a_table")
                || !cause.hasPrefix("missing: ") || cause.hasPrefix("missing: ;")
            {
                return [broken(first.place, "where \(action) finds nothing, that and nothing else is said")]
            }
        }
        return []
    }

    /// What cannot be read is told with its error.
    private func failures(_ first: State) -> [Problem] {
        for action in ["getDatabase", "describeResource", "getTags", "getTables", "listObjectsV2", "listPermissions"] {
            var room = VerifiedRoom()
            room.failure = (action, "An.Error")
            let failure = end(of: room, isRepeat: false, tries: 0)?.input["failure"]
            if failure != ["Error": "An.Error", "Cause": "why"] {
                return [broken(first.place, "an error of \(action) is kept")]
            }
        }
        return []
    }

    // MARK: What the contract says

    /// The errors of what finds nothing.
    private static let absences: KeyValuePairs = [
        "getDatabase": ServiceAction.Glue.notFound, "describeResource": ServiceAction.LakeFormation.notFound,
        "getTags": ServiceAction.Glue.notFound, "getTables": ServiceAction.Glue.notFound,
        "listPermissions": ServiceAction.LakeFormation.notFound,
    ]

    /// What is said of a room, the room, and what it is called when it is new and for a duplicate.
    private static let rooms: [(name: String, room: VerifiedRoom, new: Verdict, duplicate: Verdict)] = {
        var rooms: [(String, VerifiedRoom, Verdict, Verdict)] = []
        func room(_ name: String, _ new: Verdict, _ duplicate: Verdict, _ change: (inout VerifiedRoom) -> Void) {
            var room = VerifiedRoom()
            change(&room)
            rooms.append((name, room, new, duplicate))
        }
        let (prefix, stranger) = (VerifiedRoom.prefix, "999999999999")
        let mark: JSONValue = ["Key": .string(prefix), "Size": 0]
        let object: JSONValue = ["Key": .string(prefix + "a"), "Size": 0]
        room("it is as it has to be", .whole, .whole) { _ in }
        room("it guards everybody", .whole, .whole) { $0.registration["HybridAccessEnabled"] = false }
        room("it has a folder's mark", .whole, .whole) { $0.objects = [mark] }
        room("it does not say for which account it was made", .whole, .whole) {
            $0.properties[MarkerProperty.account] = nil
        }
        room("it was made for another account", .whole, .reused) {
            $0.properties[MarkerProperty.account] = .string(stranger)
        }
        room("it lies elsewhere", .again, .again) { $0.location = "s3://bucket/cleanroom/other/" }
        room("it lies nowhere", .again, .again) { $0.location = nil }
        room("it bears another marker", .again, .again) { $0.properties[MarkerProperty.requestID] = "another" }
        room("it bears no marker", .again, .again) { $0.properties = [:] }
        room("another role guards it", .again, .again) { $0.registration["RoleArn"] = "another" }
        room("it guards who opts in", .again, .again) { $0.registration["HybridAccessEnabled"] = true }
        room("later tables are given to somebody", .again, .whole) {
            $0.defaults = [["Principal": ["DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"]]]
        }
        room("it has another member", .again, .whole) { $0.tags["cleanroom:member:\(stranger)"] = "another" }
        room("its account is no member, and has grants", .again, .whole) { $0.tags = [:] }
        room("its account is no member", .again, .whole) {
            $0.tags = [:]
            $0.permissions = [:]
        }
        room("there is a table", .again, .whole) { $0.tables = [["Name": "a_table"]] }
        room("there is an object", .again, .whole) { $0.objects = [object] }
        room("there is an object with content at the mark's place", .again, .whole) {
            $0.objects = [["Key": .string(prefix), "Size": 1]]
        }
        room("there is an object beside a mark", .again, .whole) { $0.objects = [mark, object] }
        for (resource, entries) in VerifiedRoom().permissions {
            room("somebody has a permission on the \(resource)", .again, .whole) {
                $0.permissions[resource] = entries + [(stranger, ["DESCRIBE"], [])]
            }
            room("its account has more on the \(resource)", .again, .whole) {
                $0.permissions[resource] = entries + [(VerifiedRoom.account, ["ALTER"], [])]
            }
            room("its account has nothing on the \(resource)", .again, .again) { $0.permissions[resource] = [] }
            for (index, entry) in entries.enumerated() {
                room("its account may not grant \(entry.may)", .again, .again) {
                    $0.permissions[resource]?[index].grants = []
                }
                room("somebody else has \(entry.may)", .again, .again) {
                    $0.permissions[resource]?[index].holder = stranger
                }
            }
        }
        for (action, error) in absences {
            room("\(action) finds nothing", .again, .again) { $0.failure = (action, error) }
        }
        return rooms
    }()
}
