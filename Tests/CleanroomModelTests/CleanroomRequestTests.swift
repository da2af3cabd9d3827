import CleanroomModel
import Testing

struct CleanroomRequestTests {
    private static let id = "6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11"

    @Test func `a request of three valid texts keeps them exactly`() throws {
        let request = try CleanroomRequest(requestID: Self.id.uppercased(), account: "000000000012", database: "user")
        #expect(request.requestID.text == Self.id.uppercased())
        #expect(request.account.text == "000000000012")
        #expect(request.database.text == "user")
    }

    @Test func `every broken rule is told at once, with the field, the value and the rule`() {
        let error = #expect(throws: InvalidRequest.self) {
            try CleanroomRequest(requestID: "no", account: "12", database: "A b")
        }
        #expect(error?.problems.map(\.field) == ["requestId", "account", "database"])
        #expect(error?.problems.map(\.value) == ["no", "12", "A b"])
        #expect(error?.description.contains("account \"12\" is not exactly 12 digits") == true)
    }

    @Test(arguments: [
        "", "6f1c9dc252c44d0a9a3f0b7f5a6f1e11", "6f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e1", "{\(id)}", id + " ",
        "６f1c9dc2-52c4-4d0a-9a3f-0b7f5a6f1e11",
    ])
    func `what is not shaped like a UUID is no requestId`(text: String) {
        #expect(throws: RuleViolation.self) { try RequestID(text) }
    }

    @Test(arguments: ["", "11112222333", "1111222233334", "１１１１２２２２３３３３", "11112222333a", "111122223333\n"])
    func `what is not twelve ASCII digits is no account`(text: String) {
        #expect(throws: RuleViolation.self) { try AccountID(text) }
    }

    @Test(arguments: ["", "1a", "_a", "A", "a-b", "é", "a b", "a\n", "аbc", String(repeating: "a", count: 256)])
    func `what is not lowercase snake_case is no database name`(text: String) {
        #expect(throws: RuleViolation.self) { try DatabaseName(text) }
    }

    @Test func `a name of 255 bytes is the longest`() throws {
        #expect(try DatabaseName(String(repeating: "a", count: 255)).text.utf8.count == 255)
    }
}

struct DeploymentTests {
    @Test func `without values the contract's defaults stand, and answers are kept`() throws {
        let deployment = try Deployment()
        #expect(deployment.name == "core-account-cleanroom-create")
        #expect(deployment.workgroup == "primary")
        #expect(deployment.bucket == "mytiki-ocean")
        #expect(deployment.apiEndpoint == nil)
        #expect(deployment.locationRole.isEmpty)
    }

    @Test func `every parameter that breaks its rule is told at once`() {
        let error = #expect(throws: InvalidRequest.self) {
            try Deployment([
                .name: "Upper", .workgroup: "a b", .bucket: "x", .apiEndpoint: "https://host/", .apiAuthorization: "a",
                .locationRole: "a b",
            ])
        }
        #expect(
            error?.problems.map(\.field)
                == ["Name", "Workgroup", "Bucket", "ApiEndpoint", "ApiAuthorization", "LocationRole"])
    }

    @Test func `good values are taken as they are`() throws {
        let deployment = try Deployment([
            .apiEndpoint: "account.example.com:8443", .apiAuthorization: "conn/0a1b-2c",
            .locationRole: "arn:aws:iam::111122223333:role/lake",
        ])
        #expect(deployment.apiEndpoint == "account.example.com:8443")
        #expect(deployment.apiAuthorization == "conn/0a1b-2c")
    }
}
