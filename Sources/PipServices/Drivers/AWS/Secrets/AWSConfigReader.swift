#if PIP_AWS
/// Reads configuration from a secret of AWS Secrets Manager (no toolkit equivalent).
///
/// The secret named by `path` contains JSON or `key1=value1;key2=value2`. It is rendered as a template before it is
/// parsed. Changes are not detected. Safe to use from any task.
public final class SecretsManagerConfigReader: ConfigReader, Component, Openable, Checkable {
    private let engine = AWSConfigReaderEngine(.secrets) { SecretsManagerSecrets(client: $0) }

    /// Creates a reader.
    public init() {}

    /// True while the reader is open.
    public var isOpen: Bool { engine.client.isOpen }
    /// Resolves the region and the credentials.
    /// - Throws: as ``AWSConnectionResolver/resolve(_:)``.
    public func open(_ context: Context) async throws { try await engine.client.open(context) }
    /// Checks the configuration, unless a part of it comes from a discovery service or a credential store.
    public func checkConfiguration(_ context: Context) async throws {
        try await engine.client.checkConfiguration(context)
    }
    /// Closes the reader.
    public func close(_ context: Context) async throws { engine.client.close() }

    /// Reads the configuration.
    /// - Throws: Misconfiguration `NO_SECRET` if no secret has this name; BadRequest if it is not a valid template.
    public func readConfig(_ context: Context, parameters: AnyValueMap?) async throws -> ConfigParams {
        try await engine.read(context, parameters)
    }

    /// Does nothing, because changes are not detected.
    public func addChangeListener(_ listener: any ConfigChangeListener) {}
    /// Does nothing, because changes are not detected.
    public func removeChangeListener(_ listener: any ConfigChangeListener) {}
}

/// Reads configuration from the parameter store of AWS Systems Manager (no toolkit equivalent).
///
/// Each parameter below `path` becomes a key, with dots instead of slashes: `/app/connection/host` below `/app` is
/// `connection.host`. A parameter at `path` itself has the format of a secret of ``SecretsManagerConfigReader``.
/// Changes are not detected. Safe to use from any task.
public final class SSMConfigReader: ConfigReader, Component, Openable, Checkable {
    private let engine = AWSConfigReaderEngine(.parameters) { SSMSecrets(client: $0) }

    /// Creates a reader.
    public init() {}

    /// True while the reader is open.
    public var isOpen: Bool { engine.client.isOpen }
    /// Resolves the region and the credentials.
    /// - Throws: as ``AWSConnectionResolver/resolve(_:)``.
    public func open(_ context: Context) async throws { try await engine.client.open(context) }
    /// Checks the configuration, unless a part of it comes from a discovery service or a credential store.
    public func checkConfiguration(_ context: Context) async throws {
        try await engine.client.checkConfiguration(context)
    }
    /// Closes the reader.
    public func close(_ context: Context) async throws { engine.client.close() }

    /// Reads the configuration.
    /// - Throws: Misconfiguration `NO_SECRET` if there are no parameters; BadRequest if one is not a valid template.
    public func readConfig(_ context: Context, parameters: AnyValueMap?) async throws -> ConfigParams {
        try await engine.read(context, parameters)
    }

    /// Does nothing, because changes are not detected.
    public func addChangeListener(_ listener: any ConfigChangeListener) {}
    /// Does nothing, because changes are not detected.
    public func removeChangeListener(_ listener: any ConfigChangeListener) {}
}

// MARK: - Internal

/// The shared implementation of both readers.
final class AWSConfigReaderEngine: Component {
    private let path = RequiredSetting<String>("path", "The name of the secret, or the path of the parameters")
    private let secrets: any AWSSecrets
    let client: AWSClient

    init(_ service: AWSService, _ secrets: (AWSClient) -> any AWSSecrets) {
        client = AWSClient(service)
        self.secrets = secrets(client)
    }

    func read(_ context: Context, _ parameters: AnyValueMap?) async throws -> ConfigParams {
        let path = try path()
        let found = try await secrets.readAll(context, path)
        guard !found.isEmpty else {
            throw ApplicationError.config(
                code: "NO_SECRET", key: "path",
                "'path' is '\(path.shortened)'; expected a name that AWS \(client.service.name) knows",
                traceId: context.traceId)
        }
        var config = ConfigParams()
        for (name, text) in found {
            let text = try parameters.map { try MustacheTemplate(text).render($0).text } ?? text
            if name.isEmpty {
                if let value = try? JSONParser.parse(text), value.map != nil {
                    config = config.override(ConfigParams(value))
                } else {
                    config = config.override(ConfigParams(parsing: text))
                }
            } else {
                config[name.parts(separatedBy: "/", omittingEmpty: true).joined(separator: ".")] = text
            }
        }
        return config
    }
}
#endif
