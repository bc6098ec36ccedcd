/// Runs a cleanup operation, such as one that releases, deletes, closes or compensates.
///
/// The operation ignores the caller's cancellation and deadline. Its context has the deadline `limit`. After that time,
/// the operation is cancelled and abandoned.
///
/// - Returns: the result of the operation, or nil if it did not finish within `limit`.
/// - Throws: the error of the operation.
@discardableResult
func cleanUp<Result: Sendable>(
    _ context: Context, within limit: Duration, clock: any ClockSource,
    _ operation: @escaping @Sendable (Context) async throws -> Result
) async throws -> Result? {
    var own = context
    own.deadline = clock.uptime.adding(timeout: limit)
    // Unstructured: a cancellation of the caller must neither reach the operation nor end the wait.
    return try await Task { [own] in
        try await withTimeout(limit.asSleep, clock: clock) { try await operation(own) }
    }.value
}
