import Dispatch

/// Runs what blocks or computes for long on a thread of its own. There are few threads for tasks: whoever held one would
/// keep other tests, and what they test, from going on.
public func onOwnThread<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
        DispatchQueue(label: "test").async { continuation.resume(returning: body()) }
    }
}
