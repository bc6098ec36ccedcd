/// A configuration with the line of each value in its file.
struct ConfigDocument: Sendable {
    /// The root: normally a list or a map of components; null for an empty file.
    let value: AnyValue
    /// The 1-based line in the original file by dotted path: `0.connection.port`. The path of the root is empty.
    let lines: [ScalarText: Int]
    /// The path of the file; nil for a string from elsewhere.
    let file: String?
    /// The template variables without a value and a default, with the line of their first use.
    var unset: [(name: String, line: Int)] = []

    /// The variables whose value YAML interprets differently, with the paths where they are used. Filled only by a
    /// check.
    var misread: [(name: String, path: String)] = []

    /// The variables read from secret files.
    var secrets = ConfigSecrets()

    /// Returns the line of the value at `path`, or of the nearest enclosing value; nil if unknown.
    func line(of path: String) -> Int? {
        var path = path[...]
        while true {
            if let line = lines[ScalarText(path)] { return line }
            guard !path.isEmpty else { return nil }
            path = path.divided(atLast: ".")?.before ?? ""
        }
    }
}
