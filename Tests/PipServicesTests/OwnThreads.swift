import Dispatch
import Testing

extension Trait where Self == OwnThreads {
    /// The tests compute for long: they run on threads of their own.
    ///
    /// There are as few threads for tasks as cores. Tests that hold them keep others, and what those test, from going on.
    static var ownThreads: Self { OwnThreads() }
}

/// Runs tests apart from the threads that serve tasks.
struct OwnThreads: TestTrait, SuiteTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(OwnThreadExecutor.shared) { try await function() }
    }
}

/// Runs what tasks do on threads of its own.
private final class OwnThreadExecutor: TaskExecutor {
    static let shared = OwnThreadExecutor()

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        DispatchQueue(label: "test").async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
