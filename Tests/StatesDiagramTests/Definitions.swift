import CleanroomWorkflows
import Foundation
import SagaKit
import StatesLanguage
import TestSupport

@testable import StatesDiagram

/// The definitions that the tests draw.
enum Definitions {
    static let ours = Workflows.all.flatMap(\.machines).map { $0.assemble().definition }

    /// The recorded definitions, those that AWS or a linter refuses among them; none where they are not beside the project.
    static func recorded() throws -> [JSONValue] {
        var texts: [String] = []
        for name in ["exec.json", "lint.json", "createerror.json", "teststate.json", "validate.json"] {
            guard let file = Project.conformance(name) else { return [] }
            for json in try JSONValue(parsing: Array(Data(contentsOf: file))).arrayValue ?? [] {
                let text = json["definition"] ?? json["request"]?["definition"]
                if let text = text?.stringValue { texts.append(text) }
            }
        }
        // What is no JSON at all is no definition either.
        return texts.compactMap { try? JSONValue(parsing: $0) }
    }

    /// A machine of the given states, as the text of their JSON.
    static func machine(_ states: String, start: String = "A") throws -> JSONValue {
        try JSONValue(parsing: #"{"StartAt":"\#(start)","States":{\#(states)}}"#)
    }

    static let nested = #"""
        {"Comment":"Orders","StartAt":"Check","States":{
          "Check":{"Type":"Choice","Choices":[{"Variable":"$.items","IsPresent":true,"Next":"All"}],"Default":"Nothing"},
          "All":{"Type":"Map","ItemsPath":"$.items","Next":"Both","Catch":[{"ErrorEquals":["States.ALL"],"Next":"Broken"}],
            "ItemProcessor":{"StartAt":"Pack","States":{
              "Pack":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:111111111111:function:pack","Next":"IsDone",
                "Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":2}]},
              "IsDone":{"Type":"Choice","Choices":[{"Variable":"$.done","BooleanEquals":true,"Next":"Packed"}],"Default":"Rest"},
              "Rest":{"Type":"Wait","Seconds":5,"Next":"Pack"},
              "Packed":{"Type":"Succeed"}}}},
          "Both":{"Type":"Parallel","Next":"Told","Branches":[
            {"StartAt":"Bill","States":{"Bill":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","End":true}}},
            {"StartAt":"Each","States":{"Each":{"Type":"Map","End":true,"Iterator":{"StartAt":"Ship","States":{
              "Ship":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:s3:putObject","End":true}}}}}}]},
          "Told":{"Type":"Task","Resource":"arn:aws:states:::http:invoke","End":true},
          "Nothing":{"Type":"Succeed"},
          "Broken":{"Type":"Fail","Error":"Orders.Broken","Cause":"<&\"'>"}}}
        """#
}
