/// Creates the components for RabbitMQ by their descriptors (the toolkit's `DefaultRabbitMQFactory`).
public enum DefaultRabbitMQFactory {
    /// Returns the factory. If the driver is not compiled in, its components cause an error that says how to compile it
    /// in.
    public static func create() -> Factory {
        #if PIP_ACTIVEMQ
        Factory()
            .register("pip-services:connection:rabbitmq:*:1.0") { RabbitMQConnection() }
            .register("pip-services:message-queue:rabbitmq:*:1.0", requested: { RabbitMQMessageQueue(named: $0) })
            .register("pip-services:queue-factory:rabbitmq:*:1.0") { RabbitMQMessageQueueFactory() }
        #else
        STOMPConnector.driver.absentFactory(
            "pip-services:message-queue:rabbitmq:*:1.0", "pip-services:connection:rabbitmq:*:1.0",
            "pip-services:queue-factory:rabbitmq:*:1.0")
        #endif
    }
}
