#if PIP_AZURE
/// Reads configuration from the secrets of an Azure Key Vault (the toolkit's `KeyVaultConfigReader`).
///
/// Each secret is a key, with dots in place of `-`: `connection-host` is `connection.host`. Its text is a template. Secrets
/// that are disabled are left out. Changes are not noticed. Safe to use from any task.
public final class KeyVaultConfigReader: ConfigReader, Component, Openable, Checkable {
    private let prefix = Setting("prefix", default: "", "What the names of the secrets begin with, which is left out")
    private let secrets = KeyVaultSecrets()

    /// Creates a reader.
    public init() {}

    /// True while the reader is open.
    public var isOpen: Bool { secrets.client.isOpen }
    /// Finds the vault and the credentials.
    /// - Throws: as ``AzureConnectionResolver/resolve(_:)``; Misconfiguration `NO_URI`, `BAD_URI`, `BAD_VAULT` or
    ///   `NO_CREDENTIALS`.
    public func open(_ context: Context) async throws { try await secrets.client.open(context) }
    /// Checks the configuration, unless it has to be looked up.
    public func checkConfiguration(_ context: Context) async throws {
        try await secrets.client.checkConfiguration(context)
    }
    /// Closes the reader.
    public func close(_ context: Context) async throws { secrets.client.close() }

    /// Reads the configuration.
    /// - Throws: BadRequest if a secret is not a template; NoResponse if the vault can't be reached or refuses.
    public func readConfig(_ context: Context, parameters: AnyValueMap?) async throws -> ConfigParams {
        var config = ConfigParams()
        for name in try await secrets.names(context) {
            guard let key = name.dropping(prefix: prefix()), !key.isEmpty,
                let text = try await secrets.read(context, name)
            else { continue }
            config[String(key).replacing(text: "-", with: ".")] =
                try parameters.map { try MustacheTemplate(text).render($0).text } ?? text
        }
        return config
    }

    /// Does nothing: changes are not noticed.
    public func addChangeListener(_ listener: any ConfigChangeListener) {}
    /// Does nothing: changes are not noticed.
    public func removeChangeListener(_ listener: any ConfigChangeListener) {}
}
#endif
