/// A component that was opened, or that failed to open and may hold resources.
struct OpenedComponent: Sendable {
    let component: any Component
    let closable: (any Closable)?
    let edge: (any Edge)?

    init(_ component: any Component) {
        self.component = component
        closable = component as? any Closable
        edge = component as? any Edge
    }
}
