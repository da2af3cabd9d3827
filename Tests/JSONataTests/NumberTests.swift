import Testing

struct NumberTests {
    @Test(arguments: [
        ("0.1 + 0.2", "0.3"), ("1/3", "0.333333333333333"), ("1e21", "1e+21"), ("1e20", "100000000000000000000"),
        ("0.000001", "0.000001"),
        ("0.0000001", "1e-7"), ("123456789012345678", "123456789012346000"), ("-0", "0"), ("1.5e-10", "1.5e-10"),
        ("5e-324", "5e-324"),
        ("1.7976931348623157e308", "1.79769313486232e+308"), ("1234567890123.125", "1234567890123.13"),
        ("5890840712243076", "5890840712243080"),
        ("100", "100"), ("9007199254740993", "9007199254740990"), ("0.1 * 3", "0.3"),
    ])
    func `a number is written with 15 digits at most, as JavaScript writes it`(number: String, text: String) {
        #expect(Evaluation.result(of: "$string(\(number))") == "\"\(text)\"")
    }

    @Test(arguments: [
        ("$round(2.5)", "2"), ("$round(3.5)", "4"), ("$round(-2.5)", "-2"), ("$round(1.005, 2)", "1"),
        ("$round(125, -1)", "120"),
        ("$round(4.525, 2)", "4.52"), ("$round(1e300, 2)", "1e+300"), ("$round(0.5)", "0"), ("$round(5, -1)", "0"),
        ("$round(15, -1)", "20"),
    ])
    func `a half is rounded to the even neighbour`(text: String, result: String) {
        #expect(Evaluation.result(of: "$string(\(text))") == "\"\(result)\"")
    }

    @Test(arguments: [
        ("0x1F", "31"), ("0b101", "5"), ("0o17", "15"), ("007", "7"), ("-1.5e3", "-1500"), ("1.", "D3030"),
        ("+1", "D3030"), ("", "D3030"),
        ("0xG", "D3030"), ("1e999", "D3030"), (" 1", "D3030"), ("Infinity", "D3030"),
    ])
    func `a text is read as a number`(text: String, result: String) {
        #expect(Evaluation.result(of: "$number('\(text)')") == result)
    }

    @Test(arguments: [
        ("$formatNumber(1234567.891, '#,##0.00')", "1,234,567.89"), ("$formatNumber(-5, '0;(0)')", "(5)"),
        ("$formatNumber(0.05, '0%')", "5%"),
        ("$formatNumber(0, '0.0e0')", "0.0e0"), ("$formatNumber(1234.5, '00.0e0')", "12.3e2"),
        ("$formatNumber(1, 'x0y')", "x1y"),
        ("$formatNumber(12, '٠٠٠', {'zero-digit': '٠'})", "٠١٢"), ("$formatBase(-255, 16)", "-ff"),
        ("$formatInteger(4, 'w;o')", "fourth"),
        ("$formatInteger(1234567, '#,##0')", "1,234,567"), ("$formatInteger(28, 'A')", "AB"),
        ("$formatInteger(1999, 'i')", "mcmxcix"),
        ("$formatInteger(11, '0;o')", "11th"),
        ("$formatInteger(21234, 'Ww')", "Twenty-One Thousand, Two Hundred and Thirty-Four"),
    ])
    func `a number is written by a picture`(text: String, result: String) {
        #expect(Evaluation.result(of: text) == "\"\(result)\"")
    }
}
