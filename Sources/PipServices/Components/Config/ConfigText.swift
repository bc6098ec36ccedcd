import Glibc

/// Parses configuration: renders the text as a template, then parses it as YAML or JSON.
///
/// Messages contain the file, the line and the problem. They do not quote the text, which may contain secrets.
enum ConfigText {
    /// The format of a configuration.
    enum Format: Sendable, Hashable {
        case yaml, json

        /// YAML for `.yml` and `.yaml` (case-insensitive); JSON for everything else.
        init(path: String) {
            let name = path.asciiLowercased
            self = name.ends(with: ".yml") || name.ends(with: ".yaml") ? .yaml : .json
        }
    }

    /// The maximum size of a configuration before and after rendering, in bytes.
    static let maximumSize = 10_000_000

    /// Reads a file.
    ///
    /// - Throws: `NO_PATH` (Misconfiguration) if the path is missing; otherwise `READ_FAILED` (FileError) with the
    ///   details `path` and, if known, `line` and `column`.
    static func read(
        path: String?, format: Format? = nil, parameters: AnyValueMap
    ) throws(ApplicationError) -> ConfigDocument {
        let path = try required(path)
        return try read(load(path), format: format ?? Format(path: path), file: path, parameters: parameters)
    }

    /// Returns the path of a file to read.
    ///
    /// - Throws: `NO_PATH` (Misconfiguration) if it is missing.
    static func required(_ path: String?) throws(ApplicationError) -> String {
        guard let path, !path.isEmpty else {
            throw .config(code: "NO_PATH", "The path of the configuration file is not set")
        }
        return path
    }

    /// Reads a string.
    ///
    /// - Throws: `READ_FAILED` (FileError) with the details `path`, `line` and `column`, if known.
    static func read(
        _ text: String, format: Format, file: String?, parameters: AnyValueMap
    ) throws(ApplicationError) -> ConfigDocument {
        try check(size: text.utf8.count, file: file)
        let rendered = try render(text, parameters, file: file)
        try check(size: rendered.text.utf8.count, file: file)
        switch format {
        case .yaml: return try yaml(rendered, file: file)
        case .json: return try json(rendered, file: file)
        }
    }

    /// Reads the content of a configuration's files.
    ///
    /// - Throws: as ``read(_:format:file:parameters:)``, with secrets masked.
    static func read(
        _ source: ConfigSource, path: String, parameters: AnyValueMap
    ) throws(ApplicationError) -> ConfigDocument {
        do throws(ApplicationError) {
            var variables = parameters
            variables.append(source.secrets.values)
            var document = try read(source.text, format: Format(path: path), file: path, parameters: variables)
            document.secrets = source.secrets
            return document
        } catch {
            throw source.secrets.conceal(error)
        }
    }

    /// Returns the content of a file as a string.
    ///
    /// - Throws: `READ_FAILED` (FileError) with the detail `path`.
    static func load(_ path: String) throws(ApplicationError) -> String {
        guard let text = String(validating: try bytes(of: path), as: UTF8.self) else {
            throw failure("the file is not valid UTF-8", file: path)
        }
        return text
    }

    /// Returns the content of a file as bytes.
    ///
    /// - Throws: `READ_FAILED` (FileError) with the detail `path`.
    static func bytes(of path: String) throws(ApplicationError) -> [UInt8] {
        // Uses the C library directly: loading a file API would dominate the start time of a small service.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw failure(errno == ENOENT ? "there is no such file" : "the file cannot be read", file: path)
        }
        defer { close(descriptor) }
        var data: [UInt8] = []
        var count = 0
        repeat {
            let chunk = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, initialized in
                repeat {
                    count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                } while count < 0 && errno == EINTR
                initialized = max(0, count)
            }
            data += chunk
            try check(size: data.count, file: path)
        } while count > 0
        guard count == 0 else { throw failure("the file cannot be read", file: path) }
        return data
    }

    /// Returns false for a file that can be read only once or would block the second reader, such as a pipe.
    static func isRereadable(_ path: String) -> Bool {
        var status = stat()
        // A file that can't be examined can't be read either, which the reader reports.
        return stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
    }

    /// Returns the variables whose value YAML interprets differently, with the paths where they are used: `0123` as
    /// `123`, `a #1` as `a`.
    ///
    /// Each variable is replaced by a plain word. The result is compared with that of its actual value.
    static func misread(
        _ text: String, parameters: AnyValueMap, _ document: ConfigDocument
    ) -> [(name: String, path: String)] {
        guard let template = try? MustacheTemplate(text) else { return [] }
        let known = template.values(parameters).enumerated().map { index, variable in
            (name: variable.name, value: variable.value, word: "PipVariable\(index)X")
        }
        let words = AnyValueMap(known.map { ($0.name, .string($0.word)) })
        guard !known.isEmpty, let rendered = try? template.render(words).text,
            let plain = try? YAMLParser.parse(rendered, onValue: { _, _ in })
        else { return [] }
        let actual = ConfigParams(document.value)
        var found: [(name: String, path: String)] = []
        for (key, value) in ConfigParams(plain) {
            guard let value, let first = known.first(where: { value.contains($0.word) }) else { continue }
            func filled(_ text: String) -> String {
                known.reduce(text) { $0.replacing($1.word, with: $1.value) }
            }
            let path = filled(key)
            if actual[path] != filled(value) { found.append((first.name, path)) }
        }
        return found
    }

    // MARK: - Steps

    private static func render(
        _ text: String, _ parameters: AnyValueMap, file: String?
    ) throws(ApplicationError) -> RenderedTemplate {
        do {
            let template = try MustacheTemplate(text)
            var rendered = try template.render(parameters)
            rendered.unset = template.unset(parameters)
            rendered.unquoted = template.unquoted(parameters)
            return rendered
        } catch {
            throw failure(error, file: file) { $0 }
        }
    }

    private static func yaml(_ text: RenderedTemplate, file: String?) throws(ApplicationError) -> ConfigDocument {
        var lines: [ScalarText: Int] = [:]
        do {
            let value = try YAMLParser.parse(text.text) { lines[ScalarText($0)] = text.sourceLine($1) }
            return ConfigDocument(value: value, lines: lines, file: file, unset: text.unset)
        } catch {
            let related = error.related.map { "\($0.text) line \(text.sourceLine($0.line))" } ?? ""
            let line = error.line.map(text.sourceLine)
            let variable = text.unquoted.first { $0.line == line }.map {
                "; the line contains the value of the variable '\($0.name)': write '{{\"\($0.name)\"}}', which quotes it"
            }
            throw failure(
                "\(error.problem)\(related)\(variable ?? "")", file: file, line: line, column: error.column)
        }
    }

    private static func json(_ text: RenderedTemplate, file: String?) throws(ApplicationError) -> ConfigDocument {
        var lines: [ScalarText: Int] = [:]
        do {
            let value = try JSONParser.parse(text.text) { lines[ScalarText($0)] = text.sourceLine($1) }
            return ConfigDocument(value: value, lines: lines, file: file, unset: text.unset)
        } catch {
            throw failure(error, file: file, sourceLine: text.sourceLine)
        }
    }

    private static func check(size: Int, file: String?) throws(ApplicationError) {
        guard size > maximumSize else { return }
        throw failure("the configuration is larger than \(maximumSize) bytes", file: file)
    }

    /// Converts an error of the template or JSON parser. Its message starts with a position in the rendered text,
    /// followed by a colon and the reason. The position is replaced by the one in the file.
    private static func failure(
        _ error: ApplicationError, file: String?, sourceLine: (Int) -> Int
    ) -> ApplicationError {
        let message = error.message
        let colon = message.utf8.firstRange(of: ": ".utf8)
        return failure(
            colon.map { String(message[$0.upperBound...]) } ?? message, file: file,
            line: error.details.getAsNullableInteger("line").map(sourceLine),
            column: error.details.getAsNullableInteger("column"))
    }

    private static func failure(
        _ reason: String, file: String?, line: Int? = nil, column: Int? = nil
    ) -> ApplicationError {
        var message = "Cannot read \(file ?? "the configuration"): "
        if let line { message += column.map { "line \(line), column \($0): " } ?? "line \(line): " }
        var error = ApplicationError.file(code: "READ_FAILED", message + reason)
        if let file { error.details["path"] = .string(file) }
        if let line { error.details["line"] = .integer(Int64(line)) }
        if let column { error.details["column"] = .integer(Int64(column)) }
        return error
    }
}
