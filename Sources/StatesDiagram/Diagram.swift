package import StatesLanguage

/// A picture of a state machine, with what an execution did in it if one is given.
package struct Diagram: Sendable {
    let title: String
    let chart: Chart
    let run: Run?

    /// Reads a definition, as far as it is drawn; what else is wrong with it does not matter here.
    ///
    /// - Parameter isOverview: draws the tasks on the way to success, and each large part beside it as one box.
    /// - Throws: `DefinitionError` when there is no `StartAt` or no state in it or in a branch of it.
    package init(_ definition: JSONValue, run: Run? = nil, isOverview: Bool = false) throws(DefinitionError) {
        title = definition["Comment"]?.stringValue ?? ""
        let chart = try Chart(definition)
        guard isOverview else {
            self.chart = chart
            self.run = run
            return
        }
        let overview = Overview(of: chart)
        self.chart = overview.chart
        self.run = run?.inBoxes(overview.boxes)
    }

    var drawing: Drawing { Drawing(chart) { name in run?.visits[name]?.facts ?? "" } }
}
