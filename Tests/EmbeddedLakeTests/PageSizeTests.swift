import EmbeddedLake
import Foundation
import StatesLanguage
import TestSupport
import Testing

/// How much a list gives to who does not say how much it wants.
@Suite(.timeLimit(.minutes(2)))
struct PageSizeTests {
    private let lake: CalledLake

    init() throws { lake = try CalledLake() }

    /// How many entries the first page has under a name, and whether there is another one.
    private func page(
        _ service: ClientService, _ action: String, _ name: String, _ parameters: JSONObject = [:]
    ) throws -> (count: Int?, isCut: Bool) {
        let page = try lake.operate(service, action, .object(parameters), as: CalledLake.role)
        return (page[name]?.arrayValue?.count, page["NextToken"] != nil)
    }

    /// Source: <https://docs.aws.amazon.com/glue/latest/webapi/API_GetDatabases.html>, `API_GetTables.html`
    @Test func `databases and tables come by the hundred`() throws {
        try lake.makeDatabase()
        for number in 0..<100 { try lake.makeTable("t\(number)") }
        #expect(try page(.glue, "getTables", "TableList", ["DatabaseName": "a"]) == (100, false))
        try lake.makeTable("u")
        #expect(try page(.glue, "getTables", "TableList", ["DatabaseName": "a"]) == (100, true))
        for number in 0..<100 {
            #expect(try lake.run("CREATE DATABASE b\(number)").error == nil)
            let isCut = number == 99
            if number >= 98 { #expect(try page(.glue, "getDatabases", "DatabaseList") == (100, isCut)) }
        }
    }

    /// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html>
    @Test func `executions, machines and events come by the hundred`() throws {
        let states = (0..<60).map { #""S\#($0)":{"Type":"Pass","Next":"S\#($0 + 1)"}"# }.joined(separator: ",")
        let definition = #"{"StartAt":"S0","States":{\#(states),"S60":{"Type":"Wait","Seconds":1,"End":true}}}"#
        var machine = JSONValue.null
        for number in 0..<101 {
            let answer = try lake.operate(
                .stepFunctions, "createStateMachine",
                ["Name": .string("m\(number)"), "Definition": .string(definition), "RoleArn": .string(CalledLake.role)])
            machine = answer["StateMachineArn"] ?? .null
            if number >= 99 {
                #expect(try page(.stepFunctions, "listStateMachines", "StateMachines") == (100, number == 100))
            }
        }
        var execution = JSONValue.null
        for number in 0..<101 {
            let parameters: JSONValue = ["StateMachineArn": machine, "Name": .string("e\(number)")]
            execution = try lake.operate(.stepFunctions, "startExecution", parameters)["ExecutionArn"] ?? .null
            if number >= 99 {
                let found = try page(.stepFunctions, "listExecutions", "Executions", ["StateMachineArn": machine])
                #expect(found == (100, number == 100))
            }
        }
        #expect(try page(.stepFunctions, "getExecutionHistory", "Events", ["ExecutionArn": execution]) == (100, true))
        let none: JSONObject = ["ExecutionArn": execution, "MaxResults": 0]
        #expect(try page(.stepFunctions, "getExecutionHistory", "Events", none) == (100, true))
    }

    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
    @Test func `objects come by the thousand`() throws {
        let path = lake.folder.path + "/warehouse/bucket/a"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for number in 0..<1001 {
            try Data().write(to: URL(fileURLWithPath: path + "/\(number)"))
            guard number >= 999 else { continue }
            let found = try lake.call("s3:listObjectsV2", ["Bucket": "bucket", "Prefix": "a/"]).get()
            #expect(found["KeyCount"] == 1000 && found["IsTruncated"] == .bool(number == 1000))
        }
        for (size, isGiven) in [(0, false), (1, true), (1000, true), (1001, false)] as [(Int64, Bool)] {
            let result = try lake.call(
                "s3:listObjectsV2", ["Bucket": "bucket", "Prefix": "a/", "MaxKeys": .integer(size)])
            #expect((result.error == nil) == isGiven)
        }
    }

    /// Source: <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_ListResources.html>
    @Test func `locations come by the thousand`() throws {
        for number in 0..<1001 {
            let parameters: JSONValue = [
                "ResourceArn": .string("arn:aws:s3:::bucket/\(number)/"), "RoleArn": .string(CalledLake.role),
            ]
            try lake.operate(.lakeFormation, "registerResource", parameters)
            if number >= 999 {
                #expect(try page(.lakeFormation, "listResources", "ResourceInfoList") == (1000, number == 1000))
            }
        }
    }
}
