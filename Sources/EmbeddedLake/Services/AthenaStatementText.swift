extension AthenaStatement {
    /// The statement in Hive's DDL, every name in backticks and every text in quotes; read again it is the same.
    package var text: String {
        switch self {
        case .createDatabase(let statement):
            var words = ["CREATE DATABASE"]
            if statement.toleratesExisting { words.append("IF NOT EXISTS") }
            words.append("`\(statement.name)`")
            if let comment = statement.comment { words += ["COMMENT", Self.quoted(comment)] }
            if let location = statement.location { words += ["LOCATION", Self.quoted(location)] }
            if !statement.properties.isEmpty {
                let properties = statement.properties.map { Self.quoted($0.name) + "=" + Self.quoted($0.value) }
                words.append("WITH DBPROPERTIES (\(properties.joined(separator: ", ")))")
            }
            return words.joined(separator: " ")
        case .dropDatabase(let name, let toleratesMissing, let cascades):
            return "DROP DATABASE \(toleratesMissing ? "IF EXISTS " : "")`\(name)`\(cascades ? " CASCADE" : "")"
        case .showDatabases(let pattern): return "SHOW DATABASES" + (pattern.map { " LIKE " + Self.quoted($0) } ?? "")
        case .selectOne(let name): return "SELECT 1" + (name.map { " AS `\($0)`" } ?? "")
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = String.UnicodeScalarView()
        quoted.append("'")
        for scalar in text.unicodeScalars {
            if scalar == "'" || scalar == "\\" { quoted.append("\\") }
            quoted.append(scalar)
        }
        quoted.append("'")
        return String(quoted)
    }
}
