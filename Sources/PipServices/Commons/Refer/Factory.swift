/// Creates components with closures that are registered by locator (the toolkit's `Factory`).
///
/// ```swift
/// Factory("hello:service:default:*:1.0") { HelloService() }
/// ```
public final class Factory: ComponentFactory {
    private struct Registration: Sendable {
        let locator: Locator
        let create: @Sendable (Locator) throws -> any Component
    }

    private let registrations = Locked<[Registration]>([])

    /// Creates an empty factory.
    public init() {}

    /// Creates a factory for one locator.
    public init(_ locator: Locator, _ create: @escaping @Sendable () throws -> any Component) {
        register(locator, create)
    }

    /// Registers a closure that creates the components at a locator. If two locators match, the first one registered
    /// wins.
    @discardableResult
    public func register(_ locator: Locator, _ create: @escaping @Sendable () throws -> any Component) -> Self {
        register(locator, requested: { _ in try create() })
    }

    /// Registers a closure that creates the components at a locator. The closure receives the requested locator, from
    /// which for example queues take their name.
    @discardableResult
    public func register(
        _ locator: Locator, requested create: @escaping @Sendable (Locator) throws -> any Component
    ) -> Self {
        registrations.withLock { $0.append(Registration(locator: locator, create: create)) }
        return self
    }

    /// Returns the registered locator that matches, or nil.
    public func canCreate(_ locator: Locator) -> Locator? { registration(locator)?.locator }

    /// Creates a component.
    /// - Throws: Internal `CANNOT_CREATE` if no locator matches, or the error of the closure.
    public func create(_ locator: Locator) throws -> any Component {
        guard let registration = registration(locator) else { throw ApplicationError.cannotCreate(locator) }
        return try registration.create(locator)
    }

    /// All registered locators.
    public var locators: [Locator] { registrations.current.map(\.locator) }

    // MARK: - Internal

    private func registration(_ locator: Locator) -> Registration? {
        registrations.current.first { $0.locator.match(locator) }
    }
}

extension ApplicationError {
    /// Returns the error for a component that no factory can create (the toolkit's `CreateException`).
    public static func cannotCreate(_ locator: Locator) -> ApplicationError {
        .internal(
            code: "CANNOT_CREATE", "No factory can create '\(locator)'", details: ["locator": .string("\(locator)")])
    }
}
