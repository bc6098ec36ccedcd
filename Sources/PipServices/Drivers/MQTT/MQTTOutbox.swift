#if PIP_MQTT
internal import DequeModule

/// The messages that wait to be sent or acknowledged: a state machine without I/O.
///
/// Messages are sent in the order in which they came. When a connection is lost, those without an acknowledgement are
/// sent again on the next one, before all others.
struct MQTTOutbox<Waiter> {
    private struct Call {
        let message: MQTTMessage
        /// Nil after the caller stopped waiting.
        var waiter: Waiter?
        let deadline: Duration
        var isInFlight = false
        /// Sent on an earlier connection.
        var wasSent = false
    }

    private var calls: [UInt64: Call] = [:]
    /// The calls that wait to be sent. Those that are gone are skipped.
    private var queue = Deque<UInt64>()
    /// The calls by the packet identifiers of the connection.
    private var inFlight: [Int32: UInt64] = [:]
    private var lastId: UInt64 = 0
    /// No call's time is over before.
    private(set) var nextDeadline = Duration.never
    /// The bytes of all messages.
    private(set) var size = 0

    /// The number of messages that wait, in flight or to be sent.
    var count: Int { calls.count }
    /// The number of messages that wait for their acknowledgement.
    var inFlightCount: Int { inFlight.count }
    /// The number of messages that wait to be sent.
    var queuedCount: Int { calls.count - inFlight.count }

    /// The next id for a call.
    mutating func makeId() -> UInt64 {
        lastId += 1
        return lastId
    }

    mutating func append(_ id: UInt64, _ message: MQTTMessage, _ waiter: Waiter, deadline: Duration) {
        calls[id] = Call(message: message, waiter: waiter, deadline: deadline)
        queue.append(id)
        // Calls that ended without being sent leave their ids behind.
        if queue.count > 2 * calls.count + 1000 { queue = Deque(queue.filter { calls[$0] != nil }) }
        size += message.size
        nextDeadline = min(nextDeadline, deadline)
    }

    /// Takes the next messages to send. Each must be returned by ``noteSent(_:mid:)`` or ``remove(_:)``.
    mutating func take(_ limit: Int) -> [(id: UInt64, message: MQTTMessage)] {
        var taken: [(id: UInt64, message: MQTTMessage)] = []
        while taken.count < limit, let id = queue.popFirst() {
            guard let call = calls[id] else { continue }
            taken.append((id, call.message))
        }
        return taken
    }

    /// Records the packet identifier of a message that was sent.
    mutating func noteSent(_ id: UInt64, mid: Int32) {
        // A caller that stopped waiting meanwhile leaves an acknowledgement that nobody awaits.
        guard calls[id] != nil else { return }
        calls[id]?.isInFlight = true
        calls[id]?.wasSent = true
        inFlight[mid] = id
    }

    /// Ends the call that a packet identifier belongs to. Nil if nobody waits for it.
    mutating func acknowledge(mid: Int32) -> Waiter? { inFlight.removeValue(forKey: mid).flatMap { remove($0) } }

    /// Ends a call. Nil if nobody waits for it.
    mutating func remove(_ id: UInt64) -> Waiter? {
        guard let call = calls.removeValue(forKey: id) else { return nil }
        size -= call.message.size
        return call.waiter
    }

    /// Ends the wait of a caller. A message that is in flight keeps its place until it is acknowledged.
    mutating func abandon(_ id: UInt64) -> Waiter? {
        guard let call = calls[id], let waiter = call.waiter else { return nil }
        if call.isInFlight { calls[id]?.waiter = nil } else { _ = remove(id) }
        return waiter
    }

    /// Returns messages that were taken and not sent to the head of the queue.
    mutating func untake(_ ids: [UInt64]) { for id in ids.reversed() { queue.prepend(id) } }

    /// Records that the connection is lost: messages without an acknowledgement are sent again, if their callers still
    /// wait.
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

    /// Ends the waits whose time is over.
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
        // Not for each of many calls one by one.
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
