/// Holds configuration in memory (the toolkit's `MemoryConfigReader`).
///
/// It returns its own configuration. If parameters are passed, the configuration is rendered as a template in the form
/// `key1=value1;key2=value2`. A parameter that contains `;` therefore adds keys, as in the other editions. Safe from
/// any task.
public final class MemoryConfigReader: ConfigReader, Component {
    private let section = OpenSection("", "The configuration that the reader returns")
    private let assigned: Locked<ConfigParams?>
    private let listeners = ConfigListeners()

    /// Creates a reader that returns `config`, or its own configuration if nil.
    public init(_ config: ConfigParams? = nil) {
        assigned = Locked(config)
    }

    /// Returns the configuration, rendered if there are parameters.
    /// - Throws: BadRequest if the configuration is not a valid template.
    public func readConfig(_ context: Context, parameters: AnyValueMap?) throws -> ConfigParams {
        let config = config
        guard let parameters else { return config }
        return ConfigParams(parsing: try MustacheTemplate(config.description).render(parameters).text)
    }

    /// Replaces the configuration and notifies the listeners if it has changed.
    /// - Throws: the error of a listener that rejects it; the old configuration then stays in use.
    public func update(_ context: Context, _ config: ConfigParams) async throws {
        guard config != self.config else { return }
        do {
            try await listeners.announce(context, config)
        } catch {
            await listeners.reject(context, error)
            throw error
        }
        assigned.withLock { $0 = config }
    }

    /// Adds a listener for changes.
    public func addChangeListener(_ listener: any ConfigChangeListener) { listeners.add(listener) }

    /// Removes a listener for changes.
    public func removeChangeListener(_ listener: any ConfigChangeListener) { listeners.remove(listener) }

    // MARK: - Internal

    private var config: ConfigParams {
        let configured = section()
        return assigned.withLock { $0 } ?? configured
    }
}
