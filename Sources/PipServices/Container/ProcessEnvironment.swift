import FoundationEssentials

/// The environment variables of the process.
enum ProcessEnvironment {
    static var variables: AnyValueMap {
        let variables = ProcessInfo.processInfo.environment.sorted { $0.key < $1.key }
        return AnyValueMap(variables.map { ($0.key, .string($0.value)) })
    }
}
