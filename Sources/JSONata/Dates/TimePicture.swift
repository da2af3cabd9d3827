/// A picture of a time, as `$fromMillis` and `$toMillis` take it: `[Y0001]-[M01]-[D01]`.
///
/// Source: <https://www.w3.org/TR/xpath-functions-31/#rules-for-datetime-formatting>
struct TimePicture {
    enum Part {
        case literal(String)
        case marker(Marker)
    }

    /// A component of a time, and how it is written.
    struct Marker {
        let component: Character
        /// How names are written, where the component is written as a name.
        var names: IntegerPicture.LetterCase?
        var format: IntegerPicture?
        var maximumWidth: Int?
        /// How many digits of a year there are; all, where nothing is said.
        var yearDigits: Int?
        /// How many digits to read, where another number follows at once.
        var parsedWidth: Int?
        /// Whether UTC is written `Z`.
        var writesZulu = false
    }

    let parts: [Part]

    /// What is written where no picture is given.
    static let iso8601 = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"

    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    static let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

    private static let defaults: [Character: String] = [
        "Y": "1", "M": "1", "D": "1", "d": "1", "F": "n", "W": "1", "w": "1", "X": "1", "x": "1", "H": "1", "h": "1",
        "P": "n", "m": "01", "s": "01", "f": "1", "Z": "01:01", "z": "01:01", "C": "n", "E": "n",
    ]

    /// Reads a picture.
    ///
    /// - Throws: D3131, D3132 and D3135.
    init(parsing picture: String) throws(JSONataFailure) {
        var parts: [Part] = []
        var literal = ""
        var rest = Array(picture.unicodeScalars)[...]
        func endLiteral() {
            if !literal.isEmpty { parts.append(.literal(literal)) }
            literal = ""
        }
        while let scalar = rest.popFirst() {
            if scalar == rest.first, scalar == "[" || scalar == "]" {
                literal.unicodeScalars.append(scalar)
                rest = rest.dropFirst()
            } else if scalar == "[" {
                endLiteral()
                guard let end = rest.firstIndex(of: "]") else { throw .error(JSONataError(.unclosedBracket)) }
                let marker = try Self.marker(rest[..<end])
                if marker.format?.digits != nil, case .marker(var previous)? = parts.last,
                    let digits = previous.format?.digits
                {
                    previous.parsedWidth = digits.minimum
                    parts[parts.count - 1] = .marker(previous)
                }
                parts.append(.marker(marker))
                rest = rest[(end + 1)...]
            } else {
                literal.unicodeScalars.append(scalar)
            }
        }
        endLiteral()
        self.parts = parts
    }

    private static func marker(_ scalars: ArraySlice<Unicode.Scalar>) throws(JSONataFailure) -> Marker {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars.filter { !Pattern.CharacterSet.blanks.contains($0) })
        guard let component = text.first else { throw .error(JSONataError(.unknownComponent, value: "")) }
        var marker = Marker(component: component)
        var presentation = text.dropFirst()
        var minimumWidth: Int?
        if let comma = presentation.lastIndex(of: ",") {
            let widths = presentation[presentation.index(after: comma)...].split(separator: "-")
            presentation = presentation[..<comma]
            minimumWidth = widths.first.flatMap { Int($0) }
            marker.maximumWidth = widths.count > 1 ? Int(widths[1]) : nil
        }
        var modifier: Character?
        if presentation.count > 1, let last = presentation.last, "atco".contains(last) {
            modifier = last
            presentation = presentation.dropLast()
        }
        if presentation.isEmpty {
            guard let standard = defaults[component] else {
                throw .error(JSONataError(.unknownComponent, value: String(component)))
            }
            presentation = Substring(standard)
        }
        marker.writesZulu = modifier == "t"
        if presentation.first == "n" {
            marker.names = .lower
        } else if presentation.first == "N" {
            marker.names = presentation.dropFirst().first == "n" ? .title : .upper
        } else if "YMDdFWwXxHhmsf".contains(component) {
            marker.format = try format(presentation, modifier, minimumWidth)
            if component == "Y" { marker.yearDigits = yearDigits(&marker) }
        } else if component == "Z" || component == "z" {
            marker.format = try IntegerPicture(parsing: String(presentation))
        }
        return marker
    }

    /// Widths are bounded: a picture of few bytes would make a long text.
    private static let maximumWidth = 256

    private static func format(
        _ presentation: Substring, _ modifier: Character?, _ minimumWidth: Int?
    ) throws(JSONataFailure) -> IntegerPicture {
        let format = try IntegerPicture(parsing: presentation + (modifier.map { ";\($0)" } ?? ""))
        guard let digits = format.digits, let minimumWidth, digits.minimum < minimumWidth else { return format }
        return format.with(minimum: min(minimumWidth, maximumWidth))
    }

    private static func yearDigits(_ marker: inout Marker) -> Int? {
        guard let digits = marker.format?.digits else { return marker.maximumWidth }
        if let width = marker.maximumWidth {
            marker.format = marker.format?.with(minimum: min(width, maximumWidth))
            return width
        }
        let width = digits.minimum + digits.optional
        return width >= 2 ? width : nil
    }
}
