#if PIP_ACTIVEMQ
internal import DequeModule

/// The unsent calls, and the calls that await their receipts. A state machine without I/O.
///
/// Calls are sent in order. If the connection is lost, calls that belong to it fail, and the others are resent before
/// all unsent calls.
struct STOMPOutbox<Waiter: Sendable> {
    typealias Ended = (waiter: Waiter, failure: STOMPFailure?)

    struct Call: Sendable {
        /// The frames, sent together; the last one requests the receipt.
        let frames: [STOMPFrame]
        let waiter: Waiter?
        let deadline: Duration
        /// The connection to which the call belongs; nil if any connection can be used.
        let link: Int?
        /// True if an error that ends the connection counts as the response, even if it names no call.
        var endsOnRefusal = false
        /// The subscription that the call creates.
        var subscription: Int?
        /// The number of times it was sent.
        var attempts = 0

        /// About as many bytes as it has on the wire.
        var size: Int { frames.reduce(0) { $0 + $1.size } }
    }

    /// The number of possible rejections after which a call fails. The broker's error need not name the rejected call.
    static var maxAttempts: Int { 3 }

    private var calls: [Int: Call] = [:]
    private var queued = Deque<Int>()
    /// The sent calls, in order.
    private var inFlight = Deque<Int>()
    private var inFlightIds: Set<Int> = []
    private var lastId = 0
    private(set) var size = 0

    var count: Int { calls.count }
    var inFlightCount: Int { inFlightIds.count }
    var queuedCount: Int { calls.count - inFlightIds.count }

    /// Returns the number of the next call, which is also its receipt id.
    mutating func makeId() -> Int {
        lastId += 1
        return lastId
    }

    /// Adds a call at the end or at the front.
    mutating func add(_ id: Int, _ call: Call, first: Bool = false) {
        calls[id] = call
        size += call.size
        if first { queued.prepend(id) } else { queued.append(id) }
    }

    /// Returns the next call and marks it as sent; nil if there is none, or if too many calls await their receipts.
    mutating func takeNext(_ maxInFlight: Int) -> (id: Int, frames: [STOMPFrame])? {
        while inFlightIds.count < max(1, maxInFlight), let id = queued.popFirst() {
            guard var frames = calls[id]?.frames, let last = frames.indices.last else { continue }
            frames[last].headers["receipt"] = String(id)
            calls[id]?.attempts += 1
            inFlight.append(id)
            inFlightIds.insert(id)
            return (id, frames)
        }
        return nil
    }

    /// Ends the call that awaits a receipt. Nil if there is none.
    mutating func end(_ receipt: String) -> Call? {
        guard let id = Int(receipt), inFlightIds.contains(id) else { return nil }
        return remove(id)
    }

    /// Ends a call whose task no longer waits. Frames that were sent still have their effect.
    mutating func abandon(_ id: Int) -> Waiter? { remove(id)?.waiter }

    /// Ends the expired calls.
    mutating func expire(at now: Duration, _ missingReason: String?) -> [Ended] {
        calls.filter { $0.value.deadline <= now }.keys.sorted().compactMap { id in
            let wasSent = (calls[id]?.attempts ?? 0) > 0
            let waiter = remove(id)?.waiter
            let failure: STOMPFailure =
                wasSent ? .noAnswer : missingReason.map { .unreachable($0) } ?? .notSent
            return waiter.map { ($0, failure) }
        }
    }

    /// The next deadline of a call; nil if there are no calls.
    var nextDeadline: Duration? { calls.values.lazy.map(\.deadline).min() }

    /// Ends the calls that belong to a lost connection, and requeues the others.
    ///
    /// - Parameters:
    ///   - refused: the receipt of the call that the broker rejected by ending the connection.
    ///   - isRefusal: true if the broker ended the connection with an error.
    mutating func loseConnection(_ reason: String, refused: String? = nil, isRefusal: Bool = false) -> [Ended] {
        var ended: [Ended] = []
        let culprit = refused.flatMap { Int($0) }
        var again: [Int] = []
        for id in inFlight where inFlightIds.contains(id) {
            guard let call = calls[id] else { continue }
            let isAnswered = id == culprit || isRefusal && culprit == nil && call.endsOnRefusal
            if call.link == nil, !isAnswered, !isRefusal || call.attempts < Self.maxAttempts {
                again.append(id)
                continue
            }
            let isRefused = isAnswered || isRefusal && culprit == nil && call.link == nil
            if let waiter = remove(id)?.waiter { ended.append((waiter, isRefused ? .refused(reason) : .lost(reason))) }
        }
        for id in queued where calls[id]?.link != nil {
            if let waiter = remove(id)?.waiter { ended.append((waiter, .lost(reason))) }
        }
        (inFlight, inFlightIds) = ([], [])
        queued.removeAll { calls[$0] == nil }
        queued.prepend(contentsOf: again)
        return ended
    }

    /// Ends all calls.
    mutating func removeAll() -> [Waiter] {
        defer { (calls, queued, inFlight, inFlightIds, size) = ([:], [], [], [], 0) }
        return calls.keys.sorted().compactMap { calls[$0]?.waiter }
    }

    /// The number of stored call numbers, including those of ended calls, for tests.
    var keptNumbers: Int { queued.count + inFlight.count }

    // MARK: - Internal

    private mutating func remove(_ id: Int) -> Call? {
        guard let call = calls.removeValue(forKey: id) else { return nil }
        size -= call.size
        inFlightIds.remove(id)
        // Numbers of ended calls are skipped later, but must not accumulate until then.
        if inFlight.count > 2 * inFlightIds.count + 64 { inFlight.removeAll { !inFlightIds.contains($0) } }
        if queued.count > 2 * queuedCount + 64 { queued.removeAll { calls[$0] == nil } }
        return call
    }
}
#endif
