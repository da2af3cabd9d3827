/// Where separators stand among the digits of a picture.
enum DigitGroups {
    /// How many digits each group has, where separators stand at all multiples of it; else 0.
    ///
    /// - Parameter positions: how many digits stand behind each separator.
    static func regularSize(_ positions: Set<Int>) -> Int {
        func divisor(_ first: Int, _ second: Int) -> Int { second == 0 ? first : divisor(second, first % second) }
        let factor = positions.reduce(0) { divisor($0, $1) }
        if factor == 0 { return 0 }
        return (1...positions.count).allSatisfy { positions.contains($0 * factor) } ? factor : 0
    }
}
