import CleanroomSimulator
import SagaKit
import StatesLanguage
import Testing

/// The evaluation of policies, operator by operator. Witnesses are the examples and tables in AWS's pages:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html> and
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>;
/// `infra/checks/policy_evaluation.py` holds the rest against moto.
struct PolicyDocumentTests {
    private func allows(
        _ condition: JSONValue, _ keys: [String: [String]], action: String = "s3:GetObject",
        on resource: String = "arn:aws:s3:::room/a"
    ) throws -> Bool {
        let policy = try PolicyDocument([
            "Statement": [
                [
                    "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::room/*",
                    "Condition": condition,
                ]
            ]
        ])
        return policy.allows(AccessRequest(action, on: resource, keys: keys))
    }

    private struct Case: CustomTestStringConvertible {
        let condition: JSONValue
        let holding: [[String: [String]]]
        let failing: [[String: [String]]]

        var testDescription: String { condition.text }
    }

    private static let cases = [
        Case(
            condition: ["StringEquals": ["aws:PrincipalTag/job": ["iamuser", "admin"]]],
            holding: [["aws:PrincipalTag/job": ["admin"]], ["AWS:principaltag/Job": ["iamuser"]]],
            failing: [["aws:PrincipalTag/job": ["Admin"]], [:], ["other": ["admin"]]]),
        Case(
            condition: ["StringNotEquals": ["key": ["a", "b"]]], holding: [["key": ["c"]], [:]],
            failing: [["key": ["a"]], ["key": ["b"]]]),
        Case(
            condition: ["StringEqualsIgnoreCase": ["key": "Admin"]], holding: [["key": ["aDMIN"]]],
            failing: [["key": ["admin2"]], [:]]),
        Case(
            condition: ["StringLike": ["s3:prefix": ["cleanroom/*", "?"]]],
            holding: [["s3:prefix": ["cleanroom/"]], ["s3:prefix": ["cleanroom/a/b"]], ["s3:prefix": ["x"]]],
            failing: [["s3:prefix": ["cleanrooms/"]], ["s3:prefix": [""]], ["s3:prefix": ["xy"]], [:]]),
        Case(
            condition: ["StringNotLike": ["key": "a*c"]], holding: [["key": ["ab"]], [:]],
            failing: [["key": ["ac"]], ["key": ["abbc"]]]),
        Case(
            condition: ["StringLikeIfExists": ["ram:RequestedResourceType": ["glue:Table", "glue:Database"]]],
            holding: [[:], ["ram:RequestedResourceType": ["glue:Table"]]],
            failing: [["ram:RequestedResourceType": ["ec2:Subnet"]]]),
        Case(
            condition: ["StringEqualsIfExists": ["key": "a"]], holding: [[:], ["key": ["a"]]], failing: [["key": ["b"]]]
        ),
        Case(
            condition: ["ArnLike": ["key": "arn:aws:ram::aws:permission/AWSRAMLF*"]],
            holding: [["key": ["arn:aws:ram::aws:permission/AWSRAMLFEnabled"]]],
            failing: [
                ["key": ["arn:aws:ram::aws:permission/Other"]], ["key": ["arn:aws:ram:eu:aws:permission/AWSRAMLFX"]],
                [:],
            ]
        ),
        // A star stays in its part of an ARN.
        Case(
            condition: ["ArnEquals": ["key": "arn:aws:sns:*:111122223333:*"]],
            holding: [
                ["key": ["arn:aws:sns:eu-west-1:111122223333:topic"]], ["key": ["arn:aws:sns::111122223333:a:b"]],
            ],
            failing: [
                ["key": ["arn:aws:sns:eu-west-1:x:111122223333:topic"]], ["key": ["arn:aws:sqs:a:111122223333:b"]],
            ]),
        Case(
            condition: ["ArnNotLike": ["key": "arn:aws:iam::*:role/a*"]],
            holding: [["key": ["arn:aws:iam::1:role/b"]], [:]], failing: [["key": ["arn:aws:iam::1:role/ab"]]]),
        Case(
            condition: ["Bool": ["aws:SecureTransport": "true"]], holding: [["aws:SecureTransport": ["True"]]],
            failing: [["aws:SecureTransport": ["false"]], [:]]),
        Case(condition: ["Null": ["key": "true"]], holding: [[:]], failing: [["key": ["a"]]]),
        Case(condition: ["Null": ["key": "false"]], holding: [["key": ["a"]]], failing: [[:]]),
        Case(
            condition: ["ForAllValues:StringEquals": ["aws:TagKeys": ["env", "team"]]],
            holding: [["aws:TagKeys": ["env"]], ["aws:TagKeys": ["env", "team"]], [:]],
            failing: [["aws:TagKeys": ["env", "cost"]]]),
        Case(
            condition: ["ForAnyValue:StringEquals": ["aws:TagKeys": ["env", "team"]]],
            holding: [["aws:TagKeys": ["env", "cost"]]], failing: [["aws:TagKeys": ["cost"]], [:]]),
        Case(
            condition: ["ForAnyValue:StringLike": ["aws:CalledVia": "lake*"]],
            holding: [["aws:CalledVia": ["glue.amazonaws.com", "lakeformation.amazonaws.com"]]],
            failing: [["aws:CalledVia": ["glue.amazonaws.com"]], [:]]),
        // All keys and all operators have to hold.
        Case(
            condition: ["StringEquals": ["a": "1", "b": "2"], "StringLike": ["c": "3*"]],
            holding: [["a": ["1"], "b": ["2"], "c": ["34"]]],
            failing: [["a": ["1"], "b": ["2"]], ["a": ["1"], "b": ["3"], "c": ["3"]], ["b": ["2"], "c": ["3"]]]),
    ]

    @Test(arguments: cases)
    private func `a condition holds and fails as AWS's table says`(one: Case) throws {
        for keys in one.holding { #expect(try allows(one.condition, keys), "\(keys)") }
        for keys in one.failing { #expect(try !allows(one.condition, keys), "\(keys)") }
    }

    @Test func `an action is the same in any case, a resource is not`() throws {
        #expect(try allows([:], [:], action: "S3:getobject"))
        #expect(try !allows([:], [:], action: "s3:GetObjects"))
        #expect(try !allows([:], [:], on: "arn:aws:s3:::Room/a"))
    }

    @Test(arguments: [
        ("glue:*", "*", true), ("glue:Get*", "arn:aws:glue:us-east-1:1:database/*", true),
        ("*", "arn:aws:glue:us-east-1:1:*", true), ("glue:GetDatabas?", "arn:aws:glue:*:*:database/a?", true),
        ("glue:GetDatabase", "arn:aws:glue:us-east-1:*:table/*", false),
        ("glue:GetTable*", "*", false), ("glue:GetDatabase", "arn:aws:glue:us-*", false),
        ("glue:GetDatabase", "arn:aws:glue:us-east-1:1:database/a?", true),
    ])
    func `patterns stand for actions and resources`(action: String, resource: String, isAllowed: Bool) throws {
        let policy = try PolicyDocument([
            "Statement": ["Effect": "Allow", "Action": .string(action), "Resource": .string(resource)]
        ])
        let request = AccessRequest("glue:GetDatabase", on: "arn:aws:glue:us-east-1:1:database/ab")
        #expect(policy.allows(request) == isAllowed)
    }

    @Test func `what one statement denies no other allows`() throws {
        let allow: JSONValue = ["Effect": "Allow", "Action": "glue:*", "Resource": "*"]
        let deny: JSONValue = ["Effect": "Deny", "Action": "glue:Delete*", "Resource": "*"]
        for statements: JSONValue in [[allow, deny], [deny, allow]] {
            let policy = try PolicyDocument(["Statement": statements])
            #expect(policy.allows(AccessRequest("glue:GetTable", on: "*")))
            #expect(!policy.allows(AccessRequest("glue:DeleteTable", on: "*")))
            #expect(!policy.allows(AccessRequest("s3:GetObject", on: "*")))
        }
    }

    @Test(
        arguments: [
            [:], ["Statement": []], ["Statement": [["Effect": "Allow", "NotAction": "a:b", "Resource": "*"]]],
            ["Statement": [["Effect": "Maybe", "Action": "a:b", "Resource": "*"]]],
            ["Statement": [["Effect": "Allow", "Action": "a:b"]]],
            ["Statement": [["Effect": "Allow", "Action": "a:b", "Resource": "arn:aws:s3:::${Bucket}"]]],
            [
                "Statement": [
                    ["Effect": "Allow", "Action": "a:b", "Resource": "*", "Condition": ["Numeric": ["k": "1"]]]
                ]
            ],
            [
                "Statement": [
                    ["Effect": "Allow", "Action": "a:b", "Resource": "*", "Condition": ["NullIfExists": ["k": "1"]]]
                ]
            ],
            ["Statement": [["Effect": "Allow", "Action": 1, "Resource": "*"]]],
        ] as [JSONValue])
    func `what is not known in a policy is refused, since it could make a difference`(json: JSONValue) {
        #expect(throws: PolicyProblem.self) { try PolicyDocument(json) }
    }
}
