/// The service action that a task calls, taken out of its resource.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html>
package struct TaskResource: Hashable, Sendable {
    /// Such as `aws-sdk:glue` or `athena`.
    package let service: String
    /// Such as `getDatabase` or `startQueryExecution.sync`.
    package let action: String

    package init(service: String, action: String) {
        self.service = service
        self.action = action
    }

    /// Takes `arn:aws:states:::service:action` apart; `nil` for a resource of another form.
    package init?(_ resource: String) {
        let parts = resource.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            .map { Substring($0) }
        guard parts.count >= 7, parts[0] == "arn", parts[2] == "states", parts[3].isEmpty, parts[4].isEmpty else {
            return nil
        }
        if parts[5] == "aws-sdk", parts.count >= 8 {
            self.init(service: "aws-sdk:" + parts[6], action: parts[7...].joined(separator: ":"))
        } else {
            self.init(service: String(parts[5]), action: parts[6...].joined(separator: ":"))
        }
    }

    /// Service and action as a resource writes them.
    package var name: String { service + ":" + action }
}
