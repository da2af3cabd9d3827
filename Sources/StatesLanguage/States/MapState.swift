/// A state that has a machine run for each element of an array, and gives what comes of each as an array.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html>
package struct MapState: Sendable {
    /// How many iterations AWS has run at a time at most, where the machine does not say fewer.
    package static let maximumConcurrency = 40

    /// A number that the definition has, or a path to one.
    package enum Number: Sendable {
        case fixed(Int64)
        case path(JSONPath)
        case query(QueryExpression)
    }

    /// Where the array is in what the state takes; `nil` is all of it.
    package let itemsPath: JSONPath?
    /// What an iteration is given; `nil` is its element. `Parameters` is the old name of it.
    package let itemSelector: PayloadTemplate?
    /// The array in JSONata: `Items`; `nil` is what the state takes.
    package let items: QueryTemplate?
    /// What an iteration is given in JSONata; `nil` is its element.
    package let selector: QueryTemplate?
    /// How many iterations run at a time; zero is as many as can.
    package let maxConcurrency: Number
    /// What AWS looks up, and has no use for in a state that runs inline.
    package let tolerances: [(field: String, path: JSONPath)]
    /// The same in JSONata.
    package let queryTolerances: [(field: String, expression: QueryExpression)]
    package let outcome: CompositeOutcome
    /// The work of beginning an iteration.
    package let itemWeight: StateWeight

    init(_ reader: FieldReader, _ errors: ErrorHandling) {
        itemsPath = reader.path("ItemsPath")
        (items, selector, queryTolerances) = (nil, nil, [])
        reader.exclude("ItemSelector", "Parameters")
        itemSelector = reader.template("ItemSelector") ?? reader.template("Parameters")
        maxConcurrency = reader.count("MaxConcurrency", in: 0...Int64(Int32.max)) ?? .fixed(0)
        let count = reader.count("ToleratedFailureCount", in: 0...Int64.max)
        _ = reader.number("ToleratedFailurePercentage", in: 0...100)
        reader.exclude("ToleratedFailurePercentage", "ToleratedFailurePercentagePath")
        var tolerances: [(field: String, path: JSONPath)] = []
        if case .path(let path) = count { tolerances.append(("ToleratedFailureCountPath", path)) }
        if let path = reader.path("ToleratedFailurePercentagePath") {
            tolerances.append(("ToleratedFailurePercentagePath", path))
        }
        self.tolerances = tolerances
        outcome = CompositeOutcome(reader, errors)
        var weight = StateWeight()
        weight.add(itemSelector)
        itemWeight = weight
    }

    init(jsonata reader: FieldReader, _ errors: ErrorHandling) {
        (itemsPath, itemSelector, tolerances) = (nil, nil, [])
        items = reader.query("Items")
        if case .literal(let value) = items?.root, value.arrayValue == nil, !reader.hasExpression("Items") {
            reader.problems.add(
                .invalidField, at: reader.place.appending("Items"),
                "an array or an expression in {% %} is expected here, not \(value.quoted)")
        }
        selector = reader.query("ItemSelector")
        maxConcurrency = reader.queryCount("MaxConcurrency", in: 0...Int64(Int32.max)) ?? .fixed(0)
        var tolerances: [(field: String, expression: QueryExpression)] = []
        if case .query(let expression) = reader.queryCount("ToleratedFailureCount", in: 0...Int64.max) {
            tolerances.append(("ToleratedFailureCount", expression))
        }
        if reader.hasExpression("ToleratedFailurePercentage") {
            let expression = reader.expression(of: "ToleratedFailurePercentage")
            if let expression { tolerances.append(("ToleratedFailurePercentage", expression)) }
        } else {
            _ = reader.number("ToleratedFailurePercentage", in: 0...100)
        }
        queryTolerances = tolerances
        outcome = CompositeOutcome(errors)
        var weight = StateWeight()
        weight.add(selector)
        itemWeight = weight
    }
}

extension FieldReader {
    /// A number, or in the field with `Path` behind its name a path to one.
    fileprivate func count(_ name: String, in range: ClosedRange<Int64>) -> MapState.Number? {
        exclude(name, name + "Path")
        let number = integer(name, in: range)
        return path(name + "Path").map { .path($0) } ?? number.map { .fixed($0) }
    }

    /// A number, or an expression for one.
    fileprivate func queryCount(_ name: String, in range: ClosedRange<Int64>) -> MapState.Number? {
        if hasExpression(name) { return expression(of: name).map { .query($0) } }
        return integer(name, in: range).map { .fixed($0) }
    }
}
