/// How the machine of an execution was named when it was started, if not by its ARN alone: by an alias, or by a version.
package struct MachineQualifier: Hashable, Sendable {
    /// The name of the alias; `nil` where the version was named.
    package let alias: String?
    /// The number of the version that runs.
    package let version: Int64

    package init(alias: String?, version: Int64) {
        self.alias = alias
        self.version = version
    }

    /// - Parameter machine: the ARN of the machine.
    package func versionARN(of machine: String) -> String { "\(machine):\(version)" }

    /// - Parameter machine: the ARN of the machine.
    /// - Returns: `nil` where the version was named.
    package func aliasARN(of machine: String) -> String? { alias.map { "\(machine):\($0)" } }
}
