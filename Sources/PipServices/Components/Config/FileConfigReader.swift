/// Reads configuration from a file (the toolkit's `FileConfigReader`): YAML if its name ends in `.yml` or `.yaml`,
/// otherwise JSON. ``YAMLConfigReader`` and ``JSONConfigReader`` use it.
///
/// While it has listeners, it polls the file every `options.reload_interval`. A new version that is the same in two
/// consecutive polls is read and announced. If it can't be read or a listener rejects it, this is logged and the old
/// version stays in use. Messages contain the file and the line, but no content, which may be secret.
public final class FileConfigReader: ConfigReader, Component, Closable {
    private let pathSetting = Setting<String?>("path", default: nil, "The file")
    private let parameters = OpenSection("parameters", "The variables of the template, if the caller passes none")
    private let interval = Setting(
        "options.reload_interval", default: Duration.seconds(5), in: Duration.zero..., reloadable: true,
        "The interval of checks for changes of the file while there are listeners; 0 for none")
    private let clock = ClockSlot()
    private let logger = CompositeLogger()
    private let format: ConfigText.Format?
    private let listeners = ConfigListeners()

    private struct State {
        var defaultPath: String?
        /// Set in code; overrides the configuration.
        var path: String?
        /// The text and the parameters of the last read.
        var text: String?
        var config: ConfigParams?
        var parameters: AnyValueMap?
        var watch: ConfigFileWatch?
    }

    private let state: Locked<State>

    /// Creates a reader. The path is used if the configuration has none.
    public convenience init(_ path: String? = nil) { self.init(path, format: nil) }

    init(_ path: String?, format: ConfigText.Format?) {
        self.format = format
        state = Locked(State(defaultPath: path))
    }

    /// The path of the file. Setting it overrides the configuration, but does not change what is polled.
    public var path: String? {
        get {
            let configured = pathSetting()
            return state.withLock { $0.path ?? configured ?? $0.defaultPath }
        }
        set { state.withLock { $0.path = newValue } }
    }

    /// Reads the file as maps, lists and values.
    ///
    /// - Throws: Misconfiguration `NO_PATH`; FileError `READ_FAILED` with the details `path`, `line` and `column`, if
    ///   known.
    public func readObject(_ context: Context, parameters: AnyValueMap? = nil) throws -> AnyValue {
        try traced(context) { () throws(ApplicationError) in
            let path = try ConfigText.required(path)
            let text = try ConfigText.load(path)
            let value = try read(text, path, parameters)
            let config = ConfigParams(value)
            state.withLock { ($0.text, $0.config, $0.parameters) = (text, config, parameters) }
            return value
        }
    }

    /// Reads the file as flat parameters.
    /// - Throws: as ``readObject(_:parameters:)``.
    public func readConfig(_ context: Context, parameters: AnyValueMap?) throws -> ConfigParams {
        ConfigParams(try readObject(context, parameters: parameters))
    }

    /// Adds a listener for changes since now or since the last read.
    public func addChangeListener(_ listener: any ConfigChangeListener) {
        listeners.add(listener)
        startWatch()
    }

    /// Removes a listener for changes.
    public func removeChangeListener(_ listener: any ConfigChangeListener) {
        listeners.remove(listener)
        if listeners.isEmpty { stopWatch() }
    }

    /// Stops polling the file.
    public func close(_ context: Context) async throws { stopWatch() }

    // MARK: - Internal

    private func read(
        _ text: String, _ path: String, _ parameters: AnyValueMap?
    ) throws(ApplicationError) -> AnyValue {
        var variables = self.parameters().values.dynamic
        if let parameters { variables.append(parameters) }
        return try ConfigText.read(
            text, format: format ?? ConfigText.Format(path: path), file: path, parameters: variables
        ).value
    }

    private func traced<Result>(
        _ context: Context, _ body: () throws(ApplicationError) -> Result
    ) throws(ApplicationError) -> Result {
        do throws(ApplicationError) {
            return try body()
        } catch {
            throw error.withTraceId(context.traceId)
        }
    }

    private func startWatch() {
        guard let path, !path.isEmpty else { return }
        // Outside the lock, because it reads the file.
        let watch = ConfigFileWatch(
            path: path, source: state.withLock { $0.text }.map { ConfigSource(text: $0) },
            ConfigFileWatch.Handler(
                read: { () throws(ApplicationError) in try ConfigSource.load(path, parameters: [:], nil) },
                changed: { [weak self] in try await self?.take($0.text, path) },
                refused: { [weak self] in await self?.refuse($0, path) }))
        let isFirst = state.withLock { state in
            guard state.watch == nil else { return false }
            state.watch = watch
            return true
        }
        if isFirst { watch.start(clock: clock()) { [interval] in interval() } }
    }

    private func stopWatch() {
        state.withLock { state in
            state.watch?.stop()
            state.watch = nil
        }
    }

    private func take(_ text: String, _ path: String) async throws {
        let (old, parameters) = state.withLock { ($0.config, $0.parameters) }
        let config = ConfigParams(try read(text, path, parameters))
        // A changed comment is not a change.
        if config != old {
            try await listeners.announce(.empty, config)
            logger.info(.empty, "The configuration \(path) has changed")
        }
        state.withLock { ($0.text, $0.config) = (text, config) }
    }

    private func refuse(_ error: any Error, _ path: String) async {
        logger.error(
            .empty, error: error, "The configuration \(path) has changed but is invalid; the old one stays in use")
        await listeners.reject(.empty, error)
    }
}
