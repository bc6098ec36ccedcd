/// Reads configuration from a file in YAML, whatever its name (the toolkit's `YamlConfigReader`). The text is a template
/// first, filled in with parameters.
///
/// Changes of the file are announced, see ``FileConfigReader``, whose settings it has.
public final class YAMLConfigReader: ConfigReader, Component {
    private let file: FileConfigReader

    /// Creates a reader. The path stands where the configuration names none.
    public init(_ path: String? = nil) {
        file = FileConfigReader(path, format: .yaml)
    }

    /// The file. Setting it takes precedence over the configuration.
    public var path: String? {
        get { file.path }
        set { file.path = newValue }
    }

    /// Reads the file as it is structured: maps, lists and values.
    /// - Throws: as ``FileConfigReader/readObject(_:parameters:)``.
    public func readObject(_ context: Context, parameters: AnyValueMap? = nil) throws -> AnyValue {
        try file.readObject(context, parameters: parameters)
    }

    /// Reads the file as flat parameters.
    /// - Throws: as ``FileConfigReader/readObject(_:parameters:)``.
    public func readConfig(_ context: Context, parameters: AnyValueMap?) throws -> ConfigParams {
        try file.readConfig(context, parameters: parameters)
    }

    /// Reads a file in YAML, by the core schema of YAML 1.2.
    /// - Throws: as ``FileConfigReader/readObject(_:parameters:)``.
    public static func readObject(path: String, parameters: AnyValueMap = [:]) throws(ApplicationError) -> AnyValue {
        try ConfigText.read(path: path, format: .yaml, parameters: parameters).value
    }

    /// Reads a file as flat parameters.
    /// - Throws: as ``FileConfigReader/readObject(_:parameters:)``.
    public static func readConfig(path: String, parameters: AnyValueMap = [:]) throws(ApplicationError) -> ConfigParams
    {
        ConfigParams(try readObject(path: path, parameters: parameters))
    }

    /// Tells a listener of changes from now on.
    public func addChangeListener(_ listener: any ConfigChangeListener) { file.addChangeListener(listener) }

    /// Tells a listener of changes no longer.
    public func removeChangeListener(_ listener: any ConfigChangeListener) { file.removeChangeListener(listener) }
}
