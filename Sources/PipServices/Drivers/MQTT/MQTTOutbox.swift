#if PIP_MQTT
internal import DequeModule

/// The messages waiting to be sent or acknowledged: a state machine without I/O.
///
/// Messages are sent in the order of the calls. After a reconnect, unacknowledged messages are sent again before all
/// others.
struct MQTTOutbox<Waiter> {
    private struct Call {
        let message: MQTTMessage
        /// Nil after the caller stopped waiting.
        var waiter: Waiter?
        let deadline: Duration
        var isInFlight = false
        /// True if it was sent on an earlier connection.
        var wasSent = false
    }

    private var calls: [UInt64: Call] = [:]
    /// The unsent calls. Ids of ended calls are skipped.
    private var queue = Deque<UInt64>()
    /// The calls by packet identifier.
    private var inFlight: [Int32: UInt64] = [:]
    private var lastId: UInt64 = 0
    /// A lower bound for the next deadline of a call.
    private(set) var nextDeadline = Duration.never
    /// The size of all messages in bytes.
    private(set) var size = 0

    /// The number of waiting messages, in flight or unsent.
    var count: Int { calls.count }
    /// The number of unacknowledged messages.
    var inFlightCount: Int { inFlight.count }
    /// The number of unsent messages.
    var queuedCount: Int { calls.count - inFlight.count }

    /// The next id for a call.
    mutating func makeId() -> UInt64 {
        lastId += 1
        return lastId
    }

    mutating func append(_ id: UInt64, _ message: MQTTMessage, _ waiter: Waiter, deadline: Duration) {
        calls[id] = Call(message: message, waiter: waiter, deadline: deadline)
        queue.append(id)
        // Calls that ended before they were sent leave their ids behind.
        if queue.count > 2 * calls.count + 1000 { queue = Deque(queue.filter { calls[$0] != nil }) }
        size += message.size
        nextDeadline = min(nextDeadline, deadline)
    }

    /// Removes and returns the next messages to send. Each must be returned by ``noteSent(_:mid:)`` or ``remove(_:)``.
    mutating func take(_ limit: Int) -> [(id: UInt64, message: MQTTMessage)] {
        var taken: [(id: UInt64, message: MQTTMessage)] = []
        while taken.count < limit, let id = queue.popFirst() {
            guard let call = calls[id] else { continue }
            taken.append((id, call.message))
        }
        return taken
    }

    /// Records the packet identifier of a sent message.
    mutating func noteSent(_ id: UInt64, mid: Int32) {
        // If the caller stopped waiting in the meantime, the acknowledgement will be ignored.
        guard calls[id] != nil else { return }
        calls[id]?.isInFlight = true
        calls[id]?.wasSent = true
        inFlight[mid] = id
    }

    /// Ends the call of a packet identifier. Nil if no caller waits for it.
    mutating func acknowledge(mid: Int32) -> Waiter? { inFlight.removeValue(forKey: mid).flatMap { remove($0) } }

    /// Ends a call. Nil if no caller waits for it.
    mutating func remove(_ id: UInt64) -> Waiter? {
        guard let call = calls.removeValue(forKey: id) else { return nil }
        size -= call.message.size
        return call.waiter
    }

    /// Abandons a call. A message in flight keeps its place until it is acknowledged.
    mutating func abandon(_ id: UInt64) -> Waiter? {
        guard let call = calls[id], let waiter = call.waiter else { return nil }
        if call.isInFlight { calls[id]?.waiter = nil } else { _ = remove(id) }
        return waiter
    }

    /// Puts taken but unsent messages back at the head of the queue.
    mutating func untake(_ ids: [UInt64]) { for id in ids.reversed() { queue.prepend(id) } }

    /// Records the loss of the connection: unacknowledged messages are sent again if their callers still wait.
    mutating func loseConnection() {
        for id in inFlight.values.sorted().reversed() {
            guard calls[id]?.waiter != nil else {
                _ = remove(id)
                continue
            }
            calls[id]?.isInFlight = false
            queue.prepend(id)
        }
        inFlight = [:]
    }

    /// Ends expired calls.
    mutating func expire(at now: Duration) -> [(waiter: Waiter, wasSent: Bool)] {
        guard now >= nextDeadline else { return [] }
        var expired: [(waiter: Waiter, wasSent: Bool)] = []
        var next = Duration.never
        for (id, call) in calls where call.waiter != nil {
            if call.deadline > now {
                next = min(next, call.deadline)
            } else if let waiter = abandon(id) {
                expired.append((waiter, call.wasSent))
            }
        }
        // At once, instead of one by one.
        nextDeadline = next < .never ? max(next, now + .milliseconds(5)) : next
        return expired
    }

    /// Ends all calls.
    mutating func removeAll() -> [Waiter] {
        defer { (calls, queue, inFlight, size) = ([:], [], [:], 0) }
        return calls.values.compactMap(\.waiter)
    }
}
#endif
