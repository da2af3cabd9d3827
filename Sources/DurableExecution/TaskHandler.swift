package import StatesLanguage

package typealias TaskResult = Result<JSONValue, TaskFailure>

/// What became of a task when it was begun.
package enum TaskDisposition: Sendable {
    /// The task is done: its effect, if it has one, commits together with its journal entry.
    case finished(TaskResult)
    /// The task leaves the process; `perform` does it once the transaction is on disk.
    case remote
}

/// Carries out the tasks of one or more service actions.
///
/// A *local* effect happens in `begin`, in the journal's own transaction, so that a crash can fall only before it or
/// after it. A *remote* effect is announced in `begin`, done by `perform` at least once, under the request's
/// idempotency token, and settled in `end` together with its journal entry.
///
/// An error thrown from `begin` or `end` is the store's (a full disk): the whole transaction is taken back and the
/// engine stops. A task's own failure is a value.
package protocol TaskHandler<Transaction>: Sendable {
    associatedtype Transaction

    func begin(_ request: TaskRequest, in transaction: Transaction) throws -> TaskDisposition
    func perform(_ request: TaskRequest) async -> TaskResult
    func end(_ request: TaskRequest, _ result: TaskResult, in transaction: Transaction) throws
}

extension TaskHandler {
    package func perform(_ request: TaskRequest) async -> TaskResult {
        preconditionFailure("\(request.resource.name) is local and never leaves the process")
    }

    package func end(_ request: TaskRequest, _ result: TaskResult, in transaction: Transaction) throws {}
}

/// The handlers of an engine, by the action that they are for.
package struct TaskHandlers<Transaction>: Sendable {
    private let handlers: [TaskResource: any TaskHandler<Transaction>]

    package init(_ handlers: [TaskResource: any TaskHandler<Transaction>]) {
        self.handlers = handlers
    }

    subscript(resource: TaskResource) -> (any TaskHandler<Transaction>)? { handlers[resource] }

    /// Refuses a machine that calls what no handler is there for, naming each resource.
    package func check(_ machine: StateMachine) throws(DefinitionError) {
        var problems: [Problem] = []
        for state in machine.scope.all.flatMap(\.inOrder) {
            guard case .task(let task) = state.kind, TaskResource(task.resource).flatMap({ handlers[$0] }) == nil else {
                continue
            }
            problems.append(
                Problem(
                    .unsupportedFeature, at: state.place.appending("Resource"),
                    "the resource '\(task.resource.quoted)' is not supported"))
        }
        if !problems.isEmpty { throw DefinitionError(problems: problems) }
    }
}
