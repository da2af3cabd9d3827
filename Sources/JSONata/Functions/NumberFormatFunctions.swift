extension JSONataLibrary {
    /// Numbers as text by pictures, and back.
    ///
    /// Source: <https://docs.jsonata.org/numeric-functions>
    static let numberFormatFunctions: [JSONataBuiltIn] = [
        JSONataBuiltIn("formatNumber", "<n-so?:s>") { call throws(JSONataFailure) in
            guard case .number(let number) = call[0], let picture = try call.picture(1) else { return .undefined }
            return try call.made(NumberPicture(parsing: picture, options: call[2].objectValue).text(of: number))
        },
        JSONataBuiltIn("formatBase", "<n-n?:s>") { call throws(JSONataFailure) in
            guard case .number(let number) = call[0] else { return .undefined }
            let radix = (call[1].numberValue ?? 10).roundedHalfEven(places: 0)
            guard radix >= 2, radix <= 36 else { throw .error(JSONataError(.badRadix, value: .number(radix))) }
            guard number.isFinite else { return .string(number.javaScriptText) }
            let rounded = number.roundedHalfEven(places: 0)
            if radix == 10 { return .string(rounded.javaScriptText) }
            return try call.made(digits(of: rounded.magnitude, radix: radix, isNegative: rounded < 0))
        },
        JSONataBuiltIn("formatInteger", "<n-s:s>") { call throws(JSONataFailure) in
            guard case .number(let number) = call[0], let picture = try call.picture(1) else { return .undefined }
            return try call.made(IntegerPicture(parsing: picture).text(of: number))
        },
        JSONataBuiltIn("parseInteger", "<s-s:n>") { call throws(JSONataFailure) in
            guard let text = try call.text(0), let picture = try call.picture(1) else { return .undefined }
            let format = try IntegerPicture(parsing: picture)
            // What a picture cannot have written is read all the same where it makes sense.
            _ = try format.pattern(width: nil)
            return .number(format.number(of: text))
        },
    ]

    private static func digits(of number: Double, radix: Double, isNegative: Bool) -> String {
        var digits: [UInt8] = []
        var rest = number
        repeat {
            let digit = UInt8(rest.truncatingRemainder(dividingBy: radix))
            digits.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            rest = (rest / radix).rounded(.down)
        } while rest > 0
        return (isNegative ? "-" : "") + String(decoding: digits.reversed(), as: UTF8.self)
    }
}

extension JSONataCall {
    /// A picture that is an argument: a long one costs what reading and writing it does.
    func picture(_ index: Int) throws(JSONataFailure) -> String? {
        guard case .string(let picture) = self[index] else { return nil }
        try charge(steps: 16 + 2 * picture.utf8.count)
        return picture
    }
}
