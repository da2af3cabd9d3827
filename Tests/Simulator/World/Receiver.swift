import DurableExecution
import StatesLanguage

/// The account service, which takes the answers.
final class Receiver {
    struct Delivery: Hashable {
        /// Milliseconds since the beginning.
        let time: Int64
        let execution: ExecutionARN
        /// The header `Idempotency-Key`.
        let key: String
        let path: String
        let body: JSONValue
    }

    private(set) var deliveries: [Delivery] = []
    /// What was sent and not taken.
    private(set) var refused: [Delivery] = []
    var isDownUntil: Int64 = 0
    var failures = 0

    /// Takes a delivery, or refuses it before it is read.
    func take(_ request: TaskRequest, at time: Int64) -> TaskResult {
        let endpoint = request.parameters["ApiEndpoint"]?.stringValue ?? ""
        let path = endpoint.dropFirst("https://".count).drop { $0 != "/" }
        let delivery = Delivery(
            time: time, execution: request.execution.arn,
            key: request.parameters["Headers"]?["Idempotency-Key"]?.stringValue ?? "", path: String(path),
            body: request.parameters["RequestBody"] ?? .null)
        if time < isDownUntil {
            refused.append(delivery)
            return .failure(TaskFailure("States.Http.Socket", "Connection refused"))
        }
        if failures > 0 {
            failures -= 1
            refused.append(delivery)
            return .failure(TaskFailure("States.Http.StatusCode.500", "Internal Server Error"))
        }
        deliveries.append(delivery)
        return .success(["StatusCode": 200, "StatusText": "OK", "Headers": [:], "ResponseBody": ""])
    }
}
