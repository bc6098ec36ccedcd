/// A configuration as its files hold it: the text, and the variables of its template that come from secret files.
struct ConfigSource: Sendable, Equatable {
    var text: String
    var secrets = ConfigSecrets()

    /// Reads a configuration file and, where `files` are given, the secrets that its template needs.
    ///
    /// - Throws: `READ_FAILED` (FileError) with the detail `path`.
    static func load(
        _ path: String, parameters: AnyValueMap, _ files: SecretFiles?
    ) throws(ApplicationError) -> ConfigSource {
        var source = ConfigSource(text: try ConfigText.load(path))
        // What is wrong with a template is told when it is rendered.
        if let files, let template = try? MustacheTemplate(source.text) {
            source.secrets = try files.values(of: template, parameters)
        }
        return source
    }
}
