/// The workflows of this service. Who adds one adds its folder, and a line here.
package enum Workflows {
    package static let all: [Workflow] = [
        .createCleanroom
    ]
}
