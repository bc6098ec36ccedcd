import Glibc

/// The environment variables of the process.
enum ProcessEnvironment {
    static var variables: AnyValueMap {
        var entries: [String] = []
        var next = environ
        while let entry = next.pointee {
            entries.append(String(cString: entry))
            next += 1
        }
        return variables(of: entries)
    }

    /// Parses entries such as `HOME=/root`, sorted by name.
    static func variables(of entries: [String]) -> AnyValueMap {
        let variables = entries.compactMap { $0.divided(atFirst: "=") }
            .map { (name: ScalarText($0.before), value: AnyValue.string(String($0.after))) }
        return AnyValueMap(variables.sorted { $0.name < $1.name }.map { ($0.name.text, $0.value) })
    }
}
