/// A component that was opened, or that failed to open and may hold resources.
struct OpenedComponent: Sendable {
    let component: any Component
    let openable: (any Openable)?
    let closable: (any Closable)?
    let edge: (any Edge)?

    init(_ component: any Component) {
        self.component = component
        // A failed cast to a protocol searches all conformances of the process: none is made that the others answer.
        openable = component as? any Openable
        closable = openable ?? (component as? any Closable)
        edge = openable.flatMap { $0 as? any Edge }
    }
}
