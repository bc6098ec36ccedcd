/// Reads the configuration of a container from a file (the toolkit's `ContainerConfigReader`).
///
/// The text is a template first, filled in with parameters, then YAML or JSON. Messages name the file and the line in
/// it, and quote none of its values, which may be secret.
public enum ContainerConfigReader {
    /// Reads a file: YAML when it ends in `.yml` or `.yaml`, else JSON.
    /// - Throws: Misconfiguration `NO_PATH`, `BAD_CONFIG` or `BAD_DESCRIPTOR`, FileError `READ_FAILED`.
    public static func readFromFile(_ path: String, parameters: AnyValueMap = [:]) throws(ApplicationError)
        -> ContainerConfig
    {
        try checked(ConfigText.read(path: path, parameters: parameters))
    }

    /// Reads YAML text.
    /// - Throws: as ``readFromFile(_:parameters:)``.
    public static func readFromYAML(_ text: String, parameters: AnyValueMap = [:]) throws(ApplicationError)
        -> ContainerConfig
    {
        try checked(ConfigText.read(text, format: .yaml, file: nil, parameters: parameters))
    }

    /// Reads JSON text.
    /// - Throws: as ``readFromFile(_:parameters:)``.
    public static func readFromJSON(_ text: String, parameters: AnyValueMap = [:]) throws(ApplicationError)
        -> ContainerConfig
    {
        try checked(ConfigText.read(text, format: .json, file: nil, parameters: parameters))
    }

    // MARK: - Internal

    /// Reads what a file holds.
    static func read(_ text: String, path: String, parameters: AnyValueMap) throws(ApplicationError) -> ContainerConfig
    {
        try checked(ConfigText.read(text, format: .init(path: path), file: path, parameters: parameters))
    }

    /// Reads a file. Mistakes in its components are told by the configuration's problems.
    static func unchecked(_ path: String, parameters: AnyValueMap) throws(ApplicationError) -> ContainerConfig {
        let text = try ConfigText.load(ConfigText.required(path))
        let format = ConfigText.Format(path: path)
        var document = try ConfigText.read(text, format: format, file: path, parameters: parameters)
        if format == .yaml { document.misread = ConfigText.misread(text, parameters: parameters, document) }
        return ContainerConfig(document)
    }

    private static func checked(_ document: ConfigDocument) throws(ApplicationError) -> ContainerConfig {
        let config = ContainerConfig(document)
        try ConfigProblem.throwIfAny(config.problems)
        return config
    }
}
