/// Reads configuration from a YAML file with any name (the toolkit's `YamlConfigReader`). The file is a template that
/// is rendered with parameters.
///
/// It announces changes and has the settings of ``FileConfigReader``.
public final class YAMLConfigReader: FormattedConfigReader {
    /// The reader's implementation.
    public let file: FileConfigReader

    /// Creates a reader. The path is used if the configuration has none.
    public init(_ path: String? = nil) {
        file = FileConfigReader(path, format: .yaml)
    }

    /// Reads a YAML file as maps, lists and values, by the core schema of YAML 1.2.
    /// - Throws: as ``FileConfigReader/readObject(_:parameters:)``.
    public static func readObject(path: String, parameters: AnyValueMap = [:]) throws(ApplicationError) -> AnyValue {
        try ConfigText.read(path: path, format: .yaml, parameters: parameters).value
    }

    /// Reads a YAML file as flat parameters.
    /// - Throws: as ``FileConfigReader/readObject(_:parameters:)``.
    public static func readConfig(path: String, parameters: AnyValueMap = [:]) throws(ApplicationError) -> ConfigParams
    {
        ConfigParams(try readObject(path: path, parameters: parameters))
    }
}
