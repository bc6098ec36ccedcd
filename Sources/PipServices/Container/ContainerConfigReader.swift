/// Reads the configuration of a container from a file (the toolkit's `ContainerConfigReader`).
///
/// The text is first expanded as a template with the parameters, then parsed as YAML or JSON. Error messages name the
/// file and line but never quote values, which may be secret.
public enum ContainerConfigReader {
    /// Reads a file: YAML if its name ends in `.yml` or `.yaml`, otherwise JSON.
    ///
    /// - Parameter secrets: the source of variables that the parameters do not set; nil for none.
    /// - Throws: Misconfiguration `NO_PATH`, `BAD_CONFIG` or `BAD_DESCRIPTOR`, FileError `READ_FAILED`.
    public static func readFromFile(
        _ path: String, parameters: AnyValueMap = [:], secrets: SecretFiles? = nil
    ) throws(ApplicationError) -> ContainerConfig {
        let source = try ConfigSource.load(ConfigText.required(path), parameters: parameters, secrets)
        return try read(source, path: path, parameters: parameters)
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

    /// Parses the contents of a configuration file.
    static func read(
        _ source: ConfigSource, path: String, parameters: AnyValueMap
    ) throws(ApplicationError) -> ContainerConfig {
        try checked(ConfigText.read(source, path: path, parameters: parameters))
    }

    /// Reads a file. Mistakes in components are reported in the configuration's `problems`.
    static func unchecked(
        _ path: String, parameters: AnyValueMap, secrets: SecretFiles?
    ) throws(ApplicationError) -> ContainerConfig {
        let source = try ConfigSource.load(ConfigText.required(path), parameters: parameters, secrets)
        var document = try ConfigText.read(source, path: path, parameters: parameters)
        if ConfigText.Format(path: path) == .yaml {
            var variables = parameters
            variables.append(source.secrets.values)
            document.misread = ConfigText.misread(source.text, parameters: variables, document)
        }
        return ContainerConfig(document)
    }

    private static func checked(_ document: ConfigDocument) throws(ApplicationError) -> ContainerConfig {
        let config = ContainerConfig(document)
        try ConfigProblem.throwIfAny(config.problems)
        return config
    }
}
