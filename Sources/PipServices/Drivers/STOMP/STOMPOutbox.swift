#if PIP_ACTIVEMQ
internal import DequeModule

/// The calls that wait to be sent, and those that wait for their receipts. A state machine without I/O.
///
/// Calls are sent in order. If the connection is lost, those that can be repeated are sent again before all others, and
/// those that belong to the connection fail.
struct STOMPOutbox<Waiter: Sendable> {
    typealias Ended = (waiter: Waiter, failure: STOMPFailure?)

    struct Call: Sendable {
        /// What is sent at once; the last frame asks for the receipt.
        let frames: [STOMPFrame]
        let waiter: Waiter?
        let deadline: Duration
        /// The connection that the call belongs to; nil if another one will do too.
        let link: Int?
        /// True if an error that ends the connection is taken as the answer, even if it names no call.
        var endsOnRefusal = false
        /// The subscription that the call makes.
        var subscription: Int?
        /// How many times it was sent.
        var attempts = 0

        /// About as many bytes as it has on the wire.
        var size: Int { frames.reduce(0) { $0 + $1.size } }
    }

    /// A call that the broker may have refused so many times fails: an error need not name the call.
    static var maxAttempts: Int { 3 }

    private var calls: [Int: Call] = [:]
    private var queued = Deque<Int>()
    /// In the order in which they were sent.
    private var inFlight = Deque<Int>()
    private var inFlightIds: Set<Int> = []
    private var lastId = 0
    private(set) var size = 0

    var count: Int { calls.count }
    var inFlightCount: Int { inFlightIds.count }
    var queuedCount: Int { calls.count - inFlightIds.count }

    /// The number of the next call, which is also its receipt.
    mutating func makeId() -> Int {
        lastId += 1
        return lastId
    }

    /// Adds a call behind the others, or before them.
    mutating func add(_ id: Int, _ call: Call, first: Bool = false) {
        calls[id] = call
        size += call.size
        if first { queued.prepend(id) } else { queued.append(id) }
    }

    /// The next call to send, which then counts as sent; nil if there is none, or if too many wait for their receipts.
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

    /// Ends the call with a receipt. Nil for a receipt that no call waits for.
    mutating func end(_ receipt: String) -> Call? {
        guard let id = Int(receipt), inFlightIds.contains(id) else { return nil }
        return remove(id)
    }

    /// Ends a call that its task no longer waits for. Frames that were sent have their effect nevertheless.
    mutating func abandon(_ id: Int) -> Waiter? { remove(id)?.waiter }

    /// Ends the calls whose time is over.
    mutating func expire(at now: Duration, _ missingReason: String?) -> [Ended] {
        calls.filter { $0.value.deadline <= now }.keys.sorted().compactMap { id in
            let wasSent = (calls[id]?.attempts ?? 0) > 0
            let waiter = remove(id)?.waiter
            let failure: STOMPFailure =
                wasSent ? .noAnswer : missingReason.map { .unreachable($0) } ?? .notSent
            return waiter.map { ($0, failure) }
        }
    }

    /// When the next call's time is over; nil if there is none.
    var nextDeadline: Duration? { calls.values.lazy.map(\.deadline).min() }

    /// Ends the calls that belong to a lost connection, and queues the others again.
    ///
    /// - Parameters:
    ///   - refused: the receipt of the call that the broker refused by ending the connection.
    ///   - isRefusal: true if the broker ended the connection by an error.
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

    /// How many numbers of calls are kept, those of ended ones included: to know, in tests.
    var keptNumbers: Int { queued.count + inFlight.count }

    // MARK: - Internal

    private mutating func remove(_ id: Int) -> Call? {
        guard let call = calls.removeValue(forKey: id) else { return nil }
        size -= call.size
        inFlightIds.remove(id)
        // The numbers of ended calls are skipped later, and must not pile up until then.
        if inFlight.count > 2 * inFlightIds.count + 64 { inFlight.removeAll { !inFlightIds.contains($0) } }
        if queued.count > 2 * queuedCount + 64 { queued.removeAll { calls[$0] == nil } }
        return call
    }
}
#endif
