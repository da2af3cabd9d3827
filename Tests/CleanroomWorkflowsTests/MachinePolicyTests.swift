import CleanroomModel
import CleanroomWorkflows
import SagaKit
import StatesLanguage
import Testing

/// What AWS requires behind each call, and the policy that is made of it.
struct MachinePolicyTests {
    private static let values = [
        "Partition": "aws", "Region": "eu-west-1", "AccountId": "000000000000", "Bucket": "ocean", "Name": "rooms",
        "Workgroup": "primary", "OwnResultsBucket": "results", "Connection": "answers",
    ]
    private static let machine = "arn:aws:states:eu-west-1:000000000000:stateMachine:rooms"

    private func requests(
        _ service: String, _ action: String, _ parameters: JSONValue, by machine: String = machine
    ) -> Set<String> {
        let resource = TaskResource(service: service, action: action)
        return Set(
            AccessNeeds.cleanroom.subjects(of: resource, parameters, by: machine)
                .flatMap { AccessNeeds.cleanroom.requests(of: $0, in: Self.values) }.map(\.description))
    }

    @Test func `each action in the registry says what it needs, and the page of AWS that says so`() {
        #expect(ServiceAction.registry.count >= 24)
        for action in ServiceAction.registry {
            let requirements = AccessNeeds.cleanroom.requirements(of: action)
            #expect(!requirements.isEmpty)
            #expect(action.page.hasPrefix("https://docs.aws.amazon.com/"))
            for requirement in requirements {
                #expect(requirement.page.hasPrefix("https://docs.aws.amazon.com/"))
                #expect(!requirement.actions.isEmpty && !requirement.resources.isEmpty)
            }
        }
    }

    @Test func `whoever grants on tables needs the four actions, and may look at the tables`() {
        let asked = requests(
            "aws-sdk:lakeformation", "batchRevokePermissions",
            [
                "Entries": [
                    [
                        "Principal": ["DataLakePrincipalIdentifier": "arn:aws:iam::000000000000:role/rooms"],
                        "Resource": ["Table": ["DatabaseName": "acme", "TableWildcard": [:]]],
                    ]
                ]
            ])
        let glue = "arn:aws:glue:eu-west-1:000000000000:"
        #expect(
            asked == [
                "lakeformation:GrantPermissions on *", "lakeformation:BatchGrantPermissions on *",
                "lakeformation:RevokePermissions on *", "lakeformation:BatchRevokePermissions on *",
                "glue:GetTable on \(glue)catalog", "glue:GetTable on \(glue)database/acme",
                "glue:GetTable on \(glue)table/acme/*",
            ])
    }

    @Test func `only what goes to another account is shared, and a location never is`() {
        func shares(_ principal: String, _ resource: JSONValue) -> Bool {
            requests(
                "aws-sdk:lakeformation", "grantPermissions",
                ["Principal": ["DataLakePrincipalIdentifier": .string(principal)], "Resource": resource]
            ).contains { $0.hasPrefix("ram:") }
        }
        let database: JSONValue = ["Database": ["Name": "acme"]]
        #expect(shares("111122223333", database))
        #expect(shares("111122223333", ["Table": ["DatabaseName": "acme", "TableWildcard": [:]]]))
        #expect(!shares("111122223333", ["DataLocation": ["ResourceArn": "arn:aws:s3:::ocean/acme/"]]))
        #expect(!shares("000000000000", database))
        #expect(!shares("IAM_ALLOWED_PRINCIPALS", database))
        #expect(!shares("arn:aws:iam::111122223333:role/a", database))
    }

    @Test func `a statement needs what Athena does for it in Glue, as the one who started it`() {
        func glue(_ statement: String) -> Set<String> {
            requests("athena", "startQueryExecution.sync", ["QueryString": .string(statement), "WorkGroup": "primary"])
                .filter { $0.hasPrefix("glue:") }
        }
        let arn = "arn:aws:glue:eu-west-1:000000000000:"
        let always: Set = ["GetDatabase", "GetDatabases", "CreateDatabase"].reduce(into: Set<String>()) {
            $0.formUnion(["glue:\($1) on \(arn)catalog", "glue:\($1) on \(arn)database/default"])
        }
        #expect(glue("SELECT 1") == always)
        #expect(
            glue("CREATE DATABASE `acme` COMMENT 'x'")
                == always.union([
                    "glue:GetDatabase on \(arn)database/acme", "glue:CreateDatabase on \(arn)database/acme",
                ]))
        let drop = glue("DROP DATABASE IF EXISTS `acme`")
        #expect(drop.contains("glue:DeleteDatabase on \(arn)userDefinedFunction/acme/*"))
        #expect(drop.contains("glue:GetTables on \(arn)table/acme/*"))
    }

    @Test func `an answer is sent as the machine, as its alias and as a version, since AWS does not say which`() {
        let call: JSONValue = [
            "ApiEndpoint": "https://a.example/b", "Method": "POST", "Authentication": ["ConnectionArn": "arn:x"],
        ]
        func invokers(_ machine: String) -> Set<String> {
            Set(
                requests("http", "invoke", call, by: machine).filter { $0.hasPrefix("states:") }
                    .map { String($0.split(separator: " ")[2]) })
        }
        #expect(invokers(Self.machine) == [Self.machine, Self.machine + ":live", Self.machine + ":1"])
        #expect(invokers(Self.machine + "-recover") == [Self.machine + "-recover"])
    }

    @Test func `where the call decides, the policy has a pattern, and the deployment's own values stay open`() {
        let template: AccessTemplate = "arn:${Partition}:glue:${Region}:${AccountId}:database/{Name}"
        #expect(template.pattern == "arn:${Partition}:glue:${Region}:${AccountId}:database/*")
        #expect(
            template.text(of: ["Name": "acme"], in: Self.values)
                == "arn:aws:glue:eu-west-1:000000000000:database/acme")
        #expect(template.namesOfCall == ["Name"])
    }

    @Test func `the policy names no action by a pattern, and gives a reason for each resource that is one`() {
        let scopes = Workflows.all.flatMap(\.machines).compactMap {
            DefinitionReading($0.assemble().definition).scope
        }
        let policy = AccessNeeds.cleanroom.policy(for: scopes)
        let statements = policy["Statement"]?.arrayValue ?? []
        #expect(statements.count > 15)
        let reasons = policy["Reasons"]?.objectValue ?? [:]
        for statement in statements {
            let actions = (statement["Action"]?.arrayValue ?? []).compactMap(\.stringValue)
            #expect(!actions.isEmpty && !actions.contains { $0.contains("*") })
            let isAny = statement["Resource"]?[0]?.stringValue == "*"
            #expect((reasons[actions.joined(separator: " ")] != nil) == isAny)
            #expect(actions.allSatisfy { policy["Sources"]?[$0]?.arrayValue?.isEmpty == false })
        }
        // One machine needs less than the two.
        #expect(AccessNeeds.cleanroom.policy(for: [scopes[0]]) != policy)
    }
}
