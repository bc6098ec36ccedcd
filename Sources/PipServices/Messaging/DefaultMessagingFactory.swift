/// Creates queues, listeners and receivers by their descriptors (the toolkit's `DefaultMessagingFactory`).
public enum DefaultMessagingFactory {
    /// Returns the factory. A queue takes its name from the descriptor.
    public static func create() -> Factory {
        Factory()
            .register("pip-services:message-queue:memory:*:1.0", requested: { MemoryMessageQueue(named: $0) })
            .register("pip-services:connection:memory:*:1.0") { MemoryMessageConnection() }
            .register("pip-services:queue-factory:memory:*:1.0") { MemoryMessageQueueFactory() }
            .register("pip-services:message-listener:default:*:1.0") { MessageListener() }
            .register("pip-services:message-receiver:commandable:*:1.0") { CommandableMessageReceiver() }
            .register("pip-services:message-receiver:idempotent:*:1.0") {
                IdempotentMessageReceiver(MemoryKeyValueConnector())
            }
            .register("pip-services:outbox-relay:default:*:1.0") { OutboxRelay() }
    }
}
