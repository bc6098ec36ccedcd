/// Creates the components for ActiveMQ by their descriptors.
public enum DefaultActiveMQFactory {
    /// Returns the factory. If the driver is not compiled in, its components cause an error that says how to compile it
    /// in.
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
