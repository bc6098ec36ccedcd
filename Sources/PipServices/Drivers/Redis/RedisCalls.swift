#if PIP_REDIS
internal import DequeModule

/// The calls of one connection in the order of sending: first those already sent, then those waiting to be sent. A pure
/// state machine.
///
/// A call that is abandoned after it was sent keeps its place, so that its reply does not reach the next call. Times
/// are clock readings (`uptime`) in nanoseconds.
struct RedisCalls<Waiter> {
    struct Call {
        let id: UInt64
        /// Nil if the call was abandoned after it was sent.
        var waiter: Waiter?
        /// Empty after the call was sent.
        var bytes: [UInt8]
        /// True for a pipeline, whose replies are returned together.
        let isBatch: Bool
        /// The number of outstanding replies.
        var missing: Int
        /// When the connection is considered dead without a reply to this call.
        let deadline: Int64
        /// The caller's deadline.
        let limit: Int64
    }

    /// The number of bytes that must be transferred for a connection to be considered alive.
    private static var leastProgress: Int { 4096 }
    /// The factor by which the time of a sent call is extended while a large reply or command is transferred.
    private static var longestTransfer: Int64 { 4 }

    /// A call with its complete reply.
    struct Answered {
        let waiter: Waiter
        let reply: RedisReply
    }

    private var calls: Deque<Call> = []
    /// The number of calls that are sent or about to be sent.
    private(set) var sentCount = 0
    /// The number of calls, at the end of the sent ones, whose bytes are kept because they may not be sent yet.
    private var takenCount = 0
    /// The size of the unsent calls in bytes.
    private(set) var unsentBytes = 0
    /// A lower bound for the next timeout of a call.
    private(set) var nextTimeout = Int64.max
    /// When the last reply arrived, or when the connection first had an outstanding reply.
    private var lastActivity = Int64.min / 2
    /// The maximum silence of a connection with outstanding replies.
    private let silenceLimit: Int64
    /// The replies received so far for an incomplete batch.
    private var collected: [RedisReply] = []

    init(silenceLimit: Int64 = 0) { self.silenceLimit = silenceLimit }

    /// The number of calls.
    var count: Int { calls.count }
    var isEmpty: Bool { calls.isEmpty }
    /// The number of unsent calls.
    var unsentCount: Int { calls.count - sentCount }

    /// True while a reply is outstanding of which a part may have arrived.
    private(set) var isReceiving = false
    /// The number of bytes transferred since the last activity.
    private var movedBytes = 0

    /// Appends a call.
    mutating func append(
        _ id: UInt64, _ waiter: Waiter, _ bytes: [UInt8], replies: Int?, deadline: Int64, limit: Int64
    ) {
        calls.append(
            Call(
                id: id, waiter: waiter, bytes: bytes, isBatch: replies != nil, missing: replies ?? 1,
                deadline: deadline, limit: limit))
        unsentBytes += bytes.count
        nextTimeout = min(nextTimeout, deadline, limit)
    }

    /// Records that a reply has arrived, or that the first reply is outstanding.
    mutating func noteActivity(at now: Int64) { (lastActivity, isReceiving, movedBytes) = (now, false, 0) }

    /// Records transferred bytes that complete no reply. Single bytes do not count as activity.
    mutating func noteBytes(_ count: Int, at now: Int64) {
        movedBytes += count
        guard movedBytes >= Self.leastProgress else { return }
        (lastActivity, isReceiving, movedBytes) = (now, true, 0)
    }

    /// Moves unsent calls to `output`, up to about `size` bytes, and marks them as sent.
    ///
    /// ``confirm()`` or ``takeBack()`` must follow.
    mutating func take(into output: inout [UInt8], upTo size: Int) {
        while sentCount < calls.count, output.count < size {
            let bytes = calls[sentCount].bytes
            unsentBytes -= bytes.count
            if output.isEmpty, bytes.count >= 1 << 16 {
                // A large command is not copied. For small ones, the capacity of `output` is reused.
                output = bytes
            } else {
                output += bytes
            }
            sentCount += 1
            takenCount += 1
        }
    }

    /// Records that the first bytes of the taken calls were sent.
    mutating func confirm() {
        for index in sentCount - takenCount..<sentCount { calls[index].bytes = [] }
        takenCount = 0
    }

    /// Marks the taken calls as unsent: none of their bytes was sent.
    mutating func takeBack() {
        sentCount -= takenCount
        takenCount = 0
        removeAbandoned()
        unsentBytes = calls[sentCount...].reduce(0) { $0 + $1.bytes.count }
    }

    /// Adds the next reply to its call. If the call is then complete, it is appended to `answered`.
    /// - Returns: false if no call awaits a reply.
    mutating func answer(_ reply: RedisReply, _ answered: inout [Answered]) -> Bool {
        guard sentCount > takenCount else { return false }
        if !calls[0].isBatch {
            if let waiter = calls[0].waiter { answered.append(Answered(waiter: waiter, reply: reply)) }
            removeFirst()
            return true
        }
        if calls[0].waiter != nil { collected.append(reply) }
        calls[0].missing -= 1
        if calls[0].missing <= 0 {
            if let waiter = calls[0].waiter { answered.append(Answered(waiter: waiter, reply: .array(collected))) }
            collected = []
            removeFirst()
        }
        return true
    }

    /// Abandons a call whose caller stopped waiting.
    /// - Returns: its waiter; nil if the call has already ended.
    mutating func abandon(_ id: UInt64) -> Waiter? {
        guard let index = calls.firstIndex(where: { $0.id == id }) else { return nil }
        let waiter = abandon(at: index)
        if index >= sentCount { calls.remove(at: index) }
        return waiter
    }

    /// Abandons expired calls.
    /// - Returns: their waiters, whether each was sent, and whether the connection is considered dead.
    mutating func expire(at now: Int64) -> (ended: [(waiter: Waiter, isSent: Bool)], isDead: Bool) {
        guard now >= nextTimeout else { return ([], false) }
        var ended: [(waiter: Waiter, isSent: Bool)] = []
        var isDead = false
        for index in calls.indices {
            let isSent = index < sentCount
            if isSent, now >= deathTime(of: calls[index]) { isDead = true }
            if now >= endTime(of: calls[index], isSent), let waiter = abandon(at: index) {
                ended.append((waiter, isSent))
            }
        }
        removeAbandoned()
        nextTimeout = calls.indices.reduce(.max) { time, index in
            let call = calls[index]
            return min(time, call.waiter == nil ? deathTime(of: call) : endTime(of: call, index < sentCount))
        }
        return (ended, isDead)
    }

    /// Removes the sent calls after the connection was lost.
    /// - Returns: their waiters.
    mutating func loseSent() -> [Waiter] {
        let lost = calls[..<sentCount].compactMap(\.waiter)
        calls.removeFirst(sentCount)
        (sentCount, takenCount, collected) = (0, 0, [])
        (isReceiving, movedBytes) = (false, 0)
        return lost
    }

    /// Removes all calls.
    /// - Returns: their waiters.
    mutating func removeAll() -> [Waiter] {
        let all = calls.compactMap(\.waiter)
        self = RedisCalls(silenceLimit: silenceLimit)
        return all
    }

    // MARK: - Internal

    /// When the connection is considered dead for a sent call. A server that answers other calls is only slow.
    private func deathTime(of call: Call) -> Int64 { max(call.deadline, lastActivity.adding(silenceLimit)) }

    /// The caller's timeout. While a large reply arrives, the calls behind it get more time.
    private func endTime(of call: Call, _ isSent: Bool) -> Int64 {
        guard isSent, isReceiving else { return min(call.deadline, call.limit) }
        let longest = call.deadline.adding(silenceLimit * (Self.longestTransfer - 1))
        return min(call.limit, max(call.deadline, min(lastActivity.adding(silenceLimit), longest)))
    }

    /// Removes the waiter of a call. The caller must then remove an unsent call.
    private mutating func abandon(at index: Int) -> Waiter? {
        let waiter = calls[index].waiter
        calls[index].waiter = nil
        if index >= sentCount {
            unsentBytes -= calls[index].bytes.count
        } else if index == 0 {
            collected = []
        }
        return waiter
    }

    /// Removes abandoned calls that were not sent.
    private mutating func removeAbandoned() {
        guard calls[sentCount...].contains(where: { $0.waiter == nil }) else { return }
        calls.replaceSubrange(sentCount..., with: calls[sentCount...].filter { $0.waiter != nil })
    }

    private mutating func removeFirst() {
        calls.removeFirst()
        sentCount -= 1
        if calls.isEmpty { nextTimeout = .max }
    }
}

extension Int64 {
    /// The sum, or the maximum on overflow.
    func adding(_ other: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }
}
#endif
