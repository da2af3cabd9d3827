extension String {
    /// `/States/A/Choices[0]/Next` in its parts.
    var place: [String] {
        split(separator: "/").flatMap { part -> [String] in
            let pieces = part.split(separator: "[")
            return [String(pieces[0])] + pieces.dropFirst().map { "[" + $0 }
        }
    }
}
