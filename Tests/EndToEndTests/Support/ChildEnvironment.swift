import Foundation

/// The environment of the processes that tests start.
enum ChildEnvironment {
    /// What a process needs, and nothing that a configuration could be filled in with.
    static func make(_ variables: [String: String] = [:]) -> [String: String] {
        let needed: Set = ["HOME", "LANG", "LD_LIBRARY_PATH", "PATH", "TMPDIR"]
        // libmongoc keeps its counters in shared memory, named for the process. A process that was killed leaves them
        // behind, and a later one of the same number writes a warning about that.
        let variables = ["MONGOC_DISABLE_SHM": "1"].merging(variables) { $1 }
        return ProcessInfo.processInfo.environment
            .filter { needed.contains($0.key) || $0.key.hasSuffix("SAN_OPTIONS") }
            .merging(variables) { $1 }
    }
}
