/// A reader of configuration files in one format: ``JSONConfigReader`` and ``YAMLConfigReader``. It declares its
/// ``FileConfigReader``, and the methods of ``ConfigReader`` have default implementations.
public protocol FormattedConfigReader: ConfigReader, Component {
    /// The reader's implementation.
    var file: FileConfigReader { get }
}

extension FormattedConfigReader {
    /// The path of the file. Setting it overrides the configuration.
    public var path: String? {
        get { file.path }
        set { file.path = newValue }
    }

    /// Reads the file as maps, lists and values.
    /// - Throws: as ``FileConfigReader/readObject(_:parameters:)``.
    public func readObject(_ context: Context, parameters: AnyValueMap? = nil) throws -> AnyValue {
        try file.readObject(context, parameters: parameters)
    }

    /// Reads the file as flat parameters.
    /// - Throws: as ``FileConfigReader/readObject(_:parameters:)``.
    public func readConfig(_ context: Context, parameters: AnyValueMap?) throws -> ConfigParams {
        try file.readConfig(context, parameters: parameters)
    }

    /// Adds a listener for changes.
    public func addChangeListener(_ listener: any ConfigChangeListener) { file.addChangeListener(listener) }

    /// Removes a listener for changes.
    public func removeChangeListener(_ listener: any ConfigChangeListener) { file.removeChangeListener(listener) }
}
