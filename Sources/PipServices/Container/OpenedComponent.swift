/// A component that was opened, or one that may hold something although opening it failed.
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
