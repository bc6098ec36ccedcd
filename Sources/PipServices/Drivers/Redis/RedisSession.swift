#if PIP_REDIS
/// A dedicated Redis connection, for commands that block (`BLPOP`) or change the connection (`SELECT`, `WATCH`).
///
/// ```swift
/// let job = try await connection.withSession(context) { session in
///     try await session.execute(context, RedisCommand("BLPOP", "jobs", "10"), timeout: .seconds(12))
/// }
/// ```
/// A broken session is not re-established, because its state is lost: calls then throw NoResponse `CONNECTION_LOST` or
/// `NO_CONNECTION`. Calls are safe from any task and are sent in the order of the calls.
public final class RedisSession: Sendable {
    private let engine: RedisEngine

    init(_ engine: RedisEngine) { self.engine = engine }

    /// Sends one command and returns its reply.
    ///
    /// - Parameter timeout: the time to wait for the reply, at least as long as the command may block; nil for
    ///   `options.command_timeout`.
    /// - Throws: as ``RedisExecutor/execute(_:_:)``; BadRequest `NEEDS_OWN_CONNECTION` for subscribing commands and
    ///   others without exactly one reply.
    public func execute(
        _ context: Context, _ command: RedisCommand, timeout: Duration? = nil
    ) async throws -> RedisReply {
        guard command.place != .nowhere else { throw RedisFailure.notShared.error(context, command.name) }
        switch await engine.call(command.bytes, deadline: context.deadline, timeout: timeout) {
        case .success(let reply): return try reply.checked(context, command.name)
        case .failure(let failure): throw failure.error(context, command.name)
        }
    }

    /// Executes commands as a transaction, as ``RedisExecutor/transaction(_:_:)`` does.
    /// - Returns: nil if a watched key changed and nothing was executed.
    public func transaction(_ context: Context, _ commands: [RedisCommand]) async throws -> [RedisReply]? {
        try await RedisTransaction.run(context, commands, on: engine)
    }
}
#endif
