/// Runs an operation that cleans up after its caller: releases, deletes, closes or compensates.
///
/// Neither a cancellation of the caller nor the caller's deadline reaches the operation. Its own limit does: the context
/// that it receives has it as its deadline, and after it the operation is cancelled and abandoned.
///
/// - Returns: the result of the operation; nil if it did not end within `limit`.
/// - Throws: what the operation throws.
@discardableResult
func cleanUp<Result: Sendable>(
    _ context: Context, within limit: Duration, clock: any ClockSource,
    _ operation: @escaping @Sendable (Context) async throws -> Result
) async throws -> Result? {
    var own = context
    own.deadline = clock.uptime.adding(timeout: limit)
    // Unstructured: a cancellation of the caller does not reach it, and waiting for its value does not end early.
    return try await Task { [own] in
        try await withTimeout(limit.asSleep, clock: clock) { try await operation(own) }
    }.value
}
