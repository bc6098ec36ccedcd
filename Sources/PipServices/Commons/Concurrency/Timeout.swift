/// Runs an operation, and waits for it at most for `timeout`.
///
/// - Returns: the result of the operation, or nil if the timeout ended first. The operation is then cancelled and
///   abandoned: one that ignores cancellation must not hold up the caller.
func withTimeout<Result: Sendable>(
    _ timeout: Duration, clock: any ClockSource, _ operation: @escaping @Sendable () async throws -> Result
) async throws -> Result? {
    let task = Task { try await operation() }
    let (ends, end) = AsyncStream<Bool>.makeStream(bufferingPolicy: .bufferingOldest(1))
    let waiter = Task {
        _ = await task.result
        end.yield(true)
    }
    let timer = Task {
        try await clock.sleep(for: timeout)
        end.yield(false)
    }
    defer {
        timer.cancel()
        waiter.cancel()
    }
    var iterator = ends.makeAsyncIterator()
    // A cancelled caller receives nil from the stream; the operation is cancelled too.
    guard await iterator.next() == true else {
        task.cancel()
        return nil
    }
    return try await task.value
}

/// Waits for the value of a task that others wait for too.
///
/// - Returns: the value, or nil if the caller was cancelled first. The task goes on in any case.
func sharedValue<Value: Sendable>(of task: Task<Value, Never>) async -> Value? {
    let (ends, end) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingOldest(1))
    let waiter = Task {
        _ = await task.value
        end.yield()
    }
    defer { waiter.cancel() }
    var iterator = ends.makeAsyncIterator()
    // A cancelled caller receives nil from the stream.
    guard await iterator.next() != nil else { return nil }
    return await task.value
}
