/// Runs an operation and waits at most `timeout` for it.
///
/// - Returns: the result of the operation, or nil on timeout. On timeout the operation is cancelled and abandoned, so
///   that one that ignores cancellation does not block the caller.
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
    // If the caller is cancelled, the stream returns nil and the operation is cancelled too.
    guard await iterator.next() == true else {
        task.cancel()
        return nil
    }
    return try await task.value
}

/// Waits for the value of a task that others also wait for.
///
/// - Returns: the value, or nil if the caller is cancelled first. The task continues in either case.
func sharedValue<Value: Sendable>(of task: Task<Value, Never>) async -> Value? {
    let (ends, end) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingOldest(1))
    let waiter = Task {
        _ = await task.value
        end.yield()
    }
    defer { waiter.cancel() }
    var iterator = ends.makeAsyncIterator()
    // Nil if the caller is cancelled.
    guard await iterator.next() != nil else { return nil }
    return await task.value
}
