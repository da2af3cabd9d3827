/// Random numbers that the same seed gives again (SplitMix64), so that an execution can be replayed to the byte.
///
/// Source: <https://prng.di.unimi.it/splitmix64.c>
package struct SeededRandom: RandomNumberGenerator, Hashable, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    /// The seed that stands for a text (FNV-1a).
    package static func seed(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// A UUID of version 4 in lowercase.
    package mutating func uuid() -> String { Self.uuid(next(), next()) }

    /// The UUID of version 4 that two random numbers give.
    static func uuid(_ high: UInt64, _ low: UInt64) -> String {
        let high = high & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        func digits(_ value: UInt64, _ count: Int) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: count - text.count) + text
        }
        return digits(high >> 32, 8) + "-" + digits(high >> 16 & 0xFFFF, 4) + "-" + digits(high & 0xFFFF, 4)
            + "-" + digits(low >> 48, 4) + "-" + digits(low & 0xFFFF_FFFF_FFFF, 12)
    }
}
