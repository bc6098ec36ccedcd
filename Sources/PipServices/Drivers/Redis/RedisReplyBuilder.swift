#if PIP_REDIS
/// Builds a reply from its parts, which arrive in order, arrays before their elements.
final class RedisReplyBuilder {
    private struct Open {
        var elements: [RedisReply]
        var missing: Int
    }

    private var open: [Open] = []
    private var complete: RedisReply?

    /// Starts an array of `count` elements.
    func begin(_ count: Int) {
        guard count > 0 else { return add(.array([])) }
        var elements: [RedisReply] = []
        // Does not reserve memory for the announced count, which cannot be trusted.
        elements.reserveCapacity(min(count, 1024))
        open.append(Open(elements: elements, missing: count))
    }

    /// Adds a value to the innermost incomplete array; outside of arrays, the value is the reply.
    func add(_ reply: RedisReply) {
        var reply = reply
        while let last = open.indices.last {
            open[last].elements.append(reply)
            open[last].missing -= 1
            guard open[last].missing == 0 else { return }
            reply = .array(open.removeLast().elements)
        }
        complete = reply
    }

    /// Removes and returns the complete reply; nil if there is none.
    func take() -> RedisReply? {
        defer { complete = nil }
        return complete
    }
}
#endif
