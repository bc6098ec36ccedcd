/// Reads configuration (the toolkit's `IConfigReader` and `ConfigReader`), and tells when it has changed.
///
/// Readers are safe to use from any task.
public protocol ConfigReader: Sendable {
    /// Reads the configuration. It is a template, filled in with `parameters`.
    ///
    /// - Throws: Misconfiguration or FileError, see the reader.
    func readConfig(_ context: Context, parameters: AnyValueMap?) async throws -> ConfigParams
    /// Tells a listener of changes from now on. A listener is added once.
    func addChangeListener(_ listener: any ConfigChangeListener)
    /// Tells a listener of changes no longer.
    func removeChangeListener(_ listener: any ConfigChangeListener)
}

extension ConfigReader {
    /// Reads the configuration, without parameters.
    public func readConfig(_ context: Context) async throws -> ConfigParams {
        try await readConfig(context, parameters: nil)
    }
}
