/// A configuration that was read, and where in its file each value stands.
struct ConfigDocument: Sendable {
    /// The root: normally a list of components or a map of them; null for an empty file.
    let value: AnyValue
    /// The 1-based line of the file, as its author sees it, by dotted path: `0.connection.port`. The root's is empty.
    let lines: [ScalarText: Int]
    /// The path of the file; nil for a text that came from elsewhere.
    let file: String?
    /// The template's variables that have neither a value nor a default, with the lines where they stand first.
    var unset: [(name: String, line: Int)] = []

    /// The variables with a value that YAML reads as something else, and the paths where they stand. Only a check
    /// looks.
    var misread: [(name: String, path: String)] = []

    /// The variables that were read from files.
    var secrets = ConfigSecrets()

    /// The line of the value at `path`, or of the nearest value that encloses it; nil when nothing is known.
    func line(of path: String) -> Int? {
        var path = path[...]
        while true {
            if let line = lines[ScalarText(path)] { return line }
            guard !path.isEmpty else { return nil }
            path = path.divided(atLast: ".")?.before ?? ""
        }
    }
}
