/// What AWS asks IAM before it carries a call out: whether the role may do an action to a resource.
package struct AccessRequest: Hashable, Sendable, CustomStringConvertible {
    package let action: String
    package let resource: String
    /// The condition keys that AWS puts into the request, each with its values.
    package let keys: [String: [String]]

    package init(_ action: String, on resource: String, keys: [String: [String]] = [:]) {
        (self.action, self.resource, self.keys) = (action, resource, keys)
    }

    package var description: String {
        let keys = keys.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.joined(separator: ","))" }
        return "\(action) on \(resource)" + (keys.isEmpty ? "" : " with " + keys.joined(separator: " "))
    }
}
