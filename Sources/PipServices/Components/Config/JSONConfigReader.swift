/// Reads configuration from a JSON file with any name (the toolkit's `JsonConfigReader`). The file is a template that
/// is rendered with parameters.
///
/// It announces changes and has the settings of ``FileConfigReader``.
public final class JSONConfigReader: ConfigReader, Component {
    private let file: FileConfigReader

    /// Creates a reader. The path is used if the configuration has none.
    public init(_ path: String? = nil) {
        file = FileConfigReader(path, format: .json)
    }

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

    /// Reads a JSON file as maps, lists and values.
    /// - Throws: as ``FileConfigReader/readObject(_:parameters:)``.
    public static func readObject(path: String, parameters: AnyValueMap = [:]) throws(ApplicationError) -> AnyValue {
        try ConfigText.read(path: path, format: .json, parameters: parameters).value
    }

    /// Reads a JSON file as flat parameters.
    /// - Throws: as ``FileConfigReader/readObject(_:parameters:)``.
    public static func readConfig(path: String, parameters: AnyValueMap = [:]) throws(ApplicationError) -> ConfigParams
    {
        ConfigParams(try readObject(path: path, parameters: parameters))
    }

    /// Adds a listener for changes.
    public func addChangeListener(_ listener: any ConfigChangeListener) { file.addChangeListener(listener) }

    /// Removes a listener for changes.
    public func removeChangeListener(_ listener: any ConfigChangeListener) { file.removeChangeListener(listener) }
}
