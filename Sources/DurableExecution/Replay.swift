package import StatesLanguage

extension JournalledExecution {
    /// The execution as it stands, with what it wants to have done next.
    ///
    /// - Parameter budget: how much work is done at most; with less than it takes, the interpreter pauses on the way.
    package func replay(
        on machine: StateMachine, recordsHistory: Bool = false, historyHasData: Bool = true, budget: Int = .max
    ) -> (interpreter: Interpreter, actions: [ExecutionAction]) {
        var interpreter = Interpreter(
            start: start, machine: machine, entries: entries, recordsHistory: recordsHistory,
            historyHasData: historyHasData)
        interpreter.budget = budget
        let actions = interpreter.begin()
        return (interpreter, actions)
    }
}
