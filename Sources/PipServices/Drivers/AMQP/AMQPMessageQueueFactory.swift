#if PIP_AMQP
/// Creates queues on brokers of AMQP 1.0, by their descriptors and while the service runs.
///
/// Queues that it creates while the service runs have its settings, such as `options.prefetch`, and its references: with
/// an ``AMQPConnection`` in the service, they share it.
public final class AMQPMessageQueueFactory: MessageQueueFactory, ComponentFactory, Referenceable, Component {
    private let config = OpenSection("", "The settings of the queues that the factory creates")
    private let references = Locked<References?>(nil)
    private let factory = Factory()
        .register("pip-services:message-queue:amqp:*:1.0", requested: { AMQPMessageQueue(named: $0) })

    /// Creates a factory.
    public init() {}

    /// Keeps the references for the queues.
    public func setReferences(_ references: References) async throws { self.references.withLock { $0 = references } }

    /// The registered locator that matches; nil if there is none.
    public func canCreate(_ locator: Locator) -> Locator? { factory.canCreate(locator) }
    /// Creates a queue that is named by the descriptor.
    public func create(_ locator: Locator) throws -> any Component { try factory.create(locator) }
    /// The locators of the queues.
    public var locators: [Locator] { factory.locators }

    /// Creates a queue, which its user opens and closes.
    /// - Throws: Misconfiguration `BAD_CONFIG`; InvalidState `NOT_LINKED`.
    public func createQueue(_ context: Context, _ name: String) async throws -> any MessageQueue {
        try await assemble(
            context, AMQPMessageQueue(name), named: name, config: config(), references: references.current)
    }
}

extension AMQPMessageQueue {
    /// Creates the queue that a descriptor names.
    convenience init(named locator: Locator) {
        if let name = locator.descriptor?.name { self.init(name) } else { self.init() }
    }
}
#endif
