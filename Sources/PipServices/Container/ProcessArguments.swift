/// The command line of a service.
struct ProcessArguments: Sendable {
    private(set) var config: String?
    private(set) var wantsHelp = false
    /// What was not understood. The toolkit passes over it.
    private(set) var warnings: [String] = []
    private var values = StringValueMap()

    init(_ arguments: [String]) {
        var rest = arguments[...]
        /// What stands after an option, unless that is an option itself.
        func value(of option: String) -> String? {
            if let value = rest.first, !value.hasPrefix("-") { return rest.removeFirst() }
            warnings.append("Option '\(option)' needs a value")
            return nil
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "-c", "--config": config = value(of: argument) ?? config
            case "-p", "--param", "--params":
                if let text = value(of: argument) { values.append(StringValueMap(parsing: text)) }
            case "-h", "--help": wantsHelp = true
            default:
                let known = ["--config", "--param", "--help"]
                warnings.append("Unknown argument '\(argument)'" + Spelling.hint(for: argument, among: known))
            }
        }
    }

    /// What templates are filled in with: parameters of the command line, with the environment on top.
    func parameters(_ environment: AnyValueMap) -> AnyValueMap {
        var parameters = AnyValueMap(values.map { ($0.key, $0.value.map(AnyValue.string) ?? .null) })
        parameters.append(environment)
        return parameters
    }

    static func usage(name: String, description: String?, defaultConfig: String) -> String {
        """
        \(name)\(description.map { " - \($0)" } ?? "")

        Options:
          -c, --config FILE    the configuration, YAML or JSON (default: \(defaultConfig))
          -p, --param K=V      a parameter of the configuration, or several: K=V;K2=V2. May be repeated.
                               Environment variables win over parameters.
          -h, --help           this text
        """
    }
}
