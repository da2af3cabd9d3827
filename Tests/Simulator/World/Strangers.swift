import CleanroomModel
import EmbeddedLake
import StatesLanguage

/// Everybody else who works on the lake, and what of theirs has to stay as they have left it.
final class Strangers {
    /// The rows of one name: what there is of a database and its location.
    struct Rows: Hashable {
        let database: CatalogDatabase?
        let tags: JSONObject
        let tables: Set<String>
        let registration: RegisteredLocation?
        let permissions: [SecuredResource: [String: PermissionEntry]]

        /// The same without what a principal holds.
        func without(_ principal: String) -> Rows {
            Rows(
                database: database, tags: tags, tables: tables, registration: registration,
                permissions: permissions.mapValues { $0.filter { $0.key != principal } }.filter { !$0.value.isEmpty })
        }
    }

    static let principal = "arn:aws:iam::000000000000:role/stranger"
    static let account = "777777777777"
    /// An account that is made a member of a room later.
    static let newMember = "888877776666"

    private let lake: SimulatedLake
    let locationRole: String
    /// What has to stay, by the name of the database.
    private(set) var belongings: [String: Rows] = [:]
    /// What strangers did, and when.
    private(set) var acts: [(time: Int64, database: String, kind: Happening.Kind)] = []
    private(set) var vanished: Set<String> = []

    init(lake: SimulatedLake, locationRole: String) {
        self.lake = lake
        self.locationRole = locationRole
    }

    static func locationARN(_ database: String) -> String { "arn:aws:s3:::mytiki-ocean/cleanroom/\(database)/" }

    static func resources(of database: String) -> [SecuredResource] {
        [.database(database), .tables(of: database), .location(arn: locationARN(database))]
    }

    func rows(of database: String) -> Rows {
        var permissions: [SecuredResource: [String: PermissionEntry]] = [:]
        for resource in Self.resources(of: database) {
            if let entries = lake.content.permissions[resource], !entries.isEmpty { permissions[resource] = entries }
        }
        return Rows(
            database: lake.content.databases[database],
            tags: lake.content.databases[database] == nil ? [:] : lake.tags(ofDatabase: database),
            tables: lake.content.tables[database] ?? [],
            registration: lake.content.locations[Self.locationARN(database)], permissions: permissions)
    }

    // MARK: Before the beginning

    func lay(_ ground: Schedule.Ground, under database: String) {
        switch ground {
        case .strangersDatabase: makeDatabase(database)
        case .largeDatabase:
            makeDatabase(database, parameters: ["note": .string(String(repeating: "x", count: 300_000))])
        case .standingRoom: makeRoom(database, request: "00000000-0000-4000-8000-00000000000f", account: Self.account)
        case .registeredByStranger: register(Self.locationARN(database), role: "arn:aws:iam::000000000000:role/other")
        case .registeredWithOurRole: register(Self.locationARN(database), role: locationRole)
        case .objects: lake.content.objects.insert("mytiki-ocean/cleanroom/\(database)/data.parquet")
        case .folderMark:
            lake.content.objects.insert("mytiki-ocean/cleanroom/\(database)/")
            return
        case .subfolderMark:
            lake.content.objects.insert("mytiki-ocean/cleanroom/\(database)/theirs/")
        case .earlierMembers:
            lake.setTags(["\(MemberTag.prefix)\(Self.account)": "an earlier request"], ofDatabase: database)
            return
        case .parentRegistered:
            register("arn:aws:s3:::mytiki-ocean/cleanroom/", role: "arn:aws:iam::000000000000:role/other")
            return
        }
        belongings[database] = rows(of: database)
    }

    /// A whole room as an earlier request has made it.
    func makeRoom(_ database: String, request: String, account: String) {
        let execution = "arn:aws:states:us-east-1:000000000000:execution:core-account-cleanroom-create:\(request)"
        lake.insert(
            CatalogDatabase(
                name: database,
                description: "cleanroom request=\(request) execution=\(execution) started=then deployment=earlier",
                location: "s3://mytiki-ocean/cleanroom/\(database)/",
                parameters: [
                    MarkerProperty.requestID: .string(request), MarkerProperty.execution: .string(execution),
                ], tableDefaults: [], createdAt: Timestamp(milliseconds: 0)))
        register(Self.locationARN(database), role: locationRole)
        addMember(account, of: database, by: request)
        belongings[database] = rows(of: database)
    }

    /// Makes an account a member of a room, as sharing does.
    private func addMember(_ account: String, of database: String, by request: String) {
        var tags = lake.tags(ofDatabase: database)
        tags[MemberTag.prefix + account] = .string(request)
        lake.setTags(tags, ofDatabase: database)
        let permissions = [["DESCRIBE"], ["DESCRIBE", "SELECT"], ["DATA_LOCATION_ACCESS"]]
        for (resource, permissions) in zip(Self.resources(of: database), permissions) {
            lake.set(
                PermissionEntry(
                    principal: account, resource: resource, permissions: permissions, grantable: permissions))
        }
    }

    private func removeMember(_ account: String, of database: String) {
        var tags = lake.tags(ofDatabase: database)
        tags[MemberTag.prefix + account] = nil
        lake.setTags(tags, ofDatabase: database)
        for resource in Self.resources(of: database) {
            lake.set(PermissionEntry(principal: account, resource: resource, permissions: [], grantable: []))
        }
    }

    private func makeDatabase(_ database: String, parameters: JSONObject = [:]) {
        lake.insert(
            CatalogDatabase(
                name: database, description: "somebody's", location: "s3://elsewhere/\(database)/",
                parameters: parameters, tableDefaults: [], createdAt: Timestamp(milliseconds: 0)))
        lake.set(
            PermissionEntry(
                principal: Self.principal, resource: .database(database), permissions: ["ALL"], grantable: ["ALL"]))
    }

    private func register(_ location: String, role: String) {
        lake.insert(
            RegisteredLocation(
                arn: location, roleARN: role, isHybrid: false, registeredAt: Timestamp(milliseconds: 0)))
    }

    // MARK: Meanwhile

    func act(_ kind: Happening.Kind, on database: String, account: String, at time: Int64) {
        let exists = lake.content.databases[database] != nil
        switch kind {
        case .strangerTakesName:
            if exists { return }
            makeDatabase(database)
            belongings[database] = rows(of: database)
        case .strangerDropsDatabase:
            // A room that stood before is somebody's who does not drop it.
            if !exists || belongings[database] != nil { return }
            lake.deleteDatabase(database)
            lake.content.tables[database] = nil
            if lake.behavior.dropsGrantsWithDatabase {
                lake.deletePermissions(on: .database(database))
                lake.deletePermissions(on: .tables(of: database))
            }
        case .strangerRegisters, .strangerRegistersWithOurRole:
            if lake.content.locations[Self.locationARN(database)] != nil { return }
            register(
                Self.locationARN(database),
                role: kind == .strangerRegisters ? "arn:aws:iam::000000000000:role/other" : locationRole)
        case .strangerDeregisters:
            // A room that stood before is somebody's who keeps it.
            if belongings[database] != nil { return }
            lake.deleteLocation(Self.locationARN(database))
        case .strangerGrants:
            if !exists { return }
            lake.set(
                PermissionEntry(
                    principal: Self.account, resource: .tables(of: database), permissions: ["SELECT"], grantable: []))
        case .tableAppears:
            if !exists { return }
            lake.content.tables[database, default: []].insert("theirs")
        case .objectAppears: lake.content.objects.insert("mytiki-ocean/cleanroom/\(database)/theirs.parquet")
        case .accountVanishes: vanished.insert(account)
        case .administratorRemoved:
            var settings = lake.content.settings.objectValue ?? [:]
            settings["DataLakeAdmins"] = [["DataLakePrincipalIdentifier": .string(Self.principal)]]
            lake.content.settings = .object(settings)
        case .memberJoins:
            if !exists { return }
            addMember(Self.newMember, of: database, by: "a later request")
        case .memberLeaves:
            if !exists { return }
            removeMember(account, of: database)
        default: return
        }
        if belongings[database] != nil { belongings[database] = rows(of: database) }
        acts.append((time, database, kind))
    }
}
