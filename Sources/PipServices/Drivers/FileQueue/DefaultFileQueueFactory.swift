/// Creates file-based queues by their descriptors.
public enum DefaultFileQueueFactory {
    /// Returns the factory. A queue takes its name from the descriptor.
    public static func create() -> Factory {
        Factory()
            .register(
                "pip-services:message-queue:file:*:1.0",
                requested: { requested in
                    if let name = requested.descriptor?.name { FileMessageQueue(name) } else { FileMessageQueue() }
                })
    }
}
