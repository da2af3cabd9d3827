import StatesLanguage

/// Until when a Wait state waits.
extension Interpreter {
    /// AWS waits for as many seconds as 32 bits hold, and no longer.
    private static let longestWait: Int64 = Int64(Int32.max) * 1000

    mutating func moment(_ wait: WaitState, _ input: JSONValue) throws(StateFailure) -> Timestamp {
        let moment: Timestamp
        switch wait {
        case .seconds(let seconds): return now.advanced(byMilliseconds: seconds * 1000)
        case .timestamp(let timestamp): moment = timestamp
        case .secondsQuery(let expression):
            let value = try evaluate(expression, "Seconds", as: .number, input)
            guard let seconds = value.integerValue else {
                throw .query(
                    QueryFailure("The Seconds field cannot be parsed as a long value: \(value.quoted)", at: "Seconds"))
            }
            if seconds < 0 {
                throw .query(QueryFailure("The Seconds field has a negative value: \(seconds)", at: "Seconds"))
            }
            moment = now.advanced(byMilliseconds: min(seconds, Self.longestWait) * 1000)
        case .timestampQuery(let expression):
            let value = try evaluate(expression, "Timestamp", as: .string, input).stringValue ?? ""
            guard let timestamp = Timestamp(parsing: value) else {
                throw .query(
                    QueryFailure(
                        "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: "
                            + value.shortened(to: MessageText.maximumQuoteLength), at: "Timestamp"))
            }
            moment = timestamp
        case .secondsPath(let path):
            let value = try found(path, "SecondsPath", input)
            guard case .integer(let seconds) = value else {
                throw .runtime(
                    "The SecondsPath parameter cannot be parsed as a long value: \(path.text.quoted) == \(value.quoted)"
                )
            }
            if seconds < 0 {
                throw .runtime(
                    "The SecondsPath parameter references a negative value: \(path.text.quoted) == \(seconds)")
            }
            moment = now.advanced(byMilliseconds: min(seconds, Self.longestWait) * 1000)
        case .timestampPath(let path):
            let value = try found(path, "TimestampPath", input)
            guard let timestamp = value.stringValue.flatMap(Timestamp.init(parsing:)) else {
                throw .runtime(
                    "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format "
                        + "string: \(path.text.quoted) == \(value.stringValue?.quoted ?? value.quoted)")
            }
            moment = timestamp
        }
        if moment.milliseconds - now.milliseconds > Self.longestWait {
            throw .runtime("Wait state delay is too long.")
        }
        return moment
    }

    private mutating func found(_ path: JSONPath, _ field: String, _ input: JSONValue) throws(StateFailure) -> JSONValue
    {
        do {
            return try find(path, input)
        } catch {
            throw .runtime("The \(field) parameter does not reference an input value: \(path.text.quoted)")
        }
    }
}
