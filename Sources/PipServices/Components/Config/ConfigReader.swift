/// Reads configuration (the toolkit's `IConfigReader` and `ConfigReader`) and reports changes.
///
/// Readers are safe to use from any task.
public protocol ConfigReader: Sendable {
    /// Reads the configuration, a template that is rendered with `parameters`.
    ///
    /// - Throws: Misconfiguration or FileError, see the reader.
    func readConfig(_ context: Context, parameters: AnyValueMap?) async throws -> ConfigParams
    /// Adds a listener for changes. Adding it again has no effect.
    func addChangeListener(_ listener: any ConfigChangeListener)
    /// Removes a listener for changes.
    func removeChangeListener(_ listener: any ConfigChangeListener)
}

extension ConfigReader {
    /// Reads the configuration, without parameters.
    public func readConfig(_ context: Context) async throws -> ConfigParams {
        try await readConfig(context, parameters: nil)
    }
}
