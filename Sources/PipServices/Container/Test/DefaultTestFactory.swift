/// Creates test components by their descriptors (the toolkit's `DefaultTestFactory`).
public enum DefaultTestFactory {
    /// A factory for ``Shutdown``.
    public static func create() -> Factory {
        Factory().register("pip-services:shutdown:*:*:1.0") { Shutdown() }
    }
}
