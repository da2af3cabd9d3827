extension JSONataLibrary {
    /// Times. The host gives the time of an evaluation, so that all of it has one.
    ///
    /// Source: <https://docs.jsonata.org/date-time-functions>
    static let timeFunctions: [JSONataBuiltIn] = [
        JSONataBuiltIn("now", "<s?s?:s>") { call throws(JSONataFailure) in
            try text(of: call.evaluator.now, call[0], call[1], call)
        },
        JSONataBuiltIn("millis", "<:n>") { call throws(JSONataFailure) in .number(call.evaluator.now) },
        JSONataBuiltIn("fromMillis", "<n-s?s?:s>") { call throws(JSONataFailure) in
            guard case .number(let milliseconds) = call[0] else { return .undefined }
            return try text(of: milliseconds, call[1], call[2], call)
        },
        JSONataBuiltIn("toMillis", "<s-s?:n>") { call throws(JSONataFailure) in
            guard let text = try call.text(0) else { return .undefined }
            guard let picture = try call.picture(1) else {
                guard let milliseconds = ISOTime.milliseconds(of: text) else {
                    throw call.error(.notATimestamp, argument: 1)
                }
                return .number(milliseconds)
            }
            let milliseconds = try TimePicture(parsing: picture).milliseconds(
                of: text, now: call.evaluator.now, &call.evaluator.budget)
            return milliseconds.map { .number($0) } ?? .undefined
        },
    ]

    private static func text(
        of milliseconds: Double, _ picture: JSONataValue, _ zone: JSONataValue, _ call: JSONataCall
    ) throws(JSONataFailure) -> JSONataValue {
        let picture = picture.stringValue ?? TimePicture.iso8601
        try call.charge(steps: 16 + 2 * picture.utf8.count)
        // A component of three characters can be a number of `maximumWidth` digits, in words a little more.
        try call.charge(bytes: 64 * picture.utf8.count)
        return .string(try TimePicture(parsing: picture).text(ofMilliseconds: milliseconds, zone: zone.stringValue))
    }
}
