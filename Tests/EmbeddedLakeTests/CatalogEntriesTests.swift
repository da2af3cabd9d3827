import CleanroomModel
import DurableExecution
import StatesLanguage
import TestSupport
import Testing

@testable import EmbeddedLake

/// What the catalog has under a name, in memory and in its table.
@Suite(.timeLimit(.minutes(1)))
struct CatalogEntriesTests {
    private let folder = TemporaryFolder()
    private let store: LakeStore

    init() throws {
        store = try LakeStore(folder: DataFolder(path: folder.path))
    }

    @Test(arguments: [
        ("arn:aws:s3:::bucket/cleanroom/acme/", "acme"), ("acme", "acme"), ("acme.orders", "acme.orders"),
        ("arn:aws:s3:::bucket", "arn:aws:s3:::bucket"), ("arn:aws:s3:::bucket/acme", "acme"), ("acme//", "acme"),
        ("/", ""), ("", ""), ("größe/für/ärzte/", "ärzte"),
    ])
    func `what belongs to a room has the last part of its name in common`(name: String, room: String) {
        #expect(CatalogRoom.name(for: name) == room)
    }

    private static func database(_ name: String, marker: String? = nil) -> CatalogDatabase {
        CatalogDatabase(
            name: name, description: marker, location: "s3://bucket/cleanroom/\(name)/",
            parameters: marker.map { [MarkerProperty.requestID: .string($0)] } ?? [:], tableDefaults: [],
            createdAt: Timestamp(milliseconds: 1))
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `what was written is read as it was in memory, in the same order`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        func choose<Value>(_ values: [Value]) -> Value { values[Int(random.next() % UInt64(values.count))] }
        var entries = CatalogEntries("acme")
        for _ in 0..<20 {
            let before = entries
            for _ in 0...(random.next() % 4) {
                switch random.next() % 6 {
                case 2: entries.tags = choose([[:], ["k": "v"], ["ä": "", "k": "v"]])
                case 0: entries.database = choose([nil, Self.database("acme"), Self.database("acme", marker: "ä'\"")])
                case 1:
                    let location = RegisteredLocation(
                        arn: "acme", roleARN: choose(["r", "s"]), isHybrid: choose([true, false]),
                        registeredAt: Timestamp(milliseconds: 2))
                    entries.location = choose([nil, location])
                default:
                    entries.set(
                        PermissionEntry(
                            principal: choose(["111122223333", "arn:x", "IAM_ALLOWED_PRINCIPALS", "ä", "Z", "z"]),
                            resource: choose([.database("acme"), .tables(of: "acme"), .location(arn: "acme")]),
                            permissions: choose([[], ["SELECT", "DESCRIBE"], ["ALL"]]),
                            grantable: choose([[], ["ALL"]])))
                }
            }
            let read = try store.writeNow { transaction in
                try transaction.set(entries)
                return try transaction.entries("acme")
            }
            #expect(read == entries, "after \(before)")
        }
    }

    @Test(arguments: 1...5) func `lists go on where a page has ended, whatever the names`(limit: Int) throws {
        let names = ["a", "a.b", "b/a", "c", "a/b", "arn:aws:s3:::x/c/", "ä", "z"]
        let arns = [
            "arn:aws:s3:::x/c/", "arn:aws:s3:::x/a/", "arn:aws:s3:::y/a/", "arn:aws:s3:::y", "arn:aws:s3:::y/z",
        ]
        try store.writeNow { transaction in
            for name in names { try transaction.insert(Self.database(name)) }
            for arn in arns {
                let time = Timestamp(milliseconds: 0)
                try transaction.insert(RegisteredLocation(arn: arn, roleARN: "r", isHybrid: false, registeredAt: time))
            }
        }
        let pages = { (page: (LakeTransaction, String) throws -> [String]) throws in
            try store.writeNow { transaction in
                var found: [String] = []
                while case let next = try page(transaction, found.last ?? ""), !next.isEmpty {
                    #expect(next.count <= limit)
                    found += next
                }
                return found
            }
        }
        let databases = try pages { try $0.databaseNames(after: $1, limit: limit) }
        #expect(databases.sorted() == names.sorted())
        let locations = try pages { try $0.registeredLocations(after: $1, limit: limit).map(\.arn) }
        #expect(locations.sorted() == arns.sorted())
    }

    @Test(arguments: [1, 2, 3, 7, 100]) func `cleanrooms are listed between what is none`(limit: Int) throws {
        let rooms = ["a", "b", "b_c", "c", "cc", "z"]
        try store.writeNow { transaction in
            for (number, room) in rooms.enumerated() {
                try transaction.insert(Self.database(room, marker: "request \(number)"))
                let arn = "arn:aws:s3:::bucket/cleanroom/\(room)/"
                if number % 2 == 0 {
                    let time = Timestamp(milliseconds: 0)
                    try transaction.insert(
                        RegisteredLocation(arn: arn, roleARN: "r", isHybrid: false, registeredAt: time))
                }
                for resource in [.location(arn: arn), .database(room), .tables(of: room)] as [SecuredResource] {
                    try transaction.set(
                        PermissionEntry(
                            principal: "111122223333", resource: resource, permissions: ["ALL"], grantable: []))
                }
                try transaction.insert(Self.database("\(room)_strangers"))
                try transaction.insert(Self.database("\(room).strangers"))
            }
        }
        var found: [RoomDescription] = []
        while case let page = try store.rooms(after: found.last?.database ?? "", limit: limit), !page.isEmpty {
            #expect(page.count <= limit)
            found += page
        }
        #expect(found.map(\.database) == rooms)
        #expect(found.map(\.isRegistered) == [true, false, true, false, true, false])
        #expect(found.allSatisfy { $0.grants.map(\.resource.kind) == ["LOCATION", "DATABASE", "TABLES"] })
        for room in found {
            let alone = try #require(try store.room(room.database))
            #expect(alone.requestID == room.requestID)
            #expect(alone.grants == room.grants)
            #expect(alone.isRegistered == room.isRegistered)
        }
        #expect(try store.room("a_strangers") == nil)
        #expect(try store.hasDatabase("a_strangers"))
    }
}
