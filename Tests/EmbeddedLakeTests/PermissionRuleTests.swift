import DurableExecution
import EmbeddedLake
import StatesLanguage
import TestSupport
import Testing

/// The rules of Lake Formation about grants, revocations, locations and settings, one by one.
///
/// Where nothing else is named, the source is AWS's Lake Formation permissions reference:
/// <https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html>
struct PermissionRuleTests {
    private typealias Lake = CalledLake

    private static let invalid = "LakeFormation.InvalidInputException"
    private static let denied = "LakeFormation.AccessDeniedException"

    // MARK: ALL

    @Test(arguments: [true, false])
    func `the creator of a database is listed with each permission, or with ALL alone`(isEach: Bool) throws {
        var behavior = LakeBehavior()
        behavior.creatorHoldsEachPermission = isEach
        let lake = try Lake(behavior: behavior)
        try lake.makeDatabase()
        let permissions = isEach ? Lake.everyPermission : ["ALL"]
        #expect(
            try lake.listed(Lake.database) == [
                Lake.role: [permissions, permissions], "IAM_ALLOWED_PRINCIPALS": [["ALL"], []],
            ])
    }

    @Test func `revoking ALL leaves the permissions beside it, and revoking those leaves ALL`() throws {
        let lake = try Lake()
        try lake.makeDatabase()
        #expect(try lake.revoke(Lake.role, Lake.database, ["ALL"]).error == nil)
        let others = ["ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"]
        #expect(try lake.listed(Lake.database)[Lake.role] == [others, others])
        #expect(try lake.revoke(Lake.role, Lake.database, others).error == nil)
        #expect(try lake.listed(Lake.database)[Lake.role] == nil)
        #expect(try lake.grant(Lake.role, Lake.database, ["ALL", "DROP"]).error == nil)
        #expect(try lake.revoke(Lake.role, Lake.database, ["DROP"]).error == nil)
        #expect(try lake.listed(Lake.database)[Lake.role] == [["ALL"], []])
    }

    @Test func `whoever has ALL may do what another permission is for`() throws {
        var behavior = LakeBehavior()
        behavior.creatorHoldsEachPermission = false
        let lake = try Lake(behavior: behavior)
        try lake.makeDatabase()
        #expect(try lake.revoke("IAM_ALLOWED_PRINCIPALS", Lake.database, ["ALL"]).error == nil)
        #expect(try lake.run("DROP DATABASE a").error == nil)
    }

    // MARK: Revoking

    @Test func `a grant option can be revoked alone, and goes with its permission`() throws {
        let lake = try Lake()
        try lake.makeDatabase()
        let other = "arn:aws:iam::000000000000:role/reader"
        #expect(
            try lake.grant(
                other, Lake.database, ["ALTER", "DESCRIBE"], grantable: ["ALTER", "DESCRIBE"]
            ).error == nil)
        #expect(try lake.revoke(other, Lake.database, [], grantable: ["ALTER"]).error == nil)
        #expect(try lake.listed(Lake.database)[other] == [["ALTER", "DESCRIBE"], ["DESCRIBE"]])
        #expect(try lake.revoke(other, Lake.database, ["DESCRIBE"]).error == nil)
        #expect(try lake.listed(Lake.database)[other] == [["ALTER"], []])
    }

    /// Source: <https://github.com/tokern/lakecli/issues/10>
    @Test func `what a principal does not have is not revoked, in the words of AWS`() throws {
        let lake = try Lake()
        try lake.makeDatabase()
        let nothing = try lake.revoke(Lake.customer, Lake.database, ["DESCRIBE"]).error
        #expect(nothing?.error == Self.invalid)
        #expect(
            nothing?.cause.hasPrefix(
                "No permissions revoked. Grantee has no permissions and no grantable permissions on resource.") == true)
        let another = try lake.revoke("IAM_ALLOWED_PRINCIPALS", Lake.database, ["DROP"]).error
        #expect(another?.error == Self.invalid)
        #expect(another?.cause.hasPrefix("No permissions revoked. Grantee does not have:[DROP]") == true)
    }

    @Test(arguments: [true, false])
    func `of several permissions those that are there are revoked, or none`(takesThem: Bool) throws {
        var behavior = LakeBehavior()
        behavior.revokesWhatIsThere = takesThem
        let lake = try Lake(behavior: behavior)
        try lake.makeDatabase()
        let result = try lake.revoke("IAM_ALLOWED_PRINCIPALS", Lake.database, ["ALL", "DROP"])
        #expect(result.error?.error == (takesThem ? nil : Self.invalid))
        #expect(try (lake.listed(Lake.database)["IAM_ALLOWED_PRINCIPALS"] == nil) == takesThem)
    }

    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/dg/required-permissions-for-grant.html>
    @Test func `whoever is no administrator grants and revokes only what it may grant`() throws {
        let lake = try Lake()
        try lake.makeDatabase()
        let reader = "arn:aws:iam::000000000000:role/reader"
        #expect(try lake.grant(reader, Lake.database, ["DESCRIBE"], as: Lake.otherRole).error?.error == Self.denied)
        #expect(
            try lake.grant(Lake.otherRole, Lake.database, ["DESCRIBE"], grantable: ["DESCRIBE"]).error == nil)
        #expect(try lake.grant(reader, Lake.database, ["DESCRIBE"], as: Lake.otherRole).error == nil)
        #expect(try lake.grant(reader, Lake.database, ["DROP"], as: Lake.otherRole).error?.error == Self.denied)
        #expect(
            try lake.revoke(Lake.role, Lake.database, ["DROP"], as: Lake.otherRole).error?.error == Self.denied)
    }

    // MARK: Granting

    @Test func `a grant option is a part of its grant`() throws {
        let lake = try Lake()
        try lake.makeDatabase()
        let error = try lake.grant(Lake.otherRole, Lake.database, ["DESCRIBE"], grantable: ["DROP"]).error
        #expect(error?.error == Self.invalid)
        #expect(error?.cause.contains("no subset") == true)
    }

    @Test(arguments: [CalledLake.customer, "arn:aws:organizations::111122223333:organization/o-abcdefghij"])
    func `ALL on a database stays in the account`(principal: String) throws {
        let lake = try Lake()
        try lake.makeDatabase()
        #expect(try lake.revoke("IAM_ALLOWED_PRINCIPALS", Lake.database, ["ALL"]).error == nil)
        let error = try lake.grant(principal, Lake.database, ["ALL"]).error
        #expect(error?.error == Self.invalid)
        #expect(error?.cause.contains("external account") == true)
        for permission in ["ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"] {
            #expect(try lake.grant(principal, Lake.database, [permission]).error == nil)
        }
        #expect(try lake.grant(principal, Lake.tables, ["ALL"]).error == nil)
        #expect(try lake.grant(Lake.otherRole, Lake.database, ["ALL"]).error == nil)
    }

    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/dg/hybrid-access-prerequisites.html>
    @Test(arguments: [
        CalledLake.customer, "arn:aws:iam::111122223333:role/reader", "111122223333:IAMPrincipals",
        "arn:aws:organizations::111122223333:ou/o-abcdefghij/ou-1234-abcdefgh",
    ])
    func `below version 4 nothing is granted outside while everybody has it in a registered location`(
        principal: String
    ) throws {
        let lake = try Lake()
        try lake.makeDatabase()
        // A location that nobody has registered is none of Lake Formation's business.
        #expect(try lake.grant(principal, Lake.database, ["DROP"]).error == nil)
        #expect(try lake.register().error == nil)
        for resource in [Lake.database, Lake.tables] {
            let error = try lake.grant(principal, resource, ["DESCRIBE"]).error
            #expect(error?.error == Self.denied)
            #expect(error?.cause.contains("IAM_ALLOWED_PRINCIPALS") == true)
        }
        #expect(try lake.grant(Lake.otherRole, Lake.database, ["DESCRIBE"]).error == nil)
        let settings = try #require(
            try lake.operate(.lakeFormation, "getDataLakeSettings", [:])["DataLakeSettings"]?.objectValue)
        try lake.put(.object(settings.merging(["Parameters": ["CROSS_ACCOUNT_VERSION": "3"]])))
        #expect(try lake.grant(principal, Lake.tables, ["DESCRIBE"]).error?.error == Self.denied)
        try lake.put(.object(settings.merging(["Parameters": ["CROSS_ACCOUNT_VERSION": "4"]])))
        #expect(try lake.grant(principal, Lake.tables, ["DESCRIBE"]).error == nil)
        try lake.put(.object(settings))
        #expect(try lake.revoke("IAM_ALLOWED_PRINCIPALS", Lake.database, ["ALL"]).error == nil)
        #expect(try lake.grant(principal, Lake.tables, ["SELECT"]).error == nil)
        // A table that was made with open defaults keeps all of them back.
        try lake.makeTable("t")
        #expect(try lake.grant(principal, Lake.tables, ["INSERT"]).error?.error == Self.denied)
    }

    @Test(arguments: [
        "nobody", "", "1111222233334", "11112222333", "11112222333:", "11112222333/", "11112222333:IAMPrincipals",
        "arn:aws:iam::111122223333:role/", "arn:aws:iam::111122223333", "arn:x",
        "arn:aws:iam::abc:role/r", "arn:aws:s3:::bucket/x", "IAM_ALLOWED",
    ])
    func `what is no principal is refused by its name`(principal: String) throws {
        let lake = try Lake()
        try lake.makeDatabase()
        let error = try lake.grant(principal, Lake.database, ["DESCRIBE"]).error
        #expect(error?.error == Self.invalid)
        #expect(error?.cause.hasPrefix("Invalid principal") == true)
        #expect(throws: ServiceError.self) {
            try lake.put(["DataLakeAdmins": [["DataLakePrincipalIdentifier": .string(principal)]]])
        }
    }

    // MARK: What is not there

    @Test(arguments: LakeBehavior.RefusalOfMissing.allCases)
    func `what is not there is refused in each of AWS's ways`(refusal: LakeBehavior.RefusalOfMissing) throws {
        var behavior = LakeBehavior()
        behavior.refusalOfMissing = refusal
        let lake = try Lake(behavior: behavior)
        let (code, words) =
            switch refusal {
            case .entityNotFound: ("LakeFormation.EntityNotFoundException", ["not found", "register the S3 path"])
            case .invalidInput: (Self.invalid, ["not found", "register the S3 path"])
            case .accessDenied:
                (Self.denied, Array(repeating: "Resource does not exist or requester is not authorized", count: 2))
            }
        let resources = [(Lake.database, "DESCRIBE", words[0]), (Lake.dataLocation, "DATA_LOCATION_ACCESS", words[1])]
        for (resource, permission, word) in resources {
            let refusals = [
                try lake.grant(Lake.otherRole, resource, [permission]),
                try lake.revoke(Lake.otherRole, resource, [permission]),
                try lake.call("lakeformation:listPermissions", ["Resource": resource]),
            ]
            for result in refusals {
                #expect(result.error?.error == code)
                #expect(result.error?.cause.contains(word) == true)
            }
        }
    }

    @Test func `grants that outlive their database are listed and revoked until there are none`() throws {
        var behavior = LakeBehavior()
        behavior.dropsGrantsWithDatabase = false
        let lake = try Lake(behavior: behavior)
        try lake.makeDatabase()
        #expect(try lake.run("DROP DATABASE a").error == nil)
        #expect(try Set(lake.listed(Lake.database).keys) == [Lake.role, "IAM_ALLOWED_PRINCIPALS"])
        #expect(try lake.revoke(Lake.role, Lake.database, Lake.everyPermission).error == nil)
        #expect(try lake.revoke("IAM_ALLOWED_PRINCIPALS", Lake.database, ["ALL"]).error == nil)
        let gone = try lake.call("lakeformation:listPermissions", ["Resource": Lake.database])
        #expect(gone.error?.error == Self.invalid)
    }

    @Test func `grants on a location that was deregistered are listed, and revoked by nobody`() throws {
        let lake = try Lake()
        #expect(try lake.register().error == nil)
        let access = ["DATA_LOCATION_ACCESS"]
        #expect(try lake.grant(Lake.customer, Lake.dataLocation, access).error == nil)
        let arn: JSONValue = ["ResourceArn": .string(Lake.location)]
        #expect(try lake.call("lakeformation:deregisterResource", arn).error == nil)
        #expect(try lake.listed(Lake.dataLocation) == [Lake.customer: [access, []]])
        #expect(try lake.revoke(Lake.customer, Lake.dataLocation, access).error?.error == Self.invalid)
        #expect(try lake.register().error == nil)
        #expect(try lake.revoke(Lake.customer, Lake.dataLocation, access).error == nil)
    }

    // MARK: Locations

    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/dg/service-linked-roles.html>
    @Test func `the service-linked role takes the place of another, and one of the two is given`() throws {
        let lake = try Lake()
        let action = "lakeformation:registerResource"
        let arn = JSONValue.string(Lake.location)
        let role = JSONValue.string(Lake.role)
        #expect(try lake.call(action, ["ResourceArn": arn]).error?.error == Self.invalid)
        let both: JSONValue = ["ResourceArn": arn, "RoleArn": role, "UseServiceLinkedRole": true]
        #expect(try lake.call(action, both).error?.error == Self.invalid)
        #expect(try lake.call(action, ["ResourceArn": arn, "UseServiceLinkedRole": true]).error == nil)
        let found = try lake.call("lakeformation:describeResource", ["ResourceArn": arn]).value
        #expect(
            found?["ResourceInfo"]?["RoleArn"]?.stringValue
                == "arn:aws:iam::000000000000:role/aws-service-role/lakeformation.amazonaws.com/"
                + "AWSServiceRoleForLakeFormationDataAccess")
    }

    @Test(arguments: [true, false])
    func `a location below a registered one is registered, or refused`(refuses: Bool) throws {
        var behavior = LakeBehavior()
        behavior.refusesNestedLocations = refuses
        let lake = try Lake(behavior: behavior)
        let parent: JSONValue = ["ResourceArn": "arn:aws:s3:::bucket/cleanroom/", "RoleArn": .string(Lake.role)]
        #expect(try lake.call("lakeformation:registerResource", parent).error == nil)
        #expect(try lake.register().error?.error == (refuses ? "LakeFormation.AlreadyExistsException" : nil))
    }

    @Test(arguments: [true, false])
    func `whoever registers a location may use it, or not`(gives: Bool) throws {
        var behavior = LakeBehavior()
        behavior.registeringGivesAccess = gives
        let lake = try Lake(behavior: behavior)
        #expect(try lake.register().error == nil)
        let access = ["DATA_LOCATION_ACCESS"]
        #expect(try lake.listed(Lake.dataLocation) == (gives ? [Lake.role: [access, access]] : [:]))
    }
}
