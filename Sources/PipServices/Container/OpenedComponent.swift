/// A component that was opened, or one that may hold something although opening it failed.
struct OpenedComponent: Sendable {
    let component: any Component
    let closable: (any Closable)?
    let edge: (any Edge)?

    init(_ component: any Component) {
        let role = component.lifecycleRole
        self.component = component
        closable = role.closable
        edge = role.edge
    }
}
