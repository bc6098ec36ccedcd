#if PIP_AWS
/// The AWS settings in the environment: variables, and the shared configuration files.
struct AWSEnvironment: Sendable {
    private let variables: AnyValueMap

    init(_ variables: AnyValueMap) { self.variables = variables }

    /// The environment of the process.
    static var process: AWSEnvironment { AWSEnvironment(ProcessEnvironment.variables) }

    /// The value of a variable; nil if it is missing or empty.
    subscript(name: String) -> String? { variables[name]?.string.flatMap { $0.isEmpty ? nil : $0 } }

    /// The configured region; nil if there is none.
    func region(profile: String?) throws(ApplicationError) -> String? {
        if let region = self["AWS_REGION"] ?? self["AWS_DEFAULT_REGION"] { return region }
        return try self.profile(profile)?.text("region")
    }

    /// The address that replaces a service's regional address; nil if none is configured.
    func endpoint(_ service: AWSService, profile: String?) throws(ApplicationError) -> (key: String, url: String)? {
        guard self["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"].flatMap(BooleanConverter.parse) != true else { return nil }
        for name in ["AWS_ENDPOINT_URL_\(service.variable)", "AWS_ENDPOINT_URL"] {
            if let url = self[name] { return (name, url) }
        }
        return try self.profile(profile)?.text("endpoint_url").map { ("endpoint_url", $0) }
    }

    /// The settings of a profile in the shared files; nil if no profile has the name.
    ///
    /// - Parameter profile: the configured name; nil for the name in the environment.
    /// - Throws: FileError `READ_FAILED` if a file that a variable names cannot be read.
    func profile(_ profile: String?) throws(ApplicationError) -> ConfigParams? {
        let name = profileName(profile)
        var found: ConfigParams?
        // If both files contain a key, the credentials file wins.
        for (variable, file, isConfig) in [
            ("AWS_CONFIG_FILE", "config", true), ("AWS_SHARED_CREDENTIALS_FILE", "credentials", false),
        ] {
            guard let text = try read(variable, file) else { continue }
            let sections = AWSProfileFile.sections(text, isConfig: isConfig)
            if let section = sections[ScalarText(name)] { found = (found ?? [:]).override(section) }
        }
        return found
    }

    /// Returns the name of the profile to use.
    func profileName(_ profile: String?) -> String {
        profile ?? self["AWS_PROFILE"] ?? self["AWS_DEFAULT_PROFILE"] ?? "default"
    }

    // MARK: - Internal

    private func read(_ variable: String, _ file: String) throws(ApplicationError) -> String? {
        if let path = self[variable] {
            do throws(ApplicationError) { return try ConfigText.load(path) } catch { throw error.about(key: variable) }
        }
        guard let home = self["HOME"] else { return nil }
        return try? ConfigText.load("\(home)/.aws/\(file)")
    }
}

/// Parses the shared files: `[section]`, `name = value`.
enum AWSProfileFile {
    /// Returns the profiles by name.
    /// - Parameter isConfig: true for `config`, whose sections are named `[profile <name>]`, except for the default
    ///   one.
    static func sections(_ text: String, isConfig: Bool) -> [ScalarText: ConfigParams] {
        var sections: [ScalarText: ConfigParams] = [:]
        var current: ScalarText?
        for line in text.lines {
            guard let first = line.unicodeScalars.first, first != "#", first != ";" else { continue }
            if first == "[" {
                current = name(line.trimmed, isConfig: isConfig)
                if let current { sections[current] = sections[current] ?? [:] }
            } else if first != " ", first != "\t", let current, let (key, value) = line.divided(atFirst: "=") {
                // Indented lines belong to a nested setting.
                sections[current]?[key.trimmed.asciiLowercased] = uncommented(value).trimmed
            }
        }
        return sections
    }

    // MARK: - Internal

    private static func name(_ line: String, isConfig: Bool) -> ScalarText? {
        guard let end = line.unicodeScalars.firstIndex(of: "]") else { return nil }
        let words = Substring(line.unicodeScalars[..<end].dropFirst()).unicodeScalars
            .split { $0 == " " || $0 == "\t" }.map { String($0) }
        switch (words.count, words.first) {
        case (1, let name?) where !isConfig || name.isSame(as: "default"): return ScalarText(name)
        case (2, "profile"?) where isConfig: return ScalarText(words[1])
        default: return nil
        }
    }

    /// A comment begins with `#` or `;` after white space.
    private static func uncommented(_ value: Substring) -> Substring {
        var previous: Unicode.Scalar = "="
        for index in value.unicodeScalars.indices {
            let scalar = value.unicodeScalars[index]
            if scalar == "#" || scalar == ";", previous == " " || previous == "\t" {
                return Substring(value.unicodeScalars[..<index])
            }
            previous = scalar
        }
        return value
    }
}
#endif
