#if PIP_REDIS
/// Puts a reply together from its parts, which come in order, each array before what it holds.
final class RedisReplyBuilder {
    private struct Open {
        var elements: [RedisReply]
        var missing: Int
    }

    private var open: [Open] = []
    private var complete: RedisReply?

    /// Begins an array of `count` elements.
    func begin(_ count: Int) {
        guard count > 0 else { return add(.array([])) }
        var elements: [RedisReply] = []
        // The server's word on how many will come is not worth any amount of memory.
        elements.reserveCapacity(min(count, 1024))
        open.append(Open(elements: elements, missing: count))
    }

    /// Adds a value: to the array that is open, or as all there is.
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

    /// The reply that is complete.
    func take() -> RedisReply? {
        defer { complete = nil }
        return complete
    }
}
#endif
