package import StatesLanguage

extension JournalledExecution {
    /// The execution as it stands, with what it wants to have done next.
    ///
    /// - Parameters:
    ///   - window: the events of the history that are recorded; `nil` for none.
    ///   - budget: how much work is done at most; with less than it takes, the interpreter pauses on the way.
    package func replay(
        on machine: StateMachine, recording window: HistoryWindow? = nil, budget: Int = .max
    ) -> (interpreter: Interpreter, actions: [ExecutionAction]) {
        var interpreter = Interpreter(start: start, machine: machine, entries: entries, recording: window)
        interpreter.budget = budget
        let actions = interpreter.begin()
        return (interpreter, actions)
    }
}
