/// Creates queues in files by their descriptors.
public enum DefaultFileQueueFactory {
    /// A factory for them. A queue takes its name from the descriptor.
    public static func create() -> Factory {
        Factory()
            .register(
                "pip-services:message-queue:file:*:1.0",
                requested: { requested in
                    if let name = requested.descriptor?.name { FileMessageQueue(name) } else { FileMessageQueue() }
                })
    }
}
