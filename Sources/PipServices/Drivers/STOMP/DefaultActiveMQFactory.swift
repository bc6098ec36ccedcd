/// Creates the components for ActiveMQ by their descriptors.
public enum DefaultActiveMQFactory {
    /// A factory for the components, or one that tells how to compile the driver in.
    public static func create() -> Factory {
        #if PIP_ACTIVEMQ
        Factory()
            .register("pip-services:connection:activemq:*:1.0") { ActiveMQConnection() }
            .register("pip-services:message-queue:activemq:*:1.0", requested: { ActiveMQMessageQueue(named: $0) })
            .register("pip-services:queue-factory:activemq:*:1.0") { ActiveMQMessageQueueFactory() }
        #else
        STOMPConnector.driver.absentFactory(
            "pip-services:message-queue:activemq:*:1.0", "pip-services:connection:activemq:*:1.0",
            "pip-services:queue-factory:activemq:*:1.0")
        #endif
    }
}
