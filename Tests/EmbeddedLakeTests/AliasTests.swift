import DurableExecution
import Foundation
import GRDB
import StatesLanguage
import TestSupport
import Testing

@testable import EmbeddedLake

/// The alias of the service's own machine over time, and lakes from before there was one.
@Suite(.timeLimit(.minutes(1)))
struct AliasTests {
    private let lake: CalledLake
    private let machine: StateMachineVersion
    private let arn: String

    init() throws {
        lake = try CalledLake()
        machine = try TestLake.machine.get()
        arn = machine.reference.arn
        try lake.store.installBuiltIn([machine], at: Timestamp(milliseconds: 0))
    }

    private func start(_ arn: String, in lake: CalledLake? = nil) throws -> String {
        let answer = try (lake ?? self.lake).operate(
            .stepFunctions, "startExecution", ["StateMachineArn": .string(arn), "Name": .string(UUID().uuidString)])
        return try #require(answer["ExecutionArn"]?.stringValue)
    }

    private func described(_ execution: String, in lake: CalledLake? = nil) throws -> JSONValue {
        try (lake ?? self.lake).operate(.stepFunctions, "describeExecution", ["ExecutionArn": .string(execution)])
    }

    private func listed(_ arn: String) throws -> [String] {
        let answer = try lake.operate(.stepFunctions, "listExecutions", ["StateMachineArn": .string(arn)])
        return (answer["Executions"]?.arrayValue ?? []).compactMap { $0["ExecutionArn"]?.stringValue }
    }

    @Test func `the alias is the one of the template`() throws {
        let template = try String(
            contentsOf: Project.root.appending(path: "infra/step_function/template.yml"), encoding: .utf8)
        let found = template.matches(of: /AutoPublishAlias: (\w+)/).map { String($0.output.1) }
        #expect(found == [StateMachineVersion.alias])
    }

    @Test func `an execution that was started by the alias keeps the version that the alias pointed to`() throws {
        let first = try [start(arn + ":live"), start(arn + ":1"), start(arn)]
        let reference = StateMachineReference(
            arn: arn, name: machine.reference.name, roleARN: machine.reference.roleARN, definitionHash: "another")
        try lake.store.installBuiltIn(
            [StateMachineVersion(reference: reference, definition: machine.definition)],
            at: Timestamp(milliseconds: 1000))
        let second = try [start(arn + ":live"), start(arn + ":2"), start(arn)]
        for (executions, version) in [(first, "1"), (second, "2")] {
            let shown = try executions.map { try described($0) }
            let (versionARN, aliasARN) = (JSONValue.string("\(arn):\(version)"), JSONValue.string("\(arn):live"))
            #expect(shown.map { $0["StateMachineVersionArn"] } == [versionARN, versionARN, nil])
            #expect(shown.map { $0["StateMachineAliasArn"] } == [aliasARN, nil, nil])
            #expect(shown.allSatisfy { $0["StateMachineArn"] == .string(arn) })
        }
        #expect(try listed(arn + ":live") == [second[0], first[0]])
        #expect(try listed(arn + ":2") == [second[1], second[0]])
        #expect(try listed(arn) == Array((first + second).reversed()))
        // An older version is what somebody has replaced.
        #expect(throws: ServiceError.self) { try start(arn + ":1") }
    }

    @Test func `a machine that is started by rules has no alias`() throws {
        let other = StateMachineReference(
            arn: arn + "-other", name: machine.reference.name + "-other", roleARN: machine.reference.roleARN,
            definitionHash: machine.reference.definitionHash)
        let recovery = StateMachineVersion(reference: other, definition: machine.definition)
        try lake.store.installBuiltIn([recovery], at: Timestamp(milliseconds: 0))
        _ = try start(other.arn + ":live")
        try lake.store.addRule(source: machine, target: recovery, exceptErrors: [])
        #expect(throws: ServiceError.self) { try start(other.arn + ":live") }
    }
}
