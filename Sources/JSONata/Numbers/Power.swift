#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Powers, which Swift leaves to the C library.
enum Power {
    static func power(_ base: Double, _ exponent: Double) -> Double {
        // JavaScript has no value for this where C has 1.
        if base.magnitude == 1, exponent.isInfinite { return .nan }
        return pow(base, exponent)
    }
}
