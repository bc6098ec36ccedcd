/// Reads configuration from a JSON file with any name (the toolkit's `JsonConfigReader`). The file is a template that
/// is rendered with parameters.
///
/// It announces changes and has the settings of ``FileConfigReader``.
public final class JSONConfigReader: FormattedConfigReader {
    /// The reader's implementation.
    public let file: FileConfigReader

    /// Creates a reader. The path is used if the configuration has none.
    public init(_ path: String? = nil) {
        file = FileConfigReader(path, format: .json)
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
}
