/// Creates the components of the driver for MQTT by their descriptors (the toolkit's `DefaultMqttFactory`).
public enum DefaultMQTTFactory {
    /// A factory for the driver's components, or one that tells how to compile the driver in.
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
