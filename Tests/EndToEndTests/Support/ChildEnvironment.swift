import Foundation

/// The environment of the processes that tests start.
enum ChildEnvironment {
    /// What a process needs, and nothing that a configuration could be filled in with.
    static func make(_ variables: [String: String] = [:]) -> [String: String] {
        let needed: Set = ["HOME", "LANG", "LD_LIBRARY_PATH", "PATH", "TMPDIR"]
        return ProcessInfo.processInfo.environment
            .filter { needed.contains($0.key) || $0.key.hasSuffix("SAN_OPTIONS") }
            .merging(variables) { $1 }
    }
}
