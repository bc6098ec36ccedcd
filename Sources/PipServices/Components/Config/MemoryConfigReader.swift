/// Holds configuration in memory (the toolkit's `MemoryConfigReader`).
///
/// Its own configuration is what it gives. With parameters that is taken for a template, as one text of the form
/// `key1=value1;key2=value2`: a parameter with `;` in it adds keys, as in the other editions. Safe from any task.
public final class MemoryConfigReader: ConfigReader, Component {
    private let section = OpenSection("", "What the reader gives")
    private let assigned: Locked<ConfigParams?>
    private let listeners = ConfigListeners()

    /// Creates a reader that gives `config`, or nil for what it is configured with.
    public init(_ config: ConfigParams? = nil) {
        assigned = Locked(config)
    }

    /// Gives the configuration; filled in, when there are parameters.
    /// - Throws: BadRequest, when the configuration is no template.
    public func readConfig(_ context: Context, parameters: AnyValueMap?) throws -> ConfigParams {
        let config = config
        guard let parameters else { return config }
        return ConfigParams(parsing: try MustacheTemplate(config.description).render(parameters).text)
    }

    /// Replaces the configuration, and tells the listeners when it has changed.
    /// - Throws: what a listener throws that refuses it; the old one stays then.
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

    /// Tells a listener of changes from now on.
    public func addChangeListener(_ listener: any ConfigChangeListener) { listeners.add(listener) }

    /// Tells a listener of changes no longer.
    public func removeChangeListener(_ listener: any ConfigChangeListener) { listeners.remove(listener) }

    // MARK: - Internal

    private var config: ConfigParams {
        let configured = section()
        return assigned.withLock { $0 } ?? configured
    }
}
