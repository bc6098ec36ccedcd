/// Creates the components of the MQTT driver by their descriptors (the toolkit's `DefaultMqttFactory`).
public enum DefaultMQTTFactory {
    /// Returns the factory. If the driver is not compiled in, its components cause an error that says how to compile it
    /// in.
    public static func create() -> Factory {
        #if PIP_MQTT
        Factory()
            .register("pip-services:connection:mqtt:*:1.0") { MQTTConnection() }
            .register("pip-services:message-queue:mqtt:*:1.0", requested: { MQTTMessageQueue(named: $0) })
            .register("pip-services:queue-factory:mqtt:*:1.0") { MQTTMessageQueueFactory() }
        #else
        MQTTConnector.driver.absentFactory(
            "pip-services:message-queue:mqtt:*:1.0", "pip-services:connection:mqtt:*:1.0",
            "pip-services:queue-factory:mqtt:*:1.0")
        #endif
    }
}
