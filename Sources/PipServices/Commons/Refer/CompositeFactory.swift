/// A factory that delegates to other factories, the last one added first (the toolkit's `CompositeFactory`).
public final class CompositeFactory: ComponentFactory {
    private let factories: Locked<[any ComponentFactory]>

    /// Creates a factory from others.
    public init(_ factories: [any ComponentFactory] = []) { self.factories = Locked(factories) }

    /// Adds a factory. It takes precedence over those added before.
    public func add(_ factory: any ComponentFactory) { factories.withLock { $0.append(factory) } }

    /// Removes a factory by identity. A factory that is a struct has no identity and can't be removed.
    public func remove(_ factory: any ComponentFactory) {
        guard let identity = ObjectIdentity.of(factory) else { return }
        factories.withLock { factories in factories.removeAll { ObjectIdentity.of($0) == identity } }
    }

    /// Returns the registered locator that matches; nil if no factory can create the component.
    public func canCreate(_ locator: Locator) -> Locator? {
        factories.current.reversed().lazy.compactMap { $0.canCreate(locator) }.first
    }

    /// Creates a component.
    /// - Throws: Internal `CANNOT_CREATE` if no factory can create it, or the error of the constructor.
    public func create(_ locator: Locator) throws -> any Component {
        guard let factory = factories.current.reversed().first(where: { $0.canCreate(locator) != nil }) else {
            throw ApplicationError.cannotCreate(locator)
        }
        return try factory.create(locator)
    }

    /// The locators of all components that the factories can create.
    public var locators: [Locator] { factories.current.flatMap(\.locators) }
}
