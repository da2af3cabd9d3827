import Foundation
import JSONata
import Testing

/// Evaluates expressions for tests.
enum Evaluation {
    static let now = 1_700_000_000_000.0

    /// A host whose clock stands and whose randomness repeats itself.
    static func host(_ library: JSONataLibrary = .standard) -> JSONataExpression.Host {
        var state: UInt64 = 1
        return JSONataExpression.Host(library: library, now: now) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state
        }
    }

    static func budget(
        steps: Int = 1_000_000, depth: Int = JSONataBudget.defaultDepth, bytes: Int = 1 << 24
    ) -> JSONataBudget {
        JSONataBudget(steps: steps, depth: depth, bytes: bytes)
    }

    /// What an expression gives, as JSON, or the code of its error, or the excess.
    static func result(
        of text: String, _ data: JSONataValue = .undefined, bindings: JSONataObject = JSONataObject(),
        library: JSONataLibrary = .standard, budget: JSONataBudget = budget()
    ) -> String {
        var budget = budget
        do {
            let value = try JSONataExpression(parsing: text).evaluate(
                data, bindings: bindings, host: host(library), budget: &budget)
            return JSONText.text(value)
        } catch {
            return code(of: error)
        }
    }

    static func code(of failure: JSONataFailure) -> String {
        switch failure {
        case .error(let error): error.code.rawValue
        case .excess(let excess): excess.rawValue
        }
    }

    /// What an expression gives with data of JSON.
    static func result(of text: String, with json: String) -> String { result(of: text, JSONReader.value(of: json)) }

    /// What an expression gives with a variable.
    static func result(of text: String, bindings: [String: String]) -> String {
        result(of: text, bindings: JSONataObject(bindings.map { ($0, .string($1)) }))
    }

    /// What an expression gives with a variable that is a number.
    static func result(of text: String, bindings: [String: Double]) -> String {
        result(of: text, bindings: JSONataObject(bindings.map { ($0, .number($1)) }))
    }

    /// The error of an expression.
    static func error(of text: String, _ data: JSONataValue = .undefined) -> JSONataError? {
        var budget = budget()
        do {
            _ = try JSONataExpression(parsing: text).evaluate(data, host: host(), budget: &budget)
            return nil
        } catch {
            guard case .error(let error) = error else { return nil }
            return error
        }
    }

    /// Runs something on a thread with a stack of this size, and waits for it.
    static func onStack<Result: Sendable>(ofKibibytes size: Int, _ body: @escaping @Sendable () -> Result) -> Result {
        nonisolated(unsafe) var result: Result?
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            result = body()
            done.signal()
        }
        thread.stackSize = size << 10
        thread.start()
        done.wait()
        return result!
    }
}
