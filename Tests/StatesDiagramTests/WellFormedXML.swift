import Foundation

#if canImport(FoundationXML)
    import FoundationXML
#endif

enum WellFormedXML {
    static func isWellFormed(_ text: String) throws -> Bool { XMLParser(data: Data(text.utf8)).parse() }
}
