#if PIP_MQTT
/// Creates MQTT queues, by their descriptors and while the service runs (the toolkit's `MqttMessageQueueFactory`).
///
/// Queues that it creates while the service runs have its settings, such as `options.qos`, and its references: with an
/// ``MQTTConnection`` in the service, they share it.
public final class MQTTMessageQueueFactory: MessageQueueFactory, ComponentFactory, Referenceable, Component {
    private let config = OpenSection("", "The settings of the queues that the factory creates")
    private let references = Locked<References?>(nil)
    private let factory = Factory()
        .register("pip-services:message-queue:mqtt:*:1.0", requested: { MQTTMessageQueue(named: $0) })

    /// Creates a factory.
    public init() {}

    /// Keeps the references for the queues.
    public func setReferences(_ references: References) async throws { self.references.withLock { $0 = references } }

    /// The registered locator that matches; nil if there is none.
    public func canCreate(_ locator: Locator) -> Locator? { factory.canCreate(locator) }
    /// Creates a queue that is named by the descriptor.
    public func create(_ locator: Locator) throws -> any Component { try factory.create(locator) }
    /// The locators of MQTT queues.
    public var locators: [Locator] { factory.locators }

    /// Creates a queue, which its user opens and closes.
    /// - Throws: Misconfiguration `BAD_CONFIG`; InvalidState `NOT_LINKED`.
    public func createQueue(_ context: Context, _ name: String) async throws -> any MessageQueue {
        try await assemble(
            context, MQTTMessageQueue(name), named: name, config: config(), references: references.current)
    }
}

extension MQTTMessageQueue {
    /// Creates the queue that a descriptor names.
    convenience init(named locator: Locator) {
        if let name = locator.descriptor?.name { self.init(name) } else { self.init() }
    }
}
#endif
