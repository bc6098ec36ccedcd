/// Creates memory queues, by their descriptors and while the service runs (the toolkit's `MemoryMessageQueueFactory`).
///
/// Queues that it creates while the service runs have its settings, such as `options.max_size`, and its references:
/// with a ``MemoryMessageConnection`` in the service, they reach the service's other queues.
public final class MemoryMessageQueueFactory: MessageQueueFactory, ComponentFactory, Referenceable, Component {
    private let config = OpenSection("", "The settings of the queues that the factory creates")
    private let references = Locked<References?>(nil)
    private let factory = Factory()
        .register("pip-services:message-queue:memory:*:1.0", requested: { MemoryMessageQueue(named: $0) })

    /// Creates a factory.
    public init() {}

    /// Keeps the references for the queues.
    public func setReferences(_ references: References) async throws { self.references.withLock { $0 = references } }

    /// The registered locator that matches; nil if there is none.
    public func canCreate(_ locator: Locator) -> Locator? { factory.canCreate(locator) }
    /// Creates a queue that is named by the descriptor.
    public func create(_ locator: Locator) throws -> any Component { try factory.create(locator) }
    /// The locators of memory queues.
    public var locators: [Locator] { factory.locators }

    /// Creates a queue, which its user opens and closes.
    /// - Throws: Misconfiguration `BAD_CONFIG`; InvalidState `NOT_LINKED`.
    public func createQueue(_ context: Context, _ name: String) async throws -> any MessageQueue {
        try await assemble(
            context, MemoryMessageQueue(name), named: name, config: config(), references: references.current)
    }
}

extension MemoryMessageQueue {
    /// Creates the queue that a descriptor names.
    convenience init(named locator: Locator) {
        if let name = locator.descriptor?.name { self.init(name) } else { self.init() }
    }
}
