/// States that have machines inside them, Map and Parallel: read so that they can be checked.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html>
enum CompositeState {
    /// Reads what is put into the machines inside, and what comes out.
    static func readData(_ reader: FieldReader, _ type: String) {
        _ = reader.template("Parameters")
        _ = reader.template("ResultSelector")
        _ = reader.resultPath()
        if type == "Map" {
            _ = reader.path("ItemsPath")
            _ = reader.template("ItemSelector")
            reader.exclude("ItemSelector", "Parameters")
        }
    }

    /// Reads the machines inside.
    static func branches(_ reader: FieldReader, _ type: String, _ context: ScopeContext) -> [MachineScope] {
        if type == "Parallel" {
            return reader.elements("Branches", isRequired: true).map { MachineScope($0, context, isBranch: true) }
        }
        readLimits(reader, context)
        readItems(reader, context)
        reader.exclude("ItemProcessor", "Iterator")
        guard let inside = reader.nested("Iterator") ?? reader.nested("ItemProcessor") else {
            reader.miss("ItemProcessor")
            return []
        }
        reader.allow("ItemProcessor", "Iterator")
        if let config = inside.nested("ProcessorConfig") {
            _ = config.word("Mode", of: ["INLINE", "DISTRIBUTED"])
            _ = config.word("ExecutionType", of: ["STANDARD", "EXPRESS"])
            config.finish()
        }
        return [MachineScope(inside, context, isBranch: true)]
    }

    private static func readLimits(_ reader: FieldReader, _ context: ScopeContext) {
        if context.isJSONata {
            reader.allow("MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage", "Items")
        } else {
            _ = reader.integer("MaxConcurrency", in: 0...Int64(Int32.max))
            _ = reader.integer("ToleratedFailureCount", in: 0...Int64.max)
            _ = reader.number("ToleratedFailurePercentage", in: 0...100)
            for name in ["MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage"] {
                _ = reader.path(name + "Path")
                reader.exclude(name, name + "Path")
            }
        }
        if let label = reader.string("Label", isRequired: false), label.unicodeScalars.count > 40 {
            reader.problems.add(.invalidField, at: reader.place.appending("Label"), "a label has at most 40 characters")
        }
    }

    private static func readItems(_ reader: FieldReader, _ context: ScopeContext) {
        if let batcher = reader.nested("ItemBatcher") {
            batcher.allow(
                "BatchInput", "MaxItemsPerBatch", "MaxItemsPerBatchPath", "MaxInputBytesPerBatch",
                "MaxInputBytesPerBatchPath")
            batcher.exclude("MaxItemsPerBatch", "MaxItemsPerBatchPath")
            batcher.exclude("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath")
            batcher.finish()
        }
        if let source = reader.nested("ItemReader") {
            _ = source.string("Resource")
            source.allow("Parameters", "Arguments")
            if let config = source.nested("ReaderConfig") {
                config.allowAll()
                config.exclude("MaxItems", "MaxItemsPath")
            }
            source.finish()
        }
        if let writer = reader.nested("ResultWriter") {
            writer.allow("Resource", "Parameters", "Arguments", "WriterConfig")
            writer.finish()
        }
    }
}
