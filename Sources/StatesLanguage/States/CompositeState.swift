/// States that have machines inside them, Map and Parallel: what is read of them in either query language.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html>
enum CompositeState {
    /// Reads the machines inside.
    static func branches(_ reader: FieldReader, _ type: String, _ context: ScopeContext) -> [MachineScope] {
        if type == "Parallel" {
            return reader.elements("Branches", isRequired: true).map { MachineScope($0, context, isBranch: true) }
        }
        readDistribution(reader)
        reader.exclude("ItemProcessor", "Iterator")
        let name = reader.has("ItemProcessor") ? "ItemProcessor" : "Iterator"
        guard let inside = reader.nested(name) else {
            reader.miss("ItemProcessor")
            return []
        }
        reader.allow("ItemProcessor", "Iterator")
        if let config = inside.nested("ProcessorConfig") {
            let mode = config.word("Mode", of: ["INLINE", "DISTRIBUTED"])
            _ = config.word("ExecutionType", of: ["STANDARD", "EXPRESS"])
            config.finish()
            if mode == "DISTRIBUTED" { refuseDistribution(reader, config.place.appending("Mode")) }
        }
        return [MachineScope(inside, context, isBranch: true)]
    }

    private static func refuseDistribution(_ reader: FieldReader, _ place: ProblemPath) {
        reader.problems.add(
            .unsupportedFeature, at: place, "the processing mode DISTRIBUTED of a Map state is not supported")
    }

    /// Reads the fields that only a Map has whose iterations are executions of their own.
    private static func readDistribution(_ reader: FieldReader) {
        for field in ["ItemBatcher", "ItemReader", "ResultWriter"] where reader.has(field) {
            refuseDistribution(reader, reader.place.appending(field))
        }
        if let label = reader.string("Label", isRequired: false) {
            refuseDistribution(reader, reader.place.appending("Label"))
            if label.unicodeScalars.count > 40 {
                reader.problems.add(
                    .invalidField, at: reader.place.appending("Label"), "a label has at most 40 characters")
            }
        }
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
