#if PIP_AZURE
/// Creates queues of Azure Service Bus by their descriptors and at run time.
///
/// Queues created at run time have the factory's settings, such as `credential.connection_string`, and its references.
public final class ServiceBusMessageQueueFactory: MessageQueueFactory, ComponentFactory, Referenceable, Component {
    private let config = OpenSection("", "The settings of the queues that the factory creates")
    private let references = Locked<References?>(nil)
    private let factory = Factory()
        .register(
            "pip-services:message-queue:servicebus-message-queue:*:1.0",
            requested: { ServiceBusMessageQueue(named: $0) })

    /// Creates a factory.
    public init() {}

    /// Stores the references for new queues.
    public func setReferences(_ references: References) async throws { self.references.withLock { $0 = references } }

    /// The registered locator that matches; nil if none does.
    public func canCreate(_ locator: Locator) -> Locator? { factory.canCreate(locator) }
    /// Creates the queue with the name in a descriptor.
    public func create(_ locator: Locator) throws -> any Component { try factory.create(locator) }
    /// The locators of Service Bus queues.
    public var locators: [Locator] { factory.locators }

    /// Creates a queue. The caller opens and closes it.
    /// - Throws: Misconfiguration `BAD_CONFIG`; InvalidState `NOT_LINKED`.
    public func createQueue(_ context: Context, _ name: String) async throws -> any MessageQueue {
        try await assemble(
            context, ServiceBusMessageQueue(name), named: name, config: config(), references: references.current)
    }
}
#endif
