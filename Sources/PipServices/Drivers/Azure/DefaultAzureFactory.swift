/// Creates the components of the driver for Azure by their descriptors (the toolkit's `DefaultAzureFactory`).
public enum DefaultAzureFactory {
    /// Returns the factory. If the driver is not compiled in, its components cause an error that says how to compile it
    /// in.
    public static func create() -> Factory {
        #if PIP_AZURE
        Factory()
            .register("pip-services:logger:app-insights:*:1.0") { AppInsightsLogger() }
            .register("pip-services:counters:app-insights:*:1.0") { AppInsightsCounters() }
            .register(
                "pip-services:message-queue:storage-message-queue:*:1.0", requested: { StorageMessageQueue(named: $0) }
            )
            .register("pip-services:queue-factory:storage-message-queue:*:1.0") { StorageMessageQueueFactory() }
            .register(
                "pip-services:message-queue:servicebus-message-queue:*:1.0",
                requested: { ServiceBusMessageQueue(named: $0) }
            )
            .register(
                "pip-services:message-queue:servicebus-message-topic:*:1.0",
                requested: { ServiceBusMessageTopic(named: $0) }
            )
            .register("pip-services:queue-factory:servicebus-message-queue:*:1.0") { ServiceBusMessageQueueFactory() }
            .register("pip-services:lock:storage-table:*:1.0") { CloudStorageTableLock() }
            .register("pip-services:credential-store:key-vault:*:1.0") { KeyVaultCredentialStore() }
            .register("pip-services:config-reader:key-vault:*:1.0") { KeyVaultConfigReader() }
        #else
        AzureDriver.driver.absentFactory(
            "pip-services:logger:app-insights:*:1.0", "pip-services:counters:app-insights:*:1.0",
            "pip-services:message-queue:storage-message-queue:*:1.0",
            "pip-services:queue-factory:storage-message-queue:*:1.0",
            "pip-services:message-queue:servicebus-message-queue:*:1.0",
            "pip-services:message-queue:servicebus-message-topic:*:1.0",
            "pip-services:queue-factory:servicebus-message-queue:*:1.0", "pip-services:lock:storage-table:*:1.0",
            "pip-services:credential-store:key-vault:*:1.0", "pip-services:config-reader:key-vault:*:1.0")
        #endif
    }
}
