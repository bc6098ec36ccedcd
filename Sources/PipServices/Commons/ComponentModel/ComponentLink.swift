/// A filled dependency of a component.
struct ComponentLink: Sendable {
    /// The dependency's name.
    let name: String
    /// The components that it is filled with.
    let targets: [ObjectIdentifier]
    let isRequired: Bool
}
