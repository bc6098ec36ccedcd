/// Creates the components for brokers of AMQP 1.0 by their descriptors.
public enum DefaultAMQPFactory {
    /// A factory for the components, or one that tells how to compile the driver in.
    public static func create() -> Factory {
        #if PIP_AMQP
        Factory()
            .register("pip-services:connection:amqp:*:1.0") { AMQPConnection() }
            .register("pip-services:message-queue:amqp:*:1.0", requested: { AMQPMessageQueue(named: $0) })
            .register("pip-services:queue-factory:amqp:*:1.0") { AMQPMessageQueueFactory() }
            // The connector of drivers that need a client.
            .register(AMQPConnectorSlot.compiledIn) { AMQPProton() }
        #else
        AMQPDriver.driver.absentFactory(
            "pip-services:message-queue:amqp:*:1.0", "pip-services:connection:amqp:*:1.0",
            "pip-services:queue-factory:amqp:*:1.0")
        #endif
    }
}
