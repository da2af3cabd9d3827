import ArgumentParser
import CleanroomModel
import CleanroomSimulator
import CleanroomWorkflows
import Foundation
import SagaKit
import StatesLanguage

/// What `simulate` does about the role under which the machines act.
enum RoleOptions {
    /// The deployment whose role is held against the calls: `infra/checks/machine_role.py` fills the template in for it.
    static func deployment() throws -> Deployment {
        try Deployment([
            .apiEndpoint: Deployment.Parameter.apiEndpoint.defaultValue,
            .apiAuthorization: "answers/00000000-0000-4000-8000-000000000000",
        ])
    }

    /// The role with the policy in a file.
    static func role(_ path: String, for deployment: Deployment) throws -> Role {
        do {
            return Role(try PolicyDocument(read(path)), for: deployment)
        } catch let problem as PolicyProblem {
            throw ValidationError("\(path): \(problem)")
        }
    }

    /// Prints how much each permission is needed.
    static func look(_ hunt: PermissionHunt) throws {
        let result = hunt.look()
        for grant in result.unneeded { print("NOT NEEDED: \(grant)") }
        let unnoticed = result.needs.filter { !$0.isMissed }
        for need in unnoticed { print("NOT NOTICED: \(need.grant), which \(need.schedule) needs") }
        let noticed = result.needs.count - unnoticed.count
        print(
            "\(result.needs.count + result.unneeded.count) permissions: \(result.needs.count) needed by "
                + "\(result.schedules) schedules, \(noticed) of them named when taken away; besides "
                + "\(AccessNeeds.cleanroom.ofEveryMachine.count) that no call shows")
        if !result.unneeded.isEmpty || !unnoticed.isEmpty { throw ExitCode(1) }
    }

    /// Prints `allowed` or `refused` for each case of a file: a policy and what is asked.
    static func evaluate(_ path: String) throws {
        for entry in try read(path).arrayValue ?? [] {
            let keys = (entry["keys"]?.objectValue ?? [:]).map { key, value in
                (key, (value.arrayValue ?? [value]).compactMap(\.stringValue))
            }
            let request = AccessRequest(
                entry["action"]?.stringValue ?? "", on: entry["resource"]?.stringValue ?? "",
                keys: Dictionary(keys, uniquingKeysWith: +))
            do {
                let policy = try PolicyDocument(entry["policy"] ?? [:])
                print(policy.allows(request) ? "allowed" : "refused")
            } catch {
                throw ValidationError("\(path): \(error)")
            }
        }
    }

    static func read(_ path: String) throws -> JSONValue {
        do {
            return try JSONValue(parsing: [UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
        } catch {
            throw ValidationError("\(path) cannot be read: \(error.localizedDescription)")
        }
    }
}
