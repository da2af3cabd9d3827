/// A statement that the embedded Athena knows.
///
/// Source: <https://docs.aws.amazon.com/athena/latest/ug/create-database.html>
package enum AthenaStatement: Hashable {
    package struct CreateDatabase: Hashable {
        package var name: String
        package var toleratesExisting = false
        package var comment: String?
        package var location: String?
        package var properties: [Property] = []
    }

    package struct Property: Hashable {
        package let name: String
        package let value: String
    }

    case createDatabase(CreateDatabase)
    case dropDatabase(name: String, toleratesMissing: Bool, cascades: Bool)
    /// With a pattern in which `*` stands for anything.
    case showDatabases(like: String?)
    /// The query by which a client finds out whether anybody is there, with the name that it gives its column.
    case selectOne(as: String?)

    /// Whether it changes nothing.
    var onlyReads: Bool {
        switch self {
        case .createDatabase, .dropDatabase: false
        case .showDatabases, .selectOne: true
        }
    }

    /// Reads one statement.
    ///
    /// - Throws: `ServiceError` (`InvalidRequestException`) that says what was expected where.
    package init(parsing text: String) throws(ServiceError) {
        var scanner = Scanner(text)
        if scanner.takeWord("CREATE") {
            try scanner.expectWord("DATABASE", or: "SCHEMA")
            self = .createDatabase(try scanner.createDatabase())
        } else if scanner.takeWord("DROP") {
            try scanner.expectWord("DATABASE", or: "SCHEMA")
            let tolerates = try scanner.takeWords("IF", "EXISTS")
            let name = try scanner.name()
            let cascades = scanner.takeWord("CASCADE")
            if !cascades { _ = scanner.takeWord("RESTRICT") }
            self = .dropDatabase(name: name, toleratesMissing: tolerates, cascades: cascades)
        } else if scanner.takeWord("SHOW") {
            try scanner.expectWord("DATABASES", or: "SCHEMAS")
            self = .showDatabases(like: scanner.takeWord("LIKE") ? try scanner.text() : nil)
        } else if scanner.takeWord("SELECT") {
            try scanner.expectWord("1")
            self = .selectOne(as: try scanner.alias())
        } else {
            throw ServiceError(
                "InvalidRequestException",
                "'\(scanner.firstWord)' is not supported here: only CREATE DATABASE, DROP DATABASE, SHOW DATABASES and "
                    + "SELECT 1 are")
        }
        try scanner.end()
    }
}

/// Reads Hive's DDL.
private struct Scanner {
    private let scalars: [Unicode.Scalar]
    private var position = 0

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    /// The word with which the text begins.
    var firstWord: String {
        var scanner = self
        scanner.skipSpaces()
        let word = scalars[scanner.position...].prefix { !$0.properties.isWhitespace }.prefix(40)
        var text = String.UnicodeScalarView()
        text.append(contentsOf: word)
        return String(text)
    }

    mutating func createDatabase() throws(ServiceError) -> AthenaStatement.CreateDatabase {
        let tolerates = try takeWords("IF", "NOT", "EXISTS")
        var statement = AthenaStatement.CreateDatabase(name: try name())
        statement.toleratesExisting = tolerates
        if takeWord("COMMENT") { statement.comment = try text() }
        if takeWord("LOCATION") { statement.location = try text() }
        if takeWord("WITH") {
            try expectWord("DBPROPERTIES")
            try expect("(")
            repeat {
                let name = try text()
                try expect("=")
                statement.properties.append(.init(name: name, value: try text()))
            } while take(",")
            try expect(")")
        }
        return statement
    }

    /// The name of a column after its value, if there is one.
    mutating func alias() throws(ServiceError) -> String? {
        let isNamed = takeWord("AS")
        skipSpaces()
        if !isNamed, position == scalars.count || scalars[position] == ";" { return nil }
        return try name()
    }

    /// A name in backticks, of letters, digits, `_` and `-`; or a bare one without `-`, which is no reserved word.
    ///
    /// Source: <https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html>
    mutating func name() throws(ServiceError) -> String {
        skipSpaces()
        let name: String
        let isQuoted = take("`")
        if isQuoted {
            name = string(until: "`")
            guard take("`") else { throw expected("a closing backtick") }
        } else {
            name = string {
                $0 == "_" || $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil)
            }
        }
        let isValid = name.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "_") || isQuoted && byte == UInt8(ascii: "-") || (48...57).contains(byte)
                || (65...90).contains(byte)
                || (97...122).contains(byte)
        }
        guard isValid, (1...255).contains(name.utf8.count) else {
            throw expected("a name of 1 to 255 letters, digits and _")
        }
        if !isQuoted, AthenaStatement.reservedWords.contains(name.uppercased()) {
            throw expected("no reserved word without backticks, as '\(name)' is one,")
        }
        return name.lowercased()
    }

    /// A text in single quotes; a quote in it is doubled or follows a backslash.
    mutating func text() throws(ServiceError) -> String {
        guard take("'") else { throw expected("a text in single quotes") }
        var result: [UInt8] = []
        while position < scalars.count {
            let scalar = scalars[position]
            position += 1
            if scalar == "'" {
                if position < scalars.count, scalars[position] == "'" {
                    Self.append("'", to: &result)
                    position += 1
                } else {
                    return String(decoding: result, as: UTF8.self)
                }
            } else if scalar == "\\", position < scalars.count {
                Self.append(scalars[position], to: &result)
                position += 1
            } else {
                Self.append(scalar, to: &result)
            }
        }
        throw expected("a closing quote")
    }

    mutating func takeWord(_ word: String) -> Bool {
        skipSpaces()
        var end = position
        for letter in word.unicodeScalars {
            guard end < scalars.count else { return false }
            let value = scalars[end].value
            if ((97...122).contains(value) ? value - 32 : value) != letter.value { return false }
            end += 1
        }
        if end < scalars.count, scalars[end] == "_" || scalars[end].properties.isAlphabetic { return false }
        position = end
        return true
    }

    /// Takes all of the words, or none when the first is not there.
    mutating func takeWords(_ first: String, _ rest: String...) throws(ServiceError) -> Bool {
        guard takeWord(first) else { return false }
        for word in rest { try expectWord(word) }
        return true
    }

    mutating func expectWord(_ words: String..., or other: String? = nil) throws(ServiceError) {
        for word in words + (other.map { [$0] } ?? []) where takeWord(word) { return }
        throw expected(words[0])
    }

    mutating func end() throws(ServiceError) {
        _ = take(";")
        skipSpaces()
        if position < scalars.count { throw expected("the end of the statement") }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipSpaces()
        guard position < scalars.count, scalars[position] == scalar else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ scalar: Unicode.Scalar) throws(ServiceError) {
        if !take(scalar) { throw expected("'\(scalar)'") }
    }

    private mutating func skipSpaces() {
        while position < scalars.count {
            let scalar = scalars[position]
            let isSpace =
                scalar.isASCII
                ? scalar == " " || (0x09...0x0D).contains(scalar.value) : scalar.properties.isWhitespace
            if isSpace {
                position += 1
            } else if !skipComment() {
                return
            }
        }
    }

    /// Skips `-- …` up to the end of its line, or `/* … */`.
    private mutating func skipComment() -> Bool {
        guard position + 1 < scalars.count else { return false }
        switch (scalars[position], scalars[position + 1]) {
        case ("-", "-"):
            position = scalars[position...].firstIndex { $0 == "\n" || $0 == "\r" } ?? scalars.count
            return true
        case ("/", "*"):
            var end = position + 2
            while end + 1 < scalars.count {
                if scalars[end] == "*", scalars[end + 1] == "/" {
                    position = end + 2
                    return true
                }
                end += 1
            }
            return false
        default: return false
        }
    }

    private mutating func string(until end: Unicode.Scalar) -> String { string { $0 != end } }

    private mutating func string(while isWanted: (Unicode.Scalar) -> Bool) -> String {
        var result: [UInt8] = []
        while position < scalars.count, isWanted(scalars[position]) {
            Self.append(scalars[position], to: &result)
            position += 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
        if scalar.isASCII {
            bytes.append(UInt8(scalar.value))
        } else {
            bytes += UTF8.encode(scalar).map(Array.init) ?? []
        }
    }

    private func expected(_ what: String) -> ServiceError {
        ServiceError("InvalidRequestException", "line 1:\(position + 1): \(what) is expected here")
    }
}
