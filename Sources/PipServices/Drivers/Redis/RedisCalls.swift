#if PIP_REDIS
internal import DequeModule

/// The calls of one connection, in the order in which they are sent and answered: first those that were sent, then those
/// that wait to be sent. It does no input or output.
///
/// A call that is abandoned after it was sent keeps its place, so that its reply does not reach the next call.
/// Times are in nanoseconds of the clock's `uptime`.
struct RedisCalls<Waiter> {
    struct Call {
        let id: UInt64
        /// Nil if the call was abandoned after it was sent.
        var waiter: Waiter?
        /// Empty once the call is on the wire.
        var bytes: [UInt8]
        /// True for a pipeline, whose replies are returned together.
        let isBatch: Bool
        /// The number of replies that have not arrived.
        var missing: Int
        /// When the connection counts as dead if this call has no reply.
        let deadline: Int64
        /// When the caller stops waiting.
        let limit: Int64
    }

    /// How many bytes must move for a connection to count as alive.
    private static var leastProgress: Int { 4096 }
    /// How many times as long a sent call may take while a large reply or command is being transferred.
    private static var longestTransfer: Int64 { 4 }

    /// A call with its complete reply.
    struct Answered {
        let waiter: Waiter
        let reply: RedisReply
    }

    private var calls: Deque<Call> = []
    /// The number of calls that are on the wire, or about to be.
    private(set) var sentCount = 0
    /// The number of calls, the last of the sent ones, that may not be on the wire yet: their bytes are kept.
    private var takenCount = 0
    /// The size of the calls that wait to be sent.
    private(set) var unsentBytes = 0
    /// No call times out before this time.
    private(set) var nextTimeout = Int64.max
    /// When the last reply arrived, or when the connection began to owe one.
    private var lastActivity = Int64.min / 2
    /// How long a connection that owes replies may be silent.
    private let silenceLimit: Int64
    /// The replies that have arrived for an incomplete batch.
    private var collected: [RedisReply] = []

    init(silenceLimit: Int64 = 0) { self.silenceLimit = silenceLimit }

    /// The number of calls.
    var count: Int { calls.count }
    var isEmpty: Bool { calls.isEmpty }
    /// The number of calls that wait to be sent.
    var unsentCount: Int { calls.count - sentCount }

    /// True while the connection owes a reply of which a part may have arrived.
    private(set) var isReceiving = false
    /// Bytes that moved since the last activity.
    private var movedBytes = 0

    /// Adds a call behind all others.
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

    /// Records that a reply has arrived, or that the connection owes a reply from now on.
    mutating func noteActivity(at now: Int64) { (lastActivity, isReceiving, movedBytes) = (now, false, 0) }

    /// Records that bytes were sent or received that complete no reply. Single bytes are no sign of life.
    mutating func noteBytes(_ count: Int, at now: Int64) {
        movedBytes += count
        guard movedBytes >= Self.leastProgress else { return }
        (lastActivity, isReceiving, movedBytes) = (now, true, 0)
    }

    /// Moves unsent calls to `output`, until that is `size` bytes long, and counts them as sent.
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

    /// Records that the first bytes of the calls that were taken are on the wire.
    mutating func confirm() {
        for index in sentCount - takenCount..<sentCount { calls[index].bytes = [] }
        takenCount = 0
    }

    /// Counts the calls that were taken as unsent: none of their bytes is on the wire.
    mutating func takeBack() {
        sentCount -= takenCount
        takenCount = 0
        removeAbandoned()
        unsentBytes = calls[sentCount...].reduce(0) { $0 + $1.bytes.count }
    }

    /// Adds the next reply to the call that it belongs to, and the call to `answered` if that completes it.
    /// - Returns: False if no call awaits a reply.
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

    /// Abandons a call, for a caller that stops waiting.
    /// - Returns: Its waiter; nil if the call has ended already.
    mutating func abandon(_ id: UInt64) -> Waiter? {
        guard let index = calls.firstIndex(where: { $0.id == id }) else { return nil }
        let waiter = abandon(at: index)
        if index >= sentCount { calls.remove(at: index) }
        return waiter
    }

    /// Abandons the calls whose time is over.
    /// - Returns: Their waiters, whether each was sent, and whether the connection counts as dead.
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

    /// Removes the calls that were sent: the connection is lost, and no reply will arrive.
    /// - Returns: Their waiters.
    mutating func loseSent() -> [Waiter] {
        let lost = calls[..<sentCount].compactMap(\.waiter)
        calls.removeFirst(sentCount)
        (sentCount, takenCount, collected) = (0, 0, [])
        (isReceiving, movedBytes) = (false, 0)
        return lost
    }

    /// Removes all calls.
    /// - Returns: Their waiters.
    mutating func removeAll() -> [Waiter] {
        let all = calls.compactMap(\.waiter)
        self = RedisCalls(silenceLimit: silenceLimit)
        return all
    }

    // MARK: - Internal

    /// When the connection counts as dead for a call that was sent. A server that answers other calls is only slow.
    private func deathTime(of call: Call) -> Int64 { max(call.deadline, lastActivity.adding(silenceLimit)) }

    /// When the caller gives up. While a large reply arrives, those behind it in the connection wait longer.
    private func endTime(of call: Call, _ isSent: Bool) -> Int64 {
        guard isSent, isReceiving else { return min(call.deadline, call.limit) }
        let longest = call.deadline.adding(silenceLimit * (Self.longestTransfer - 1))
        return min(call.limit, max(call.deadline, min(lastActivity.adding(silenceLimit), longest)))
    }

    /// Takes the waiter of a call. An unsent call must be removed next.
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

    /// Removes the unsent calls that were abandoned.
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
    /// The sum, or the largest number if the sum does not fit.
    func adding(_ other: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }
}
#endif
