/// The components of a service by locator (the toolkit's `References`).
///
/// Look-ups find the newest component first, so that a later one overrides an earlier one. Safe to use from any task.
public final class References: Sendable {
    private let references: Locked<[Reference]>

    /// Creates a registry that holds the pairs, in order.
    public init(_ pairs: [(Locator, any Sendable)] = []) {
        references = Locked(pairs.map { Reference($0.0, $0.1) })
    }

    /// Adds a component. One locator may be registered more than once.
    public func put(_ locator: Locator, _ component: any Sendable) {
        references.withLock { $0.append(Reference(locator, component)) }
    }

    /// Removes the newest component that matches, and gives it back.
    @discardableResult
    public func remove(_ locator: Locator) -> (any Sendable)? {
        references.withLock { references in
            references.lastIndex { $0.match(locator) }.map { references.remove(at: $0).component }
        }
    }

    /// Removes all components that match, and gives them back, newest first.
    @discardableResult
    public func removeAll(_ locator: Locator) -> [any Sendable] {
        references.withLock { references in
            let removed = references.filter { $0.match(locator) }
            references.removeAll { $0.match(locator) }
            return removed.reversed().map(\.component)
        }
    }

    /// All locators, oldest first.
    public var allLocators: [Locator] { references.current.map(\.locator) }

    /// All components, oldest first.
    public var all: [any Sendable] { references.current.map(\.component) }

    /// The components that match, newest first.
    /// - Throws: Internal `REF_ERROR` when there is none and one is required.
    public func find(_ locator: Locator, required: Bool) throws(ApplicationError) -> [any Sendable] {
        let found = matches(locator).map(\.component)
        if found.isEmpty, required { throw .missingReference(locator) }
        return found
    }

    /// The components that match and are of a type, newest first.
    public func getOptional<T>(_ locator: Locator, as type: T.Type = T.self) -> [T] {
        matches(locator).compactMap { $0.component as? T }
    }

    /// The components that match and are of a type, newest first.
    /// - Throws: Internal `REF_ERROR` when there is none.
    public func getRequired<T>(
        _ locator: Locator, as type: T.Type = T.self
    ) throws(ApplicationError) -> [T] {
        let found = getOptional(locator, as: type)
        if found.isEmpty { throw .missingReference(locator) }
        return found
    }

    /// The newest component that matches and is of a type, or nil.
    public func getOneOptional<T>(_ locator: Locator, as type: T.Type = T.self) -> T? {
        getOptional(locator, as: type).first
    }

    /// The newest component that matches and is of a type.
    /// - Throws: Internal `REF_ERROR` when there is none.
    public func getOneRequired<T>(
        _ locator: Locator, as type: T.Type = T.self
    ) throws(ApplicationError) -> T {
        guard let found = getOneOptional(locator, as: type) else { throw .missingReference(locator) }
        return found
    }

    // MARK: - Internal

    /// All references, oldest first.
    var present: [Reference] { references.current }

    /// The references that match, newest first.
    func matches(_ locator: Locator) -> [Reference] {
        references.current.reversed().filter { $0.match(locator) }
    }
}

extension ApplicationError {
    /// A component that is required and not there (the toolkit's `ReferenceException`).
    public static func missingReference(_ locator: Locator) -> ApplicationError {
        .internal(
            code: "REF_ERROR", "No component matches '\(locator)'", details: ["locator": .string("\(locator)")])
    }
}
