/// The command line of a service.
struct ProcessArguments: Sendable {
    private(set) var config: String?
    private(set) var wantsHelp = false
    private(set) var wantsVersion = false
    /// The service to probe instead of running; nil to run.
    private(set) var probe: ProcessProbe?
    /// The directory with one file per variable.
    private(set) var secrets: String?
    /// The inspection to perform instead of running; nil to run.
    private(set) var inspection: ProcessInspection?
    /// Errors in the arguments. The process then exits with code 2: a misspelt `--check` must not start the service.
    private(set) var mistakes: [String] = []
    private var values = StringValueMap()

    init(_ arguments: [String]) {
        var isStrict = false
        var rest = arguments[...]
        /// The value after an option, unless it is itself an option.
        func optionalValue() -> String? {
            if let value = rest.first, !value.begins(with: "-") { return rest.removeFirst() }
            return nil
        }
        func value(of option: String) -> String? {
            if let value = optionalValue() { return value }
            mistakes.append("Option '\(option)' needs a value")
            return nil
        }
        func format(
            _ text: String, of option: String, among known: [ProcessInspection.Format]
        ) -> ProcessInspection.Format {
            if text.isEmpty { return .text }
            if let format = known.first(where: { $0.rawValue.isSame(as: text) }) { return format }
            let names = known.map(\.rawValue)
            mistakes.append(
                "Unknown form '\(text)' of '\(option)'; expected \(names.joined(separator: " or "))"
                    + NearestName.hint(for: text, among: names))
            return .text
        }
        while let argument = rest.popFirst() {
            let parts = argument.parts(separatedBy: "=", maxSplits: 1)
            let attached = parts.count > 1 ? String(parts[1]) : ""
            switch String(parts[0]) {
            case "-c" where attached.isEmpty, "--config" where attached.isEmpty: config = value(of: argument) ?? config
            case "--config": config = attached
            case "-p", "--param", "--params":
                if parts.count == 1, let text = value(of: argument) { values.append(StringValueMap(parsing: text)) }
                if parts.count > 1 { values.append(StringValueMap(parsing: attached)) }
            case "--secrets": secrets = attached.isEmpty ? value(of: argument) ?? secrets : attached
            case "--probe":
                guard let text = attached.isEmpty ? value(of: argument) : attached else { break }
                probe = ProcessProbe(text)
                if probe == nil {
                    mistakes.append("Option '--probe' is '\(text)'; expected a port from 1 to 65535, or PORT/PATH")
                }
            case "-h", "--help": wantsHelp = true
            case "--version": wantsVersion = true
            case "--check":
                inspection = .check(format(attached, of: "--check", among: [.text, .json]), isStrict: false)
            case "--strict": isStrict = true
            case "--graph": inspection = .graph(file: attached.isEmpty ? optionalValue() : attached)
            case "--list":
                inspection = .list(format(attached, of: "--list", among: [.text, .json, .markdown]))
            default:
                let known = [
                    "--config", "--param", "--secrets", "--check", "--strict", "--graph", "--list", "--version",
                    "--help",
                ]
                mistakes.append("Unknown option '\(argument)'" + NearestName.hint(for: argument, among: known))
            }
        }
        if case .check(let format, _)? = inspection { inspection = .check(format, isStrict: isStrict) }
    }

    /// Template parameters: those of the command line, overridden by environment variables.
    func parameters(_ environment: AnyValueMap) -> AnyValueMap {
        var parameters = AnyValueMap(values.map { ($0.key, $0.value.map(AnyValue.string) ?? .null) })
        parameters.append(environment)
        return parameters
    }

    /// The source of variables that are not set elsewhere: files named by the environment, and the directory in the
    /// environment variable `SECRETS_DIR`.
    func secretFiles(_ environment: AnyValueMap) -> SecretFiles {
        if let secrets { return SecretFiles(folder: secrets) }
        guard case .string(let folder)? = environment["SECRETS_DIR"], !folder.isEmpty else { return SecretFiles() }
        return SecretFiles(folder: folder)
    }

    static func usage(name: String, description: String?, defaultConfig: String) -> String {
        """
        \(name)\(description.map { " - \($0)" } ?? "")

        Options:
          -c, --config FILE    the configuration, YAML or JSON (default: \(defaultConfig))
          -p, --param K=V      a parameter of the configuration, or several: K=V;K2=V2. May be repeated.
                               Environment variables win over parameters.
          --secrets DIR        a folder with a file per parameter that nothing else sets (default: $SECRETS_DIR);
                               the variable NAME_FILE names the file of the parameter NAME
          --probe PORT[/PATH]  asks the service that runs on this machine; exit code 0 if it answers with status 200
                               (default path: /health/ready)
          --version            the versions of the service and of the toolkit
          -h, --help           this text

        Instead of running, without opening anything:
          --check[=json]       tells all that is wrong with the configuration; exit code 1 when there are errors
          --strict             with --check: warnings count as errors
          --graph [FILE]       draws the components and their dependencies, as Mermaid, or as FILE ends: .svg, .mmd
          --list[=json]        lists the components that this executable can create, with their settings;
                               --list=markdown as a document
        """
    }
}
