import GRDB
import StatesLanguage

// A damaged file can hold anything in any column. Reading with `row["…"]` would end the process there, so every column
// is read with `decode`, which throws, and every document and word in one with these.

extension Row {
    /// The JSON document in a column.
    func json(_ column: String) throws -> JSONValue {
        try JSONValue(stored: try decode(String.self, forColumn: column))
    }

    /// The milliseconds in a column.
    func timestamp(_ column: String) throws -> Timestamp {
        Timestamp(milliseconds: try decode(Int64.self, forColumn: column))
    }

    /// The word of a closed list in a column.
    func word<Word: RawRepresentable>(_ column: String) throws -> Word where Word.RawValue == String {
        let text = try decode(String.self, forColumn: column)
        guard let word = Word(rawValue: text) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "'\(text)' is no value of the column \(column)")
        }
        return word
    }
}
