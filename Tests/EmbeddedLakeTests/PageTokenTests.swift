import DurableExecution
import Foundation
import StatesLanguage
import TestSupport
import Testing

@testable import EmbeddedLake

/// A token says where a list goes on, and whoever can read one can make another.
struct PageTokenTests {
    /// An action that gives tokens.
    private struct List {
        let service: ClientService
        let action: String
        var parameters: JSONObject = [:]
        /// How tasks call it, if they do.
        var resource: String?
        /// What it refuses a token with.
        let refusal: String
        /// Whether its places are numbered, rather than names.
        let isNumbered: Bool
        /// How many entries a page has at most, as AWS says at the action.
        var maximum: Int64 = 1000
    }

    private static let forged = [
        "", "-1", "-9223372036854775808", "9223372036854775807", "9223372036854775808", "9007199254740993", "1.5", "x",
    ]

    private let lake: CalledLake
    private let lists: [List]

    /// Makes a lake in which every list has more than one page of one entry.
    init() throws {
        lake = try CalledLake()
        try lake.makeDatabase()
        try lake.operate(.athena, "startQueryExecution", ["QueryString": "CREATE DATABASE b"])
        _ = try lake.register()
        try lake.operate(
            .lakeFormation, "registerResource",
            ["ResourceArn": "arn:aws:s3:::bucket/cleanroom/b/", "RoleArn": .string(CalledLake.role)])
        for name in ["t", "u"] { try lake.makeTable(name) }
        _ = try lake.grant(CalledLake.customer, CalledLake.database, ["DESCRIBE"])
        let query = try lake.operate(.athena, "startQueryExecution", ["QueryString": "SELECT 1"])
        let definition: JSONValue = ["StartAt": "A", "States": ["A": ["Type": "Pass", "End": true]]]
        var machine = JSONValue.null
        for name in ["m", "n"] {
            machine =
                try lake.operate(
                    .stepFunctions, "createStateMachine",
                    [
                        "Name": .string(name), "Definition": .string(definition.text),
                        "RoleArn": .string(CalledLake.role),
                    ]
                )["StateMachineArn"] ?? .null
        }
        var execution = JSONValue.null
        for name in ["e", "f"] {
            let answer = try lake.operate(
                .stepFunctions, "startExecution", ["StateMachineArn": machine, "Name": .string(name)])
            execution = answer["ExecutionArn"] ?? .null
        }
        let (invalid, token) = ("InvalidInputException", "InvalidTokenException")
        lists = [
            List(
                service: .stepFunctions, action: "getExecutionHistory", parameters: ["ExecutionArn": execution],
                resource: "sfn:getExecutionHistory", refusal: token, isNumbered: true),
            List(
                service: .stepFunctions, action: "getExecutionHistory",
                parameters: ["ExecutionArn": execution, "ReverseOrder": true], resource: "sfn:getExecutionHistory",
                refusal: token, isNumbered: true),
            List(
                service: .stepFunctions, action: "listExecutions", parameters: ["StateMachineArn": machine],
                resource: "sfn:listExecutions", refusal: token, isNumbered: true),
            List(service: .stepFunctions, action: "listStateMachines", refusal: token, isNumbered: false),
            List(
                service: .athena, action: "listQueryExecutions", refusal: "InvalidRequestException", isNumbered: false,
                maximum: 50),
            List(
                service: .athena, action: "getQueryResults",
                parameters: ["QueryExecutionId": query["QueryExecutionId"] ?? .null],
                refusal: "InvalidRequestException", isNumbered: true),
            List(service: .glue, action: "getDatabases", refusal: invalid, isNumbered: false, maximum: 100),
            List(
                service: .glue, action: "getTables", parameters: ["DatabaseName": "a"], refusal: invalid,
                isNumbered: false, maximum: 100),
            List(service: .lakeFormation, action: "listResources", refusal: invalid, isNumbered: false),
            List(service: .lakeFormation, action: "listPermissions", refusal: invalid, isNumbered: true),
            List(
                service: .lakeFormation, action: "listPermissions", parameters: ["Resource": CalledLake.database],
                resource: "lakeformation:listPermissions", refusal: invalid, isNumbered: true),
        ]
    }

    private func page(_ list: List, _ token: JSONValue?) throws -> JSONValue {
        var parameters = list.parameters.merging(["MaxResults": 1])
        if let token { parameters["NextToken"] = token }
        return try lake.operate(list.service, list.action, .object(parameters), as: CalledLake.role)
    }

    /// The token of the first page of a list.
    private func token(of list: List) throws -> PageToken {
        let text = try #require(try page(list, nil)["NextToken"]?.stringValue, "\(list.action) has a second page")
        let decoded = String(decoding: try #require(Data(base64Encoded: text)), as: UTF8.self)
        return try #require(PageToken(text, of: String(decoded.prefix { $0 != "\n" })))
    }

    @Test func `a position that no list has is refused by every action that takes a token`() throws {
        for list in lists {
            let name = try token(of: list).list
            for position in Self.forged {
                let text = JSONValue.string(PageToken(list: name, position: position).text)
                let error = #expect(throws: ServiceError.self, "\(list.action), \(position)") {
                    _ = try page(list, text)
                    // Behind any name there may be others.
                    if !list.isNumbered { throw ServiceError(list.refusal, "") }
                }
                #expect(error?.code == list.refusal)
                guard let resource = list.resource else { continue }
                for text in [text, .string(position)] {
                    let parameters = list.parameters.merging(["NextToken": text])
                    let result = try lake.call(resource, .object(parameters))
                    #expect(result.error?.error.hasSuffix(list.refusal) == true, "\(resource), \(position)")
                }
            }
        }
    }

    @Test func `a token of one kind of resources is none of another`() throws {
        func list(_ type: JSONValue) -> List {
            List(
                service: .lakeFormation, action: "listPermissions", parameters: ["ResourceType": type], refusal: "",
                isNumbered: false)
        }
        let token = try #require(try page(list("DATABASE"), nil)["NextToken"])
        #expect(throws: ServiceError.self) { _ = try page(list("TABLE"), token) }
        #expect(throws: Never.self) { _ = try page(list("DATABASE"), token) }
    }

    /// The simulator has found it: what a stranger was granted was left out, and the room told to be whole.
    @Test func `what is revoked between two pages of permissions leaves no other out`() throws {
        for parameters in [[:], ["Resource": CalledLake.database]] as [JSONObject] {
            let list = List(
                service: .lakeFormation, action: "listPermissions", parameters: parameters, refusal: "",
                isNumbered: false)
            func entries(_ page: JSONValue) -> [JSONValue] { page["PrincipalResourcePermissions"]?.arrayValue ?? [] }
            var all: [JSONValue] = []
            var page = try page(list, nil)
            while true {
                all += entries(page)
                guard let token = page["NextToken"] else { break }
                page = try self.page(list, token)
            }
            let first = try self.page(list, nil)
            let entry = try #require(entries(first).first)
            try lake.operate(
                .lakeFormation, "revokePermissions",
                [
                    "Principal": entry["Principal"] ?? .null, "Resource": entry["Resource"] ?? .null,
                    "Permissions": entry["Permissions"] ?? .null,
                ])
            let second = try self.page(list, first["NextToken"])
            #expect(entries(second).first == all.first { !entries(first).contains($0) })
            try lake.operate(
                .lakeFormation, "grantPermissions",
                [
                    "Principal": entry["Principal"] ?? .null, "Resource": entry["Resource"] ?? .null,
                    "Permissions": entry["Permissions"] ?? .null,
                ])
        }
    }

    @Test func `a position behind the end is refused or has nothing`() throws {
        for list in lists where list.isNumbered && list.action != "listExecutions" {
            let text = JSONValue.string(PageToken(list: try token(of: list).list, position: "1000000").text)
            do {
                let page = try page(list, text)
                #expect(page["NextToken"] == nil)
                let entries = page["ResultSet"]?["Rows"] ?? page["PrincipalResourcePermissions"]
                #expect(entries == [], "\(list.action)")
            } catch let error as ServiceError {
                #expect(error.code == list.refusal)
            }
        }
    }

    @Test func `a page that has all that is left has no token, and one with less has`() throws {
        for list in lists {
            var (count, token): (Int64, JSONValue?) = (0, nil)
            repeat {
                token = try page(list, token)["NextToken"]
                count += 1
            } while token != nil
            // An entry of permissions may come apart in two.
            let entry: Int64 = list.action == "listPermissions" ? 2 : 1
            for (size, isWhole) in [(count - 1, false), (count, true), (count + 1, true)] {
                let parameters = list.parameters.merging(["MaxResults": .integer(size * entry)])
                let page = try lake.operate(list.service, list.action, .object(parameters), as: CalledLake.role)
                #expect((page["NextToken"] == nil) == isWhole, "\(list.action) has \(count), \(size) were asked for")
            }
        }
    }

    @Test func `a page begins behind the last entry without an error, and has nothing`() throws {
        for list in lists where list.isNumbered && list.action == "getExecutionHistory" {
            var (count, token): (Int, JSONValue?) = (0, nil)
            repeat {
                token = try page(list, token)["NextToken"]
                count += 1
            } while token != nil
            let name = try self.token(of: list).list
            let end = try page(list, .string(PageToken(list: name, position: "\(count)").text))
            #expect(end["Events"] == [] && end["NextToken"] == nil)
            let error = #expect(throws: ServiceError.self) {
                try page(list, .string(PageToken(list: name, position: "\(count + 1)").text))
            }
            #expect(error?.code == list.refusal)
        }
    }

    @Test func `no page is asked for that is larger than AWS gives`() throws {
        for list in lists {
            for size in [list.maximum, list.maximum + 1] {
                let parameters = list.parameters.merging(["MaxResults": .integer(size)])
                let page = try? lake.operate(list.service, list.action, .object(parameters), as: CalledLake.role)
                #expect((page != nil) == (size == list.maximum), "\(list.action), \(size)")
            }
        }
    }

    @Test func `the token of another list is refused`() throws {
        for list in lists {
            for other in lists where try token(of: other).list != token(of: list).list {
                let text = JSONValue.string(try token(of: other).text)
                let error = #expect(throws: ServiceError.self) { try page(list, text) }
                #expect(error?.code == list.refusal)
            }
        }
    }
}
