/// Creates components by asking other factories, the last one added first (the toolkit's `CompositeFactory`).
public final class CompositeFactory: ComponentFactory {
    private let factories: Locked<[any ComponentFactory]>

    /// Creates a factory out of others.
    public init(_ factories: [any ComponentFactory] = []) { self.factories = Locked(factories) }

    /// Adds a factory, which is asked before those that are there.
    public func add(_ factory: any ComponentFactory) { factories.withLock { $0.append(factory) } }

    /// Removes a factory: the same object, wherever it stands. A factory that is a struct has no identity, and stays.
    public func remove(_ factory: any ComponentFactory) {
        guard let identity = ObjectIdentity.of(factory) else { return }
        factories.withLock { factories in factories.removeAll { ObjectIdentity.of($0) == identity } }
    }

    /// The registered locator that matches; nil when no factory can create the component.
    public func canCreate(_ locator: Locator) -> Locator? {
        factories.current.reversed().lazy.compactMap { $0.canCreate(locator) }.first
    }

    /// Creates a component.
    /// - Throws: Internal `CANNOT_CREATE` when no factory can, or what the constructor throws.
    public func create(_ locator: Locator) throws -> any Component {
        guard let factory = factories.current.reversed().first(where: { $0.canCreate(locator) != nil }) else {
            throw ApplicationError.cannotCreate(locator)
        }
        return try factory.create(locator)
    }

    /// All locators that can be created.
    public var locators: [Locator] { factories.current.flatMap(\.locators) }
}
