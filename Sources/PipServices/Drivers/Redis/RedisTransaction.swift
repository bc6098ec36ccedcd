#if PIP_REDIS
/// Sends commands between `MULTI` and `EXEC` contiguously, without commands of other tasks in between.
enum RedisTransaction {
    /// - Returns: one reply per command; nil if a watched key changed.
    static func run(
        _ context: Context, _ commands: [RedisCommand], on engine: RedisEngine
    ) async throws -> [RedisReply]? {
        guard !commands.isEmpty else { return [] }
        if let bad = commands.first(where: { $0.place != .anywhere }) {
            throw RedisFailure.notShared.error(context, bad.name)
        }
        let all =
            [RedisCommand("MULTI", [], isInternal: true)] + commands + [RedisCommand("EXEC", [], isInternal: true)]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(all.reduce(0) { $0 + $1.bytes.count })
        for command in all {
            guard command.bytes.count <= RedisLimits.valueSize else {
                throw RedisFailure.tooLarge(command.bytes.count).error(context, command.name)
            }
            bytes += command.bytes
        }
        let outcome = await engine.call(bytes, replies: all.count, deadline: context.deadline)
        guard case .success(let reply) = outcome else {
            guard case .failure(let failure) = outcome else { return nil }
            throw failure.error(context, "EXEC")
        }
        guard let replies = reply.array, replies.count == all.count, let last = replies.last else {
            throw RedisFailure.strange.error(context, "EXEC")
        }
        // The error of a command rejected before execution is the reason; EXEC only says that there is one.
        for (command, reply) in zip(all.dropLast(), replies) { _ = try reply.checked(context, command.name) }
        switch try last.checked(context, "EXEC") {
        case .array(let results) where results.count == commands.count: return results
        case .null: return nil
        default: throw RedisFailure.strange.error(context, "EXEC")
        }
    }
}
#endif
