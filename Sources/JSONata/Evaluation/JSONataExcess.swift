/// What a budget had not enough of.
package enum JSONataExcess: String, Sendable {
    case steps, depth, bytes
}
