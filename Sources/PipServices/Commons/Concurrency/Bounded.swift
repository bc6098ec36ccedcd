/// Runs an operation, and waits for it no longer than a bound.
///
/// - Returns: what the operation gave, or nil when the bound passed first. The operation is then cancelled and left to
///   itself: one that does not react to cancellation must not keep the caller.
func bounded<Result: Sendable>(
    by bound: Duration, clock: any ClockSource, _ operation: @escaping @Sendable () async throws -> Result
) async throws -> Result? {
    let task = Task { try await operation() }
    let (ends, end) = AsyncStream<Bool>.makeStream(bufferingPolicy: .bufferingOldest(1))
    let waiter = Task {
        _ = await task.result
        end.yield(true)
    }
    let timer = Task {
        try await clock.sleep(for: bound)
        end.yield(false)
    }
    defer {
        timer.cancel()
        waiter.cancel()
    }
    var iterator = ends.makeAsyncIterator()
    // A cancelled caller gets nil from the stream; it gives up the operation too.
    guard await iterator.next() == true else {
        task.cancel()
        return nil
    }
    return try await task.value
}
