#if PIP_AMQP
/// Creates queues on AMQP 1.0 brokers by their descriptors and at run time.
///
/// Queues created at run time have the factory's settings, such as `options.prefetch`, and its references, so they
/// share the service's ``AMQPConnection`` if it has one.
public final class AMQPMessageQueueFactory: MessageQueueFactory, ComponentFactory, Referenceable, Component {
    private let config = OpenSection("", "The settings of the queues that the factory creates")
    private let references = Locked<References?>(nil)
    private let factory = Factory()
        .register("pip-services:message-queue:amqp:*:1.0", requested: { AMQPMessageQueue(named: $0) })

    /// Creates a factory.
    public init() {}

    /// Stores the references for new queues.
    public func setReferences(_ references: References) async throws { self.references.withLock { $0 = references } }

    /// The registered locator that matches; nil if none does.
    public func canCreate(_ locator: Locator) -> Locator? { factory.canCreate(locator) }
    /// Creates the queue with the name in a descriptor.
    public func create(_ locator: Locator) throws -> any Component { try factory.create(locator) }
    /// The locators of the queues.
    public var locators: [Locator] { factory.locators }

    /// Creates a queue. The caller opens and closes it.
    /// - Throws: Misconfiguration `BAD_CONFIG`; InvalidState `NOT_LINKED`.
    public func createQueue(_ context: Context, _ name: String) async throws -> any MessageQueue {
        try await assemble(
            context, AMQPMessageQueue(name), named: name, config: config(), references: references.current)
    }
}

extension AMQPMessageQueue {
    /// Creates the queue with the name in a descriptor.
    convenience init(named locator: Locator) {
        if let name = locator.descriptor?.name { self.init(name) } else { self.init() }
    }
}
#endif
