/// The factory of caches, locks and state stores (the toolkit's `DefaultLogicFactory`).
public enum DefaultLogicFactory {
    /// Creates the factory of the in-memory and null implementations.
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
