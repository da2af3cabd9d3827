import StatesLanguage
import Testing

/// A small definition with one defect, and what is to be told of it.
struct PlantedDefect: Sendable, CustomTestStringConvertible {
    let what: String
    let states: String
    var start = "A"
    var top = ""
    let code: Problem.Code
    let path: String
    var hint: String?

    var definition: String { #"{\#(top)"StartAt":"\#(start)","States":{\#(states)}}"# }
    var testDescription: String { what }
}

struct DefinitionReadingTests {
    private static let task =
        #""Type":"Task","Resource":"arn:aws:states:::aws-sdk:glue:getDatabase","Parameters":{"Name":"n"},"TimeoutSeconds":9"#
    private static let all = #""Catch":[{"ErrorEquals":["States.ALL"],"Next":"F"}]"#
    private static let fail = #""F":{"Type":"Fail"}"#

    /// A task that does everything right, with something more or something instead.
    private static func task(_ more: String, resource: String? = nil, parameters: String = #"{"Name":"n"}"#) -> String {
        let resource = resource ?? "arn:aws:states:::aws-sdk:glue:getDatabase"
        return
            #""A":{"Type":"Task","Resource":"\#(resource)","Parameters":\#(parameters),"TimeoutSeconds":9,\#(all)\#(more)},\#(fail)"#
    }

    private static func pass(_ fields: String) -> String { #""A":{"Type":"Pass",\#(fields),"End":true}"# }

    private static func query(_ fields: String) -> String { pass(#""QueryLanguage":"JSONata",\#(fields)"#) }

    private static func choice(_ rule: String) -> String {
        #""A":{"Type":"Choice","Choices":[{\#(rule)}],"Default":"F"},\#(fail)"#
    }

    static let errors: [PlantedDefect] = [
        .init(
            what: "a Next to nowhere", states: #""A":{"Type":"Pass","Next":"Shere"},"Share":{"Type":"Succeed"}"#,
            code: .unknownTarget, path: "/States/A/Next", hint: "did you mean `Share`?"),
        .init(
            what: "a Default to nowhere",
            states:
                #""A":{"Type":"Choice","Choices":[{"Variable":"$.a","IsNull":true,"Next":"F"}],"Default":"G"},\#(fail)"#,
            code: .unknownTarget, path: "/States/A/Default", hint: "did you mean `F`?"),
        .init(
            what: "a catch to nowhere",
            states: #""A":{\#(task),"Catch":[{"ErrorEquals":["x"],"Next":"B"}],"End":true}"#,
            code: .unknownTarget, path: "/States/A/Catch[0]/Next"),
        .init(
            what: "a rule to nowhere", states: choice(#""Variable":"$.a","IsNull":true,"Next":"B""#),
            code: .unknownTarget, path: "/States/A/Choices[0]/Next"),
        .init(
            what: "a start that is not there", states: #""A":{"Type":"Succeed"}"#, start: "B", code: .unknownTarget,
            path: "/StartAt", hint: "did you mean `A`?"),
        .init(
            what: "a start without a name", states: #""A":{"Type":"Succeed"}"#, start: "", code: .unknownTarget,
            path: "/StartAt"),
        .init(
            what: "a branch whose start has no name",
            states:
                #""A":{"Type":"Parallel","End":true,"Branches":[{"StartAt":"","States":{"B":{"Type":"Succeed"}}}]}"#,
            code: .unknownTarget, path: "/States/A/Branches[0]/StartAt"),
        .init(
            what: "a state that nothing leads to", states: #""A":{"Type":"Succeed"},"B":{"Type":"Succeed"}"#,
            code: .unreachableState, path: "/States/B"),
        .init(
            what: "states that lead to one another for ever",
            states: #""A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"}"#, code: .missingEndState,
            path: "/States"),
        .init(
            what: "a missing Resource", states: #""A":{"Type":"Task","End":true}"#, code: .missingField,
            path: "/States/A"),
        .init(
            what: "a misspelt field", states: #""A":{"Type":"Pass","Nxet":"B"},"B":{"Type":"Succeed"}"#,
            code: .unknownField, path: "/States/A/Nxet", hint: "did you mean `Next`?"),
        .init(
            what: "a field of another type of state",
            states: #""A":{"Type":"Succeed","ResultPath":"$.a"}"#, code: .unknownField, path: "/States/A/ResultPath"),
        .init(
            what: "a misspelt type", states: #""A":{"Type":"Pas","End":true}"#, code: .invalidField,
            path: "/States/A/Type", hint: "did you mean `Pass`?"),
        .init(
            what: "Next with End", states: #""A":{"Type":"Pass","Next":"B","End":true},"B":{"Type":"Succeed"}"#,
            code: .conflictingFields, path: "/States/A"),
        .init(what: "neither Next nor End", states: #""A":{"Type":"Pass"}"#, code: .missingField, path: "/States/A"),
        .init(
            what: "Error with ErrorPath", states: #""A":{"Type":"Fail","Error":"e","ErrorPath":"$.e"}"#,
            code: .conflictingFields, path: "/States/A"),
        .init(
            what: "two times of a time-out", states: #""A":{\#(task),"TimeoutSecondsPath":"$.t","End":true}"#,
            code: .conflictingFields, path: "/States/A"),
        .init(
            what: "a member twice, once computed", states: pass(#""Parameters":{"a":1,"a.$":"$.a"}"#),
            code: .conflictingFields, path: "/States/A/Parameters/a.$"),
        .init(
            what: "a name of 81 characters", states: #""\#(String(repeating: "x", count: 81))":{"Type":"Succeed"}"#,
            start: String(repeating: "x", count: 81), code: .invalidStateName,
            path: "/States/" + String(repeating: "x", count: 81)),
        .init(
            what: "a name twice in the text", states: #""A":{"Type":"Succeed"},"A":{"Type":"Fail"}"#,
            code: .duplicateName, path: "/States/A"),
        .init(
            what: "a field twice in the text", states: #""A":{"Type":"Pass","End":true,"End":true}"#,
            code: .duplicateName, path: "/States/A/End"),
        .init(
            what: "a name twice in different branches",
            states:
                #""A":{"Type":"Parallel","End":true,"Branches":[{"StartAt":"B","States":{"B":{"Type":"Succeed"}}},{"StartAt":"B","States":{"B":{"Type":"Succeed"}}}]}"#,
            code: .duplicateStateName, path: "/States/A/Branches[1]/States/B"),
        .init(
            what: "a way out of a branch",
            states:
                #""A":{"Type":"Parallel","Next":"F","Branches":[{"StartAt":"B","States":{"B":{"Type":"Pass","Next":"F"}}}]},\#(fail)"#,
            code: .unknownTarget, path: "/States/A/Branches[0]/States/B/Next"),
        .init(
            what: "a Map without an inside", states: #""A":{"Type":"Map","End":true}"#, code: .missingField,
            path: "/States/A"),
        .init(
            what: "more than all failures", states: #""A":{"Type":"Map","ToleratedFailurePercentage":105,"End":true}"#,
            code: .invalidField, path: "/States/A/ToleratedFailurePercentage"),
        .init(
            what: "an input path that is none", states: pass(#""InputPath":"a.b""#), code: .invalidPath,
            path: "/States/A/InputPath"),
        .init(
            what: "a result path with a wildcard", states: pass(#""ResultPath":"$.a[*]""#), code: .invalidPath,
            path: "/States/A/ResultPath"),
        .init(
            what: "a result path into the context object", states: pass(#""ResultPath":"$$.a""#), code: .invalidPath,
            path: "/States/A/ResultPath"),
        .init(
            what: "a variable that is an intrinsic",
            states: choice(#""Variable":"States.ArrayLength($.a)","NumericEquals":1,"Next":"F""#), code: .invalidPath,
            path: "/States/A/Choices[0]/Variable"),
        .init(
            what: "an unknown intrinsic", states: pass(#""Parameters":{"a.$":"States.Fromat('{}', $.a)"}"#),
            code: .invalidIntrinsic, path: "/States/A/Parameters/a.$", hint: "did you mean `States.Format`?"),
        .init(
            what: "a wrong number of arguments", states: pass(#""Parameters":{"a.$":"States.Hash($.a)"}"#),
            code: .invalidIntrinsic, path: "/States/A/Parameters/a.$"),
        .init(
            what: "a template with too many holes", states: pass(#""Parameters":{"a.$":"States.Format('{}{}', $.a)"}"#),
            code: .invalidIntrinsic, path: "/States/A/Parameters/a.$"),
        .init(
            what: "an intrinsic that is not closed", states: pass(#""Parameters":{"a.$":"States.Array(1"}"#),
            code: .invalidIntrinsic, path: "/States/A/Parameters/a.$"),
        .init(
            what: "a quote that is not escaped", states: pass(#""Parameters":{"a.$":"States.Format('it's')"}"#),
            code: .invalidIntrinsic, path: "/States/A/Parameters/a.$"),
        .init(
            what: "a computed member with a literal", states: pass(#""Parameters":{"a":[{"b.$":5}]}"#),
            code: .invalidPath, path: "/States/A/Parameters/a[0]/b.$"),
        .init(
            what: "an unknown strategy of jitter",
            states: task(#","End":true,"Retry":[{"ErrorEquals":["x"],"JitterStrategy":"FUL"}]"#), code: .invalidField,
            path: "/States/A/Retry[0]/JitterStrategy", hint: "did you mean `FULL`?"),
        .init(
            what: "a back-off that shrinks",
            states: task(#","End":true,"Retry":[{"ErrorEquals":["x"],"BackoffRate":0.5}]"#),
            code: .invalidField, path: "/States/A/Retry[0]/BackoffRate"),
        .init(
            what: "no interval", states: task(#","End":true,"Retry":[{"ErrorEquals":["x"],"IntervalSeconds":0}]"#),
            code: .invalidField, path: "/States/A/Retry[0]/IntervalSeconds"),
        .init(
            what: "a cap above a year",
            states: task(#","End":true,"Retry":[{"ErrorEquals":["x"],"MaxDelaySeconds":31622400}]"#),
            code: .invalidField, path: "/States/A/Retry[0]/MaxDelaySeconds"),
        .init(
            what: "fewer attempts than none",
            states: task(#","End":true,"Retry":[{"ErrorEquals":["x"],"MaxAttempts":-1}]"#),
            code: .invalidField, path: "/States/A/Retry[0]/MaxAttempts"),
        .init(
            what: "States.ALL in company", states: task(#","End":true,"Retry":[{"ErrorEquals":["States.ALL","x"]}]"#),
            code: .invalidField, path: "/States/A/Retry[0]/ErrorEquals"),
        .init(
            what: "States.ALL before others",
            states: task(#","End":true,"Retry":[{"ErrorEquals":["States.ALL"]},{"ErrorEquals":["x"]}]"#),
            code: .invalidField, path: "/States/A/Retry[0]/ErrorEquals"),
        .init(
            what: "a retrier for nothing", states: task(#","End":true,"Retry":[{"ErrorEquals":[]}]"#),
            code: .missingField, path: "/States/A/Retry[0]/ErrorEquals"),
        .init(
            what: "a heartbeat longer than the time-out", states: task(#","End":true,"HeartbeatSeconds":9"#),
            code: .invalidField, path: "/States/A/HeartbeatSeconds"),
        .init(
            what: "an integration that is not there",
            states: task(#","End":true"#, resource: "arn:aws:states:::dynamodb:query"),
            code: .invalidResource, path: "/States/A/Resource"),
        .init(
            what: "a rule that compares nothing", states: choice(#""Variable":"$.a","Next":"F""#), code: .missingField,
            path: "/States/A/Choices[0]"),
        .init(
            what: "a rule that compares twice",
            states: choice(#""Variable":"$.a","IsNull":true,"IsString":true,"Next":"F""#), code: .conflictingFields,
            path: "/States/A/Choices[0]"),
        .init(
            what: "a misspelt comparison", states: choice(#""Variable":"$.a","StringEqual":"x","Next":"F""#),
            code: .unknownField, path: "/States/A/Choices[0]/StringEqual", hint: "did you mean `StringEquals`?"),
        .init(
            what: "a number compared as a text", states: choice(#""Variable":"$.a","StringEquals":1,"Next":"F""#),
            code: .invalidField, path: "/States/A/Choices[0]/StringEquals"),
        .init(
            what: "a time that is none", states: #""A":{"Type":"Wait","Timestamp":"2016-13-05T21:29:29Z","End":true}"#,
            code: .invalidField, path: "/States/A/Timestamp"),
        .init(
            what: "two times to wait", states: #""A":{"Type":"Wait","Seconds":1,"SecondsPath":"$.s","End":true}"#,
            code: .conflictingFields, path: "/States/A"),
        .init(
            what: "a field of JSONPath in JSONata",
            states: #""A":{"Type":"Pass","QueryLanguage":"JSONata","OutputPath":"$.a","End":true}"#,
            code: .unknownField,
            path: "/States/A/OutputPath"),
        .init(
            what: "JSONPath in a machine of JSONata",
            states: #""A":{"Type":"Pass","QueryLanguage":"JSONPath","End":true}"#,
            top: #""QueryLanguage":"JSONata","#, code: .invalidField, path: "/States/A"),
        .init(
            what: "an expression that is not closed",
            states: #""A":{"Type":"Pass","QueryLanguage":"JSONata","Output":"{% $sum(1 %}","End":true}"#,
            code: .invalidJSONata, path: "/States/A/Output"),
        .init(
            what: "a bare name in an expression",
            states: #""A":{"Type":"Pass","QueryLanguage":"JSONata","Output":"{% phone %}","End":true}"#,
            code: .unsupportedJSONata, path: "/States/A/Output"),
        .init(what: "no states", states: "", code: .missingField, path: "/States"),
    ]

    static let warnings: [PlantedDefect] = [
        .init(
            what: "a task without a catch", states: #""A":{\#(task),"End":true}"#, code: .noCatch, path: "/States/A"),
        .init(
            what: "a task without a time-out",
            states: #""A":{"Type":"Task","Resource":"foo:bar","End":true,\#(all)},\#(fail)"#, code: .noTimeout,
            path: "/States/A"),
        .init(
            what: "a choice without a default",
            states: #""A":{"Type":"Choice","Choices":[{"Variable":"$.a","IsNull":true,"Next":"F"}]},\#(fail)"#,
            code: .noDefault, path: "/States/A"),
        .init(
            what: "a loop that nothing leaves",
            states:
                #""A":{"Type":"Choice","Choices":[{"Variable":"$.a","IsNull":true,"Next":"F"}],"Default":"B"},"B":{"Type":"Pass","Next":"B"},\#(fail)"#,
            code: .endlessLoop, path: "/States/B"),
        .init(
            what: "a misspelt action",
            states: task(#","End":true"#, resource: "arn:aws:states:::aws-sdk:glue:getDatabse"),
            code: .unknownAction, path: "/States/A/Resource", hint: "did you mean `getDatabase`?"),
        .init(
            what: "a misspelt service",
            states: task(#","End":true"#, resource: "arn:aws:states:::aws-sdk:gleu:getDatabase"),
            code: .unknownAction, path: "/States/A/Resource", hint: "did you mean `glue`?"),
        .init(
            what: "a misspelt parameter",
            states: task(#","End":true"#, parameters: #"{"Name":"n","CatalgoId.$":"$.c"}"#),
            code: .unknownParameter, path: "/States/A/Parameters/CatalgoId.$", hint: "did you mean `CatalogId`?"),
        .init(
            what: "a missing parameter", states: task(#","End":true"#, parameters: "{}"), code: .missingParameter,
            path: "/States/A/Parameters"),
        .init(
            what: "a permission that is none",
            states: task(
                #","End":true"#, resource: "arn:aws:states:::aws-sdk:lakeformation:grantPermissions",
                parameters:
                    #"{"Principal":{"DataLakePrincipalIdentifier":"p"},"Resource":{"Database":{"Name":"n"}},"Permissions":["DORP"]}"#
            ), code: .invalidParameter, path: "/States/A/Parameters/Permissions[0]", hint: "did you mean `DROP`?"),
        .init(
            what: "a parameter of another kind", states: task(#","End":true"#, parameters: #"{"Name":1}"#),
            code: .invalidParameter, path: "/States/A/Parameters/Name"),
        .init(
            what: "an error that the service does not give",
            states: task(#","End":true,"Retry":[{"ErrorEquals":["Glue.ConcurentModificationException"]}]"#),
            code: .unknownError, path: "/States/A/Retry[0]/ErrorEquals[0]",
            hint: "did you mean `Glue.ConcurrentModificationException`?"),
        .init(
            what: "an error of another service",
            states: task(#","End":true,"Retry":[{"ErrorEquals":["Athena.TooManyRequestsException"]}]"#),
            code: .unknownError, path: "/States/A/Retry[0]/ErrorEquals[0]"),
        .init(
            what: "a lost .$ at a path", states: pass(#""Parameters":{"a":{"b":"$.b"}}"#), code: .lostDollar,
            path: "/States/A/Parameters/a/b"),
        .init(
            what: "a lost .$ at an intrinsic", states: pass(#""Parameters":{"a":"States.UUID()"}"#), code: .lostDollar,
            path: "/States/A/Parameters/a"),
        .init(
            what: "a path in a Result", states: pass(#""Result":{"a":"$.b"}"#), code: .lostDollar,
            path: "/States/A/Result/a"),
        .init(
            what: "a path to what a Pass has replaced",
            states:
                #""A":{"Type":"Pass","Parameters":{"x":1},"Next":"B"},"B":{"Type":"Pass","InputPath":"$.y","End":true}"#,
            code: .pathNotThere, path: "/States/B/InputPath"),
        .init(
            what: "a path to what is not there on one of two ways",
            states:
                #""A":{"Type":"Pass","Parameters":{"x.$":"$.x"},"Next":"C"},"C":{"Type":"Choice","Choices":[{"Variable":"$.x","NumericEquals":1,"Next":"D"}],"Default":"E"},"D":{"Type":"Pass","Result":1,"ResultPath":"$.y","Next":"E"},"E":{"Type":"Pass","InputPath":"$.y","End":true}"#,
            code: .pathNotThere, path: "/States/E/InputPath"),
        .init(
            what: "a path into the result of an action that does not give it",
            states: task(#","ResultSelector":{"n.$":"$.Databse.Name"},"End":true"#), code: .pathNotThere,
            path: "/States/A/ResultSelector/n.$"),
        .init(
            what: "a path to what the context object does not have",
            states: pass(#""Parameters":{"a.$":"$$.Execution.Nmae"}"#), code: .pathNotThere,
            path: "/States/A/Parameters/a.$"),
        .init(
            what: "a result that is dropped and read later",
            states:
                #""S":{"Type":"Pass","Parameters":{"x":1},"Next":"A"},\#(task(#","ResultPath":null,"Next":"B""#)),"B":{"Type":"Pass","InputPath":"$.Database","End":true}"#,
            start: "S", code: .droppedResult, path: "/States/B/InputPath", hint: "give A a ResultPath"),
        .init(
            what: "a result that nothing reads",
            states:
                #"\#(task(#","ResultPath":"$.a","Next":"B""#)),"B":{"Type":"Pass","Parameters":{"x":1},"End":true}"#,
            start: "A", code: .unreadResult, path: "/States/A/ResultPath", hint: nil),
        .init(
            what: "a result that another takes the place of",
            states:
                #"\#(task(#","ResultPath":"$.a","Next":"B""#)),"B":{"Type":"Pass","Parameters":{"x":1},"ResultPath":"$.a","Next":"C"},"C":{"Type":"Pass","InputPath":"$.a","End":true}"#,
            start: "A", code: .unreadResult, path: "/States/A/ResultPath", hint: nil),
        .init(
            what: "a header that a task cannot set",
            states: task(
                #","End":true"#, resource: "arn:aws:states:::http:invoke",
                parameters:
                    #"{"ApiEndpoint":"https://${Bucket}/","Method":"GET","InvocationConfig":{"ConnectionArn.$":"$.c"},"Headers":{"authorization.$":"$.a"}}"#
            ), code: .forbiddenHeader, path: "/States/A/Parameters/Headers/authorization.$",
            hint: "let the connection set it"),
        .init(
            what: "failures that nobody looks at",
            states: task(
                #","End":true"#, resource: "arn:aws:states:::aws-sdk:lakeformation:batchGrantPermissions",
                parameters: #"{"Entries":[]}"#), code: .failuresNotRead, path: "/States/A"),
        .init(
            what: "a rule that never holds",
            states:
                #""A":{"Type":"Pass","Parameters":{"x":true},"Next":"B"},"B":{"Type":"Choice","Choices":[{"Variable":"$.x","BooleanEquals":false,"Next":"F"}],"Default":"C"},"C":{"Type":"Succeed"},\#(fail)"#,
            code: .neverTaken, path: "/States/B/Choices[0]/Next"),
        .init(
            what: "a condition that is a text",
            states:
                #""A":{"Type":"Choice","QueryLanguage":"JSONata","Choices":[{"Condition":"{% $states.input.a & 'b' %}","Next":"F"}],"Default":"F"},\#(fail)"#,
            code: .noCondition, path: "/States/A/Choices[0]/Condition", hint: "see character 17 of the expression"),
        .init(
            what: "a text where a number is",
            states: #""A":{"Type":"Wait","QueryLanguage":"JSONata","Seconds":"{% 'x' %}","End":true}"#,
            code: .unexpectedType, path: "/States/A/Seconds", hint: "see character 3 of the expression"),
        .init(
            what: "what is not there compared by !=",
            states: query(#""Output":"{% $states.input.a != 'x' %}""#), code: .unequalToNothing,
            path: "/States/A/Output", hint: "see character 18 of the expression"),
        .init(
            what: "a number with too many digits",
            states: query(#""Output":{"a":["{% 12345678901234567 %}"]}"#), code: .longNumber,
            path: "/States/A/Output/a[0]"),
        .init(
            what: "a pattern that ends with the text",
            states: query(#""Output":"{% $replace($states.input.a, /[$]x$/, '') %}""#), code: .unportablePattern,
            path: "/States/A/Output"),
        .init(
            what: "a pattern with a short name",
            states: query(#""Output":"{% $replace($states.input.a, /\\d/, '') %}""#), code: .unportablePattern,
            path: "/States/A/Output"),
        .init(
            what: "an expression that is nested too deep for AWS",
            states: query(
                #""Output":"{% \#(Array(repeating: "$states.input.a", count: 60).joined(separator: " & ")) %}""#),
            code: .deepExpression, path: "/States/A/Output"),
        .init(
            what: "a variable called like a function",
            states:
                #""A":{"Type":"Pass","QueryLanguage":"JSONata","Assign":{"count":1},"Next":"B"},"B":{"Type":"Pass","QueryLanguage":"JSONata","Output":"{% $count %}","End":true}"#,
            code: .shadowedFunction, path: "/States/A/Assign/count"),
        .init(
            what: "an output with a variable that its state assigns",
            states:
                #""A":{"Type":"Pass","QueryLanguage":"JSONata","Assign":{"x":1},"Next":"B"},"B":{"Type":"Pass","QueryLanguage":"JSONata","Assign":{"x":2},"Output":{"a":"{% $x %}"},"End":true}"#,
            code: .oldValue, path: "/States/B/Output/a", hint: "see character 2 of the expression"),
        .init(
            what: "a choice that assigns something itself",
            states:
                #""A":{"Type":"Choice","QueryLanguage":"JSONata","Choices":[{"Condition":"{% $states.input.a = 1 %}","Next":"F"}],"Assign":{"x":1},"Default":"F"},\#(fail)"#,
            code: .choiceAssign, path: "/States/A/Assign"),
        .init(
            what: "an expression that is tried again",
            states:
                #""A":{"Type":"Task","QueryLanguage":"JSONata","Resource":"arn:aws:states:::aws-sdk:glue:getDatabase","Arguments":{"Name":"n"},"TimeoutSeconds":9,"Output":"{% $uppercase($states.result.Database.Name) %}","Retry":[{"ErrorEquals":["States.ALL"]}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"F"}],"End":true},\#(fail)"#,
            code: .retriedExpression, path: "/States/A/Retry[0]"),
        .init(
            what: "a list that may be its single element",
            states:
                #""A":{"Type":"Task","QueryLanguage":"JSONata","Resource":"arn:aws:states:::aws-sdk:glue:untagResource","Arguments":{"ResourceArn":"n","TagsToRemove":"{% $keys($states.input.tags) %}"},"TimeoutSeconds":9,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"F"}],"End":true},\#(fail)"#,
            code: .singleElement, path: "/States/A/Arguments/TagsToRemove"),
        .init(
            what: "a substitution that is not closed", states: pass(#""Parameters":{"a":"${Name"}"#),
            code: .undefinedSubstitution, path: "/States/A/Parameters/a"),
        .init(
            what: "a substitution without a value", states: pass(#""Parameters":{"a":"${Buckte}"}"#),
            code: .undefinedSubstitution, path: "/States/A/Parameters/a", hint: "did you mean `Bucket`?"),
    ]

    private static func problems(_ text: String) -> [Problem] {
        let reading = DefinitionReading(parsing: text)
        return reading.errors + Advice(substitutions: ["Bucket"]).warnings(for: reading)
    }

    @Test(arguments: errors)
    func `what AWS refuses is an error, with its code, place and hint`(defect: PlantedDefect) {
        let problems = Self.problems(defect.definition)
        let found = problems.first { $0.code == defect.code && $0.path.description == defect.path }
        #expect(found != nil, "\(problems)")
        #expect(found?.severity == .error)
        if let hint = defect.hint { #expect(found?.hint == hint) }
        #expect(found?.code.awsCode != nil)
    }

    @Test(arguments: warnings)
    func `what is most likely wrong is a warning, with its code, place and hint, and nothing else is told`(
        defect: PlantedDefect
    ) {
        let problems = Self.problems(defect.definition)
        #expect(problems.map(\.code) == [defect.code], "\(problems)")
        #expect(problems.first?.path.description == defect.path)
        #expect(problems.first?.severity == .warning)
        if let hint = defect.hint { #expect(problems.first?.hint == hint) }
    }

    @Test func `every code but that of what is not supported is planted`() {
        let planted = Set((Self.errors + Self.warnings).map(\.code)).union([.invalidJSON, .unsupportedFeature])
        // Those of sagas are planted into the service's own machines.
        let codes = Problem.Code.allCases.filter { !$0.rawValue.hasPrefix("SAGA_") && $0 != .contractBroken }
        #expect(planted == Set(codes))
    }

    @Test(arguments: [
        (
            #""A":{"Type":"Pass","InputPath":"$x","End":true}"#, "/States/A/InputPath", "'$x' is not assigned here"
        ),
        (
            #""A":{"Type":"Choice","Choices":[{"Variable":"$.a","IsPresent":true,"Assign":{"x":1},"Next":"B"}],"Default":"C"},"C":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Parameters":{"v.$":"$x"},"End":true}"#,
            "/States/B/Parameters/v.$", "'$x' is not assigned here on some way, by C"
        ),
        (
            #""A":{"Type":"Pass","Assign":{"x":{"a":1}},"Next":"B"},"B":{"Type":"Pass","InputPath":"$x.b","End":true}"#,
            "/States/B/InputPath", "'$x.b' is not assigned here"
        ),
        (
            #""A":{"Type":"Parallel","Next":"E","Branches":[{"StartAt":"B","States":{"B":{"Type":"Pass","Assign":{"x":1},"Next":"C"},"C":{"Type":"Pass","InputPath":"$y","End":true}}}]},"E":{"Type":"Succeed"}"#,
            "/States/A/Branches[0]/States/C/InputPath", "'$y' is not assigned here"
        ),
        (
            #""A":{"Type":"Map","ItemsPath":"$.l","ItemSelector":{"a.$":"$$.Map.Item.Value"},"End":true,"ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Pass","InputPath":"$.b","End":true}}}}"#,
            "/States/A/ItemProcessor/States/B/InputPath", "there is no '$.b' here"
        ),
        (
            #""A":{"Type":"Map","ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Pass","Assign":{"x":1},"End":true}}},"Next":"C"},"C":{"Type":"Pass","InputPath":"$x","End":true}"#,
            "/States/C/InputPath", "'$x' is not assigned here"
        ),
    ])
    func `a variable that is not assigned on some way is told, inside of Map and Parallel too`(
        states: String, path: String, message: String
    ) {
        let problems = Self.problems(#"{"StartAt":"A","States":{\#(states)}}"#).filter { $0.code == .pathNotThere }
        #expect(problems.map(\.path.description) == [path], "\(problems)")
        #expect(problems.first?.message == message)
    }

    @Test func `all problems are told at once`() {
        let text = #"{"StartAt":"B","States":{"A":{"Type":"Pass","Nxet":"B","InputPath":"x","End":true,"End":true}}}"#
        let codes = DefinitionReading(parsing: text).errors.map(\.code)
        #expect(Set(codes) == [.duplicateName, .unknownField, .invalidPath, .unknownTarget, .unreachableState])
    }

    @Test(arguments: [
        #""A":{"Type":"Map","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"B","States":{"B":{"Type":"Pass","End":true}}},"End":true}"#,
        #""A":{"Type":"Map","ItemReader":{"Resource":"arn:aws:states:::s3:getObject"},"ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Pass","End":true}}},"End":true}"#,
        #""A":{"Type":"Pass","OutputPath":"$[(@.length-1)].bar","End":true}"#,
        #""A":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","End":true}"#,
    ])
    func `what the engine does not have is no error, and no machine`(states: String) {
        let reading = DefinitionReading(parsing: #"{"StartAt":"A","States":{\#(states)}}"#)
        #expect(reading.errors.isEmpty, "\(reading.errors)")
        #expect(!reading.unsupported.isEmpty)
        let error = #expect(throws: DefinitionError.self) { try reading.machine() }
        #expect(error?.problems.allSatisfy { $0.code == .unsupportedFeature } == true)
    }

    @Test(arguments: [
        // A rule that asks whether something is there tells the states behind it.
        #""A":{"Type":"Pass","Parameters":{"x.$":"$.x"},"Next":"B"},"B":{"Type":"Choice","Choices":[{"Variable":"$.x","NumericEquals":1,"Next":"C"}],"Default":"D"},"C":{"Type":"Pass","Result":1,"ResultPath":"$.y","Next":"D"},"D":{"Type":"Choice","Choices":[{"And":[{"Variable":"$.y","IsPresent":true},{"Variable":"$.y","NumericEquals":1}],"Next":"E"}],"Default":"F"},"E":{"Type":"Pass","InputPath":"$.y","Next":"F"},\#(fail)"#,
        #""A":{"Type":"Pass","Next":"B"},"B":{"Type":"Choice","Choices":[{"Not":{"Variable":"$.z","IsPresent":true},"Next":"F"}],"Default":"C"},"C":{"Type":"Pass","InputPath":"$.z","Next":"F"},\#(fail)"#,
        // What is assigned on every way, or asked for, is there; and so it is inside a Map.
        #""A":{"Type":"Pass","Assign":{"x":1,"o":{"a":2}},"Next":"M"},"M":{"Type":"Map","ItemsPath":"$.l","ItemSelector":{"x.$":"$x"},"ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Pass","InputPath":"$o.a","Assign":{"y.$":"$"},"Next":"C"},"C":{"Type":"Pass","InputPath":"$y","End":true}}},"Next":"D"},"D":{"Type":"Pass","InputPath":"$x","End":true}"#,
        #""A":{"Type":"Choice","Choices":[{"Variable":"$.a","IsPresent":true,"Assign":{"x":1},"Next":"B"}],"Default":"B"},"B":{"Type":"Choice","Choices":[{"Variable":"$x","IsPresent":true,"Next":"C"}],"Default":"F"},"C":{"Type":"Pass","InputPath":"$x","Next":"F"},\#(fail)"#,
        // What comes from outside may be anything.
        #""A":{"Type":"Pass","InputPath":"$.a.b[0].c","ResultPath":"$.d.e","Next":"B"},"B":{"Type":"Pass","InputPath":"$.d.e.f","End":true}"#,
        // A price, and what is computed.
        #""A":{"Type":"Pass","Parameters":{"price":"$.50","text":"States of America","b.$":"$.b"},"End":true}"#,
        // The failures are looked at, after a detour.
        #""A":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:lakeformation:batchGrantPermissions","Parameters":{"Entries":[]},"TimeoutSeconds":1,"ResultPath":"$.batch","Catch":[{"ErrorEquals":["States.ALL"],"Next":"F"}],"Next":"W"},"W":{"Type":"Wait","Seconds":1,"Next":"B"},"B":{"Type":"Choice","Choices":[{"Variable":"$.batch.Failures[0]","IsPresent":true,"Next":"F"}],"Default":"C"},"C":{"Type":"Succeed"},\#(fail)"#,
    ])
    func `what is right is not warned of`(states: String) {
        #expect(Self.problems(#"{"StartAt":"A","States":{\#(states)}}"#) == [])
    }

    @Test func `a path is held against the input that executions get`() {
        let text = #"{"StartAt":"A","States":{"A":{"Type":"Pass","InputPath":"$.b","End":true}}}"#
        let reading = DefinitionReading(parsing: text)
        #expect(Advice(input: .members(["a"])).warnings(for: reading).map(\.code) == [.pathNotThere])
        #expect(Advice(input: .example(["b": 1])).warnings(for: reading) == [])
        #expect(Advice().warnings(for: reading) == [])
    }

    @Test func `an express machine waits for nobody`() {
        let text =
            #"{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","End":true}}}"#
        #expect(DefinitionReading(parsing: text).errors == [])
        let errors = DefinitionReading(parsing: text, isExpress: true).errors
        #expect(errors.map(\.path.description) == ["/States/A/Resource"])
    }

    @Test(arguments: [
        ("Nxet", ["Next", "End"], "Next"), ("resultPath", ["ResultPath", "InputPath"], "ResultPath"),
        ("GrantPermission", ["GrantPermissions", "RevokePermissions"], "GrantPermissions"),
        ("Quux", ["Next", "End"], nil),
    ])
    func `the nearest name is suggested, if it is near`(name: String, names: [String], nearest: String?) {
        var suggestion = Suggestion()
        #expect(suggestion.hint(for: name, among: names) == nearest.map { "did you mean `\($0)`?" })
    }
}
