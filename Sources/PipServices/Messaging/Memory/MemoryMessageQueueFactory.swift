/// Creates memory queues by their descriptors and at run time (the toolkit's `MemoryMessageQueueFactory`).
///
/// Queues created at run time use the factory's settings, such as `options.max_size`, and its references. With a
/// ``MemoryMessageConnection`` in the service, they reach the service's other queues.
public final class MemoryMessageQueueFactory: MessageQueueFactory, ComponentFactory, Referenceable, Component {
    private let config = OpenSection("", "The settings of the queues that the factory creates")
    private let references = Locked<References?>(nil)
    private let factory = Factory()
        .register("pip-services:message-queue:memory:*:1.0", requested: { MemoryMessageQueue(named: $0) })

    /// Creates a factory.
    public init() {}

    /// Stores the references for the queues.
    public func setReferences(_ references: References) async throws { self.references.withLock { $0 = references } }

    /// The registered locator that matches; nil if none does.
    public func canCreate(_ locator: Locator) -> Locator? { factory.canCreate(locator) }
    /// Creates a queue with the name in the descriptor.
    public func create(_ locator: Locator) throws -> any Component { try factory.create(locator) }
    /// The locators of memory queues.
    public var locators: [Locator] { factory.locators }

    /// Creates a queue. The caller opens and closes it.
    /// - Throws: Misconfiguration `BAD_CONFIG`; InvalidState `NOT_LINKED`.
    public func createQueue(_ context: Context, _ name: String) async throws -> any MessageQueue {
        try await assemble(
            context, MemoryMessageQueue(name), named: name, config: config(), references: references.current)
    }
}

extension MemoryMessageQueue {
    /// Creates the queue with the name in a descriptor.
    convenience init(named locator: Locator) {
        if let name = locator.descriptor?.name { self.init(name) } else { self.init() }
    }
}
