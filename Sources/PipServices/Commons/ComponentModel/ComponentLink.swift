/// A filled dependency of a component.
struct ComponentLink: Sendable {
    /// The name of the dependency.
    let name: String
    /// The components that fill it.
    let targets: [ObjectIdentifier]
    let isRequired: Bool
}
