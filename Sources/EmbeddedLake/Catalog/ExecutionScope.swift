/// Which executions of a machine a list has.
package enum ExecutionScope: Hashable, Sendable {
    case all
    /// Those that were started by the machine's alias.
    case alias
    /// Those that run a version, and were started by it or by the alias.
    ///
    /// - Parameter id: the row of the version.
    case version(id: Int64)
}
