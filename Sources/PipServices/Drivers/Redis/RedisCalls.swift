#if PIP_REDIS
/// The calls that wait for Redis, in the order in which they go out and are answered: first those that were sent, then
/// those that were not yet. No input or output happens here.
///
/// A call that nobody waits for any more keeps its place when it was sent, so that its answer does not reach the next.
/// Times are nanoseconds of the clock's `uptime`.
struct RedisCalls<Waiter> {
    struct Call {
        let id: UInt64
        /// Nil when nobody waits any more.
        var waiter: Waiter?
        /// Empty when it was sent, or given up before.
        var bytes: [UInt8]
        /// How many answers belong to it, and for one of several, how many are to come.
        let isBatch: Bool
        var missing: Int
        /// When the connection counts as dead, if it is still not answered.
        let deadline: Int64
        /// When the caller wants to wait no longer.
        let limit: Int64
    }

    /// A call that has ended with all its answers.
    struct Answered {
        let waiter: Waiter
        let reply: RedisReply
    }

    private var calls: ContiguousArray<Call> = []
    private var head = 0
    /// How many of the calls are on the wire, or about to be.
    private(set) var sentCount = 0
    /// How many of them, the last ones, may not be on the wire yet: their bytes are kept.
    private var takenCount = 0
    /// The bytes of calls that were not sent.
    private(set) var unsentBytes = 0
    /// No call ends by itself before this.
    private(set) var nextEnd = Int64.max
    /// When the connection last gave a sign of life, or was first asked for one.
    private var lastSign = Int64.min / 2
    /// How long a connection may give no sign of life while answers are awaited.
    private let patience: Int64
    /// How many of the calls that were not sent nobody waits for: their places are cleared now and then.
    private var abandonedCount = 0
    /// The answers so far to a batch that has not got all.
    private var collected: [RedisReply] = []

    init(patience: Int64 = 0) { self.patience = patience }

    /// How many calls there are.
    var count: Int { calls.count - head }
    /// How many calls take up room: those that somebody waits for, and those that were sent.
    var liveCount: Int { count - abandonedCount }
    var isEmpty: Bool { count == 0 }
    /// How many calls were not sent, and somebody waits for them.
    var unsentCount: Int { count - sentCount - abandonedCount }

    /// Adds a call behind all others.
    mutating func append(
        _ id: UInt64, _ waiter: Waiter, _ bytes: [UInt8], replies: Int?, deadline: Int64, limit: Int64
    ) {
        calls.append(
            Call(
                id: id, waiter: waiter, bytes: bytes, isBatch: replies != nil, missing: replies ?? 1,
                deadline: deadline, limit: limit))
        unsentBytes += bytes.count
        nextEnd = min(nextEnd, deadline, limit)
    }

    /// Notes that an answer has come, or that the first of those to come is waited for from now on.
    mutating func noteSign(at now: Int64) { lastSign = now }

    /// Copies calls that were not sent to `output`, until that is `size` bytes long, and counts them as sent. Those that
    /// nobody waits for are dropped. ``confirm()`` or ``takeBack()`` follows.
    mutating func take(into output: inout [UInt8], upTo size: Int) {
        dropAbandoned()
        var index = head + sentCount
        while index < calls.count, output.count < size {
            unsentBytes -= calls[index].bytes.count
            if output.isEmpty, calls[index].bytes.count >= 1 << 16 {
                // A large one is not copied once more. For small ones the room that there is serves better.
                output = calls[index].bytes
            } else {
                output += calls[index].bytes
            }
            sentCount += 1
            takenCount += 1
            index += 1
        }
    }

    /// Notes that the first bytes of the calls that were taken are on the wire.
    mutating func confirm() {
        for index in head + sentCount - takenCount..<head + sentCount { calls[index].bytes = [] }
        takenCount = 0
    }

    /// Counts the calls that were taken as not sent: nothing of them is on the wire.
    mutating func takeBack() {
        for index in head + sentCount - takenCount..<head + sentCount {
            if calls[index].waiter == nil {
                calls[index].bytes = []
                abandonedCount += 1
            }
            unsentBytes += calls[index].bytes.count
            nextEnd = min(nextEnd, calls[index].deadline, calls[index].limit)
        }
        sentCount -= takenCount
        takenCount = 0
    }

    /// Hands the next answer to the call that it belongs to.
    /// - Returns: false when there is none: the answer came unasked.
    mutating func answer(_ reply: RedisReply, _ answered: inout [Answered]) -> Bool {
        guard sentCount > takenCount else { return false }
        if !calls[head].isBatch {
            if let waiter = calls[head].waiter { answered.append(Answered(waiter: waiter, reply: reply)) }
            removeFirst()
            return true
        }
        if calls[head].waiter != nil { collected.append(reply) }
        calls[head].missing -= 1
        if calls[head].missing <= 0 {
            if let waiter = calls[head].waiter { answered.append(Answered(waiter: waiter, reply: .array(collected))) }
            collected = []
            removeFirst()
        }
        return true
    }

    /// Gives up a call, for a caller who does not want to wait. Nil when it has ended already.
    mutating func abandon(_ id: UInt64) -> Waiter? {
        guard let index = calls[head...].firstIndex(where: { $0.id == id }) else { return nil }
        let waiter = abandon(at: index)
        if abandonedCount > 64, abandonedCount * 2 > count - sentCount { dropAbandoned() }
        return waiter
    }

    /// Gives up the calls whose time is over.
    /// - Returns: who waited for them, and whether the call was sent; and whether the connection counts as dead.
    mutating func expire(at now: Int64) -> (ended: [(waiter: Waiter, isSent: Bool)], isDead: Bool) {
        guard now >= nextEnd else { return ([], false) }
        var ended: [(waiter: Waiter, isSent: Bool)] = []
        var isDead = false
        nextEnd = .max
        var index = head
        while index < calls.count {
            let (call, isSent) = (calls[index], index < head + sentCount)
            if isSent, now >= end(of: call) { isDead = true }
            if call.waiter != nil, now >= min(call.deadline, call.limit) {
                if let waiter = abandon(at: index) { ended.append((waiter, isSent)) }
            } else {
                nextEnd = min(nextEnd, call.waiter == nil ? end(of: call) : min(call.deadline, call.limit))
            }
            index += 1
        }
        // A sent one that was given up just now still tells whether the connection is alive.
        if !isDead, sentCount > 0 { nextEnd = min(nextEnd, end(of: calls[head])) }
        dropAbandoned()
        return (ended, isDead)
    }

    /// Gives up all calls that were sent: the connection is gone, and no answer will come.
    mutating func loseSent() -> [Waiter] {
        let lost = calls[head..<head + sentCount].compactMap(\.waiter)
        calls.removeSubrange(..<(head + sentCount))
        (head, sentCount, takenCount, collected) = (0, 0, 0, [])
        return lost
    }

    /// Gives up all calls.
    mutating func removeAll() -> [Waiter] {
        let all = calls[head...].compactMap(\.waiter)
        self = RedisCalls(patience: patience)
        return all
    }

    // MARK: - Internal

    /// When the connection counts as dead for a call that was sent: one that answers others is only slow.
    private func end(of call: Call) -> Int64 { max(call.deadline, lastSign.adding(patience)) }

    private mutating func abandon(at index: Int) -> Waiter? {
        let waiter = calls[index].waiter
        if index < head + sentCount {
            calls[index].waiter = nil
            if index == head { collected = [] }
        } else {
            unsentBytes -= calls[index].bytes.count
            calls[index].waiter = nil
            calls[index].bytes = []
            abandonedCount += 1
        }
        return waiter
    }

    /// Clears the places of calls that were given up before they were sent.
    private mutating func dropAbandoned() {
        guard abandonedCount > 0 else { return }
        abandonedCount = 0
        let start = head + sentCount
        calls.replaceSubrange(start..., with: calls[start...].filter { $0.waiter != nil })
    }

    private mutating func removeFirst() {
        calls[head].waiter = nil
        head += 1
        sentCount -= 1
        if head == calls.count {
            calls.removeAll(keepingCapacity: true)
            head = 0
            nextEnd = .max
        } else if head >= 1024, head * 2 > calls.count {
            calls.removeSubrange(..<head)
            head = 0
        }
    }
}
#endif
