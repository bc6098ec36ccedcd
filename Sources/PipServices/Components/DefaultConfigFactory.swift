/// The factory of discovery services, credential stores and configuration readers (the toolkit's
/// `DefaultConfigFactory`).
public enum DefaultConfigFactory {
    /// Creates the factory.
    public static func create() -> Factory {
        Factory()
            .register("pip-services:credential-store:memory:*:1.0") { MemoryCredentialStore() }
            .register("pip-services:discovery:memory:*:1.0") { MemoryDiscovery() }
            .register("pip-services:config-reader:memory:*:1.0") { MemoryConfigReader() }
            .register("pip-services:config-reader:json:*:1.0") { JSONConfigReader() }
            .register("pip-services:config-reader:yaml:*:1.0") { YAMLConfigReader() }
    }
}
