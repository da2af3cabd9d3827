import StatesLanguage

/// What became of a request, for people: a text of the document that `RequestReader` writes, whoever has sent it.
enum RequestText {
    /// The outcome and the delivery, in sentences.
    static func text(_ request: JSONValue) -> String {
        let (id, database) = (text(request["requestId"]), text(request["database"]))
        // Who reads a folder without its deployment does not know the bucket.
        let location = request["location"]?.stringValue.map { " at \($0)" } ?? ""
        var lines: [String] = []
        if request["repeated"] == true { lines.append("The request \(id) was made before; this is its outcome.") }
        switch request["status"] {
        case "RUNNING":
            lines.append(
                "It is not known yet what becomes of the cleanroom \(database). Ask again with --request-id \(id).")
        case "SUCCEEDED":
            lines.append(
                "The cleanroom \(database) stands\(location), shared with account \(text(request["account"])).")
        default:
            let error = request["outcome"]?["error"]
            lines.append(
                "The cleanroom \(database) was not made. \(text(error?["message"])): \(text(error?["cause"]))")
            if request["outcome"]?["leftovers"] != true { lines.append("Nothing of it is left behind.") }
        }
        lines.append(delivery(request))
        return lines.joined(separator: "\n")
    }

    /// What the account service was told, and how far that has come.
    static func delivery(_ request: JSONValue) -> String {
        guard let delivery = request["delivery"], delivery != .null else { return "No answer has been told." }
        let what = "POST \(text(delivery["path"])) \(delivery["body"]?.text ?? "")"
        return "\(state(of: delivery)): \(what)"
    }

    /// A request in one line.
    static func line(_ request: JSONValue) -> String { "\(text(request["requestId"]))  \(outcome(request))" }

    /// What became of it, and of its answer, in one line.
    static func outcome(_ request: JSONValue) -> String {
        let delivery = request["delivery"].flatMap { $0 == .null ? nil : $0 }
        let state = delivery.map { ": " + self.state(of: $0).lowercasedFirst } ?? ""
        return "\(text(request["database"]))  \(text(request["status"]))\(state)"
    }

    /// The steps, one to a line.
    static func steps(_ request: JSONValue) -> [String] {
        (request["steps"]?.arrayValue ?? []).map { step in
            let mark = step["status"] == "DONE" ? "✓" : step["status"] == "FAILED" ? "✗" : "…"
            let failure = step["failure"].map { "  \(text($0["error"])): \(text($0["cause"]))" } ?? ""
            return "  \(mark) \(text(step["name"]))\(step["found"] == false ? "  not there" : failure)"
        }
    }

    private static func state(of delivery: JSONValue) -> String {
        switch delivery["status"] {
        case "KEPT": return "Answer kept"
        case "DELIVERED": return "Answer delivered"
        default:
            let attempts = delivery["attempts"]?.integerValue ?? 0
            let failure = delivery["failure"].map { " after \(text($0["error"]))" } ?? ""
            let next = delivery["nextAttemptAt"].map { ", sent again at \(text($0))" }
            let rest = delivery["isGivenUp"] == true ? ", given up" : next ?? ""
            return "Answer not delivered yet (attempt \(attempts)\(failure)\(rest))"
        }
    }

    private static func text(_ json: JSONValue?) -> String { VisibleText.text(json?.stringValue ?? "") }
}

extension String {
    fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
