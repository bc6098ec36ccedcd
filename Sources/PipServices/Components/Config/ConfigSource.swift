/// The unparsed configuration: the text of its file, and the template variables from secret files.
struct ConfigSource: Sendable, Equatable {
    var text: String
    var secrets = ConfigSecrets()

    /// Reads a configuration file and, if `files` is passed, the secrets that its template needs.
    ///
    /// - Throws: `READ_FAILED` (FileError) with the detail `path`.
    static func load(
        _ path: String, parameters: AnyValueMap, _ files: SecretFiles?
    ) throws(ApplicationError) -> ConfigSource {
        var source = ConfigSource(text: try ConfigText.load(path))
        // Errors in the template are reported when it is rendered.
        if let files, let template = try? MustacheTemplate(source.text) {
            source.secrets = try files.values(of: template, parameters)
        }
        return source
    }
}
