import DurableExecution
package import Logging
import StatesLanguage

/// Writes each log entry as one line of JSON.
package struct JSONLogHandler: LogHandler {
    private let label: String
    private let write: @Sendable (String) -> Void
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level

    /// - Parameter write: takes a line, without its end.
    package init(label: String, level: Logger.Level, write: @escaping @Sendable (String) -> Void) {
        self.label = label
        self.write = write
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var line: JSONObject = [
            "time": .string(SystemClock().now().text), "level": .string(event.level.rawValue),
            "message": .string(event.message.description),
        ]
        let all = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            line[key == "hb.request.id" ? "id" : key] = .string(value.description)
        }
        if let error = event.error { line["error"] = .string("\(error)") }
        line["logger"] = .string(label)
        write(VisibleText.json(JSONValue.object(line).text))
    }

    /// The line that tells how many lines nobody has read in time.
    package static func report(dropped count: Int) -> String {
        let line: JSONObject = [
            "time": .string(SystemClock().now().text), "level": .string(Logger.Level.warning.rawValue),
            "message": "lines of the log were dropped, since nobody read them in time", "count": .string("\(count)"),
            "logger": "log",
        ]
        return JSONValue.object(line).text
    }
}
