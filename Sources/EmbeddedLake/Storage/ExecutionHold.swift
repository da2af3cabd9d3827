package import StatesLanguage

/// What keeps an execution from going on: processes have ended while they evaluated it, or it cannot be read.
package struct ExecutionHold: Hashable, Sendable {
    /// So many processes in a row end while they evaluate an execution before it is set aside.
    package static let limit = 3

    /// How many processes in a row have ended while they evaluated it, before anything came of it.
    package let interruptions: Int
    /// Since when it has been set aside; `nil` while it is taken up at each start.
    package let setAsideAt: Timestamp?

    /// What is true of the row of an execution that is not set aside.
    static let isNotSetAside = """
        NOT EXISTS (SELECT 1 FROM execution_hold AS hold WHERE hold.execution = execution.id
            AND hold.set_aside_at IS NOT NULL)
        """
}
