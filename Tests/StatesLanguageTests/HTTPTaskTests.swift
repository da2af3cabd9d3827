import StatesLanguage
import Testing

/// What is refused of a task that calls an HTTPS endpoint when a machine is created, and what is warned of.
struct HTTPTaskTests {
    private static let arn =
        "arn:aws:events:us-east-1:111122223333:connection/name/81210c42-8af1-456b-9c4a-6ff02fc664ac"

    /// What every task needs.
    private static let right: JSONObject = [
        "ApiEndpoint": "https://api.example.com/v1/rooms", "Method": "POST",
        "InvocationConfig": ["ConnectionArn": .string(arn)],
    ]

    private static func definition(_ parameters: JSONValue?, field: String = "Parameters") -> JSONValue {
        var state: JSONObject = [
            "Type": "Task", "Resource": "arn:aws:states:::http:invoke", "TimeoutSeconds": 60,
            "Catch": [["ErrorEquals": ["States.ALL"], "Next": "F"]], "End": true,
        ]
        if field == "Arguments" { state["QueryLanguage"] = "JSONata" }
        state[field] = parameters
        return ["StartAt": "A", "States": ["A": .object(state), "F": ["Type": "Fail"]]]
    }

    /// The right parameters with others besides or instead; `null` takes one away.
    private static func parameters(_ more: JSONObject) -> JSONValue {
        .object(JSONObject(right.merging(more).filter { $1 != .null }))
    }

    private static func reading(
        _ more: JSONObject, _ purpose: DefinitionReading.Purpose = .creation
    ) -> DefinitionReading {
        DefinitionReading(definition(parameters(more)), purpose: purpose)
    }

    @Test(
        arguments: [
            [:], ["Method": "HEAD"], ["Method": .null, "Method.$": "$.method"],
            ["ApiEndpoint": .null, "ApiEndpoint.$": "States.Format('https://api.example.com/{}', $.id)"],
            ["ApiEndpoint": "https://[::1]:9000/a%20b?c=d#e"], ["ApiEndpoint": "https://localhost:8443"],
            ["InvocationConfig": .null, "Authentication": ["ConnectionArn": .string(arn)]],
            ["InvocationConfig": .null, "InvocationConfig.$": "$.connection"],
            ["InvocationConfig": ["ConnectionArn.$": "$.connection"]],
            [
                "Headers": ["Idempotency-Key.$": "$.id", "Accept": ["text/plain", "application/json"]],
                "QueryParameters": ["a": "b", "c": ["d"]], "RequestBody": ["id.$": "$.id"],
                "Transform": [
                    "RequestBodyEncoding": "URL_ENCODED", "RequestEncodingOptions": ["ArrayFormat": "COMMAS"],
                ],
            ],
            ["RequestBody": "text"], ["RequestBody": .null, "RequestBody.$": "$"],
            ["Headers": .null, "Headers.$": "$.h"],
        ] as [JSONObject])
    func `what AWS describes is taken without a word`(more: JSONObject) {
        let reading = Self.reading(more)
        #expect(reading.errors == [])
        #expect(Advice().warnings(for: reading) == [])
        #expect(throws: Never.self) { try reading.machine() }
    }

    /// Recorded from AWS: the message and the place of a wrong endpoint.
    @Test(arguments: [
        "http://api.example.com/", "https://", "https:///rooms", "https://?a", "api.example.com", "", "HTTPS//x",
        "https://api.stripe.com/States.Format('v1/customers/{}', $.customer_id)", "https://host/\u{e9}",
        "https://${Host}/", "${Endpoint}",
    ])
    func `an endpoint that is no https URL is refused, in AWS's words`(endpoint: String) {
        let problem = Self.reading(["ApiEndpoint": .string(endpoint)]).errors.first
        #expect(problem?.message == "The value for the 'ApiEndpoint' field is not valid")
        #expect(problem?.path.description == "/States/A/Parameters")
        #expect(problem?.code.awsCode == "SCHEMA_VALIDATION_FAILED")
    }

    @Test(arguments: [
        "arn:aws:events:us-east-1:111122223333:connection/name", "arn:aws:events:us-east-1:1111:connection/name/id",
        "arn:aws:iam::111122223333:connection/name/id", "arn:aws:events:us-east-1:111122223333:api-destination/a/b",
        "arn:aws:events:us-east-1:111122223333:connection/na me/id", "name/id", "", "${ApiConnectionArn}",
        "arn:aws:events:us-east-1:111122223333:connection/name/i_d",
    ])
    func `a connection that is none is refused`(text: String) {
        for holder in ["Authentication", "InvocationConfig"] {
            let errors = Self.reading(["InvocationConfig": .null, holder: ["ConnectionArn": .string(text)]]).errors
            #expect(errors.map(\.message) == ["The value for the 'ConnectionArn' field is not valid"])
            #expect(errors.first?.path.description == "/States/A/Parameters/\(holder)")
        }
    }

    @Test(arguments: ["aws", "aws-cn", "aws-us-gov"])
    func `a connection of any partition is taken`(partition: String) {
        let arn = "arn:\(partition):events:cn-north-1:111122223333:connection/a.b-c_d/81210c42"
        #expect(Self.reading(["InvocationConfig": ["ConnectionArn": .string(arn)]]).errors == [])
    }

    @Test func `what every request needs is required`() {
        let cases: [(JSONObject, String, String)] = [
            (["ApiEndpoint": .null], "ApiEndpoint", ""), (["Method": .null], "Method", ""),
            (["InvocationConfig": .null], "ConnectionArn", ""),
            (["InvocationConfig": [:]], "ConnectionArn", "/InvocationConfig"),
        ]
        for (more, field, place) in cases {
            let errors = Self.reading(more).errors
            #expect(errors.map(\.message) == ["The field '\(field)' is required but was missing"])
            #expect(errors.first?.path.description == "/States/A/Parameters" + place)
            #expect(errors.first?.code == .missingField)
        }
        let bare = DefinitionReading(Self.definition(nil), purpose: .creation).errors
        #expect(bare.map(\.message) == ["The field 'Parameters' is required but was missing"])
        #expect(bare.first?.path.description == "/States/A")
    }

    @Test(arguments: ["post", "CONNECT", "TRACE", "", "POTS", "${Method}"])
    func `a method that is none of AWS's is refused`(method: String) {
        let errors = Self.reading(["Method": .string(method)]).errors
        #expect(errors.map(\.message) == ["The value for the 'Method' field is not valid"])
        if method == "POTS" { #expect(errors.first?.hint == "did you mean `POST`?") }
    }

    @Test func `what a deployment sets is left open in a template, and nowhere else`() {
        let open: JSONObject = [
            "ApiEndpoint": "https://${Host}/api", "Method": "${Method}",
            "InvocationConfig": [
                "ConnectionArn": "arn:${Partition}:events:${Region}:${AccountId}:connection/${Connection}"
            ],
        ]
        #expect(Self.reading(open, .template).errors == [])
        #expect(Self.reading(["ApiEndpoint": "${Endpoint}"], .template).errors == [])
        #expect(Self.reading(open, .creation).errors.count == 3)
        // What is written down is looked at, whatever is set in the rest of it.
        #expect(Self.reading(["ApiEndpoint": "http://${Host}/api"], .template).errors.count == 1)
        #expect(Self.reading(["ApiEndpoint": "https://${Host}/a b"], .template).errors.count == 1)
        #expect(Self.reading(["Method": "GTE"], .template).errors.first?.hint == "did you mean `GET`?")
    }

    /// Executions that run go on with the definition that they were started with.
    @Test func `a definition that was taken before is read as it is`() throws {
        let definition = Self.definition(Self.parameters(["InvocationConfig": .null, "Method": "post"]))
        #expect(throws: Never.self) { try StateMachine(definition) }
        #expect(throws: Never.self) { try StateMachine(parsing: definition.text) }
        #expect(throws: DefinitionError.self) { try DefinitionReading(definition).machine() }
    }

    @Test func `the arguments of a state in JSONata are held against the same rules`() {
        func errors(_ more: JSONObject) -> [String] {
            DefinitionReading(
                Self.definition(Self.parameters(more), field: "Arguments"), purpose: .creation
            ).errors.map { "\($0.path): \($0.message)" }
        }
        #expect(errors(["ApiEndpoint": "{% 'https://' & $states.input.host %}"]) == [])
        #expect(
            errors(["ApiEndpoint": "http://x/"])
                == ["/States/A/Arguments: The value for the 'ApiEndpoint' field is not valid"])
        #expect(
            errors(["InvocationConfig": ["ConnectionArn": "${ApiConnectionArn}"]])
                == ["/States/A/Arguments/InvocationConfig: The value for the 'ConnectionArn' field is not valid"],
            "recorded from AWS")
        let whole = DefinitionReading(Self.definition("{% $states.input %}", field: "Arguments"), purpose: .creation)
        #expect(whole.errors == [])
    }

    // MARK: What AWS takes, and fails when the task runs

    @Test(
        arguments: [
            (["Headers": ["Host": "x"]], .forbiddenHeader, "/Headers/Host"),
            (["Headers": ["X-Amz-Date": "x"]], .forbiddenHeader, "/Headers/X-Amz-Date"),
            (["Headers": ["x-forwarded-for.$": "$.ip"]], .forbiddenHeader, "/Headers/x-forwarded-for.$"),
            (["Headers": ["a b": "x"]], .invalidParameter, "/Headers/a b"),
            (["Headers": ["a": 1]], .invalidParameter, "/Headers/a"),
            (["Headers": "x"], .invalidParameter, "/Headers"),
            (["QueryParameters": ["a"]], .invalidParameter, "/QueryParameters"),
            (["Body": "x"], .unknownParameter, "/Body"),
            (
                ["InvocationConfig": ["ConnectionArn": .string(arn), "Name": "x"]], .unknownParameter,
                "/InvocationConfig/Name"
            ),
            (["Transform": ["RequestBodyEncoding": "FORM"]], .invalidParameter, "/Transform/RequestBodyEncoding"),
            (
                ["Transform": ["RequestEncodingOptions": ["ArrayFormat": "COMMA"]]], .invalidParameter,
                "/Transform/RequestEncodingOptions/ArrayFormat"
            ),
            (["Authentication": ["ConnectionArn": .string(arn)]], .invalidParameter, ""),
        ] as [(JSONObject, Problem.Code, String)])
    func `what ends the execution when the task runs is a warning`(
        more: JSONObject, code: Problem.Code, place: String
    ) {
        let reading = Self.reading(more)
        #expect(reading.errors == [])
        let warnings = Advice().warnings(for: reading)
        #expect(warnings.map(\.code) == [code])
        #expect(warnings.first?.path.description == "/States/A/Parameters" + place)
        #expect(HTTPTask.refusal(of: Self.parameters(more).computed) != nil, "and is refused then")
    }

    @Test func `the headers that AWS names are known in any case, and others are free`() {
        for name in ["AUTHORIZATION", "Http2-Settings", "X-AMZN-x", "x-amz-", "range", "User-Agent"] {
            #expect(HTTPTask.isForbidden(header: name))
        }
        for name in ["Accept", "Content-Type", "Idempotency-Key", "X-Api-Key", "Cookie", "x-amzon", "X-Forward"] {
            #expect(!HTTPTask.isForbidden(header: name))
        }
    }
}

extension JSONValue {
    /// The parameters as they are when every path has found a text.
    fileprivate var computed: JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(
            JSONObject(
                members.map { name, value in
                    name.hasSuffix(".$") ? (String(name.dropLast(2)), "found") : (name, value.computed)
                }))
    }
}
