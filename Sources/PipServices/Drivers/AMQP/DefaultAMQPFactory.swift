/// Creates the components of the AMQP 1.0 driver by their descriptors.
public enum DefaultAMQPFactory {
    /// Returns the factory. If the driver is not compiled in, its components cause an error that says how to compile it
    /// in.
    public static func create() -> Factory {
        #if PIP_AMQP
        Factory()
            .register("pip-services:connection:amqp:*:1.0") { AMQPConnection() }
            .register("pip-services:message-queue:amqp:*:1.0", requested: { AMQPMessageQueue(named: $0) })
            .register("pip-services:queue-factory:amqp:*:1.0") { AMQPMessageQueueFactory() }
            // The connector for drivers that need a client.
            .register(AMQPConnectorSlot.compiledIn) { AMQPProton() }
        #else
        AMQPDriver.driver.absentFactory(
            "pip-services:message-queue:amqp:*:1.0", "pip-services:connection:amqp:*:1.0",
            "pip-services:queue-factory:amqp:*:1.0")
        #endif
    }
}
