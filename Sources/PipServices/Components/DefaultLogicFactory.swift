/// Creates caches, locks and state stores by their descriptors (the toolkit's `DefaultLogicFactory`).
public enum DefaultLogicFactory {
    /// A factory for the ones in memory, and those that do nothing.
    public static func create() -> Factory {
        Factory()
            .register("pip-services:cache:null:*:1.0") { NullCache() }
            .register("pip-services:cache:memory:*:1.0") { MemoryCache() }
            .register("pip-services:lock:null:*:1.0") { NullLock() }
            .register("pip-services:lock:memory:*:1.0") { MemoryLock() }
            .register("pip-services:state-store:null:*:1.0") { NullStateStore() }
            .register("pip-services:state-store:memory:*:1.0") { MemoryStateStore() }
    }
}
