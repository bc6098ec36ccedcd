#if PIP_AZURE
/// Reads configuration from the secrets of an Azure Key Vault (the toolkit's `KeyVaultConfigReader`).
///
/// Each secret becomes a key, with dots instead of `-`: `connection-host` becomes `connection.host`. Its value is
/// rendered as a template. Disabled secrets are omitted. Changes are not detected. Safe to use from any task.
public final class KeyVaultConfigReader: ConfigReader, Component, Openable, Checkable {
    private let prefix = Setting(
        "prefix", default: "",
        "The prefix of the names of the secrets, which is removed from the keys")
    private let secrets = KeyVaultSecrets()

    /// Creates a reader.
    public init() {}

    /// True while the reader is open.
    public var isOpen: Bool { secrets.client.isOpen }
    /// Resolves the vault and the credentials.
    /// - Throws: as ``AzureConnectionResolver/resolve(_:)``; Misconfiguration `NO_URI`, `BAD_URI`, `BAD_VAULT` or
    ///   `NO_CREDENTIALS`.
    public func open(_ context: Context) async throws { try await secrets.client.open(context) }
    /// Checks the configuration, unless a part of it comes from a discovery service or a credential store.
    public func checkConfiguration(_ context: Context) async throws {
        try await secrets.client.checkConfiguration(context)
    }
    /// Closes the reader.
    public func close(_ context: Context) async throws { secrets.client.close() }

    /// Reads the configuration.
    /// - Throws: BadRequest if a secret is not a valid template; NoResponse if the vault can't be reached or rejects
    ///   the request.
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

    /// Does nothing, because changes are not detected.
    public func addChangeListener(_ listener: any ConfigChangeListener) {}
    /// Does nothing, because changes are not detected.
    public func removeChangeListener(_ listener: any ConfigChangeListener) {}
}
#endif
