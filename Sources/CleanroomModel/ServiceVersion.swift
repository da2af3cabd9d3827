/// Which version of the service this is.
package enum ServiceVersion {
    /// The newest version in CHANGELOG.md, or the one that comes next.
    package static let current = "0.1.0"
}
