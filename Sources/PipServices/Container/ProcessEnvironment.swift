import Glibc

/// The environment variables of the process.
enum ProcessEnvironment {
    static var variables: AnyValueMap {
        var variables: [(String, AnyValue)] = []
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let (name, value) = text.divided(atFirst: "=") {
                variables.append((String(name), .string(String(value))))
            }
            next += 1
        }
        return AnyValueMap(variables.sorted { $0.0 < $1.0 })
    }
}
