#if PIP_MQTT
/// The subscribed filters of a client and their listeners: a state machine without I/O.
///
/// Several listeners of one filter share a broker subscription.
struct MQTTSubscriptions<Listener, Waiter> {
    /// A request to the broker.
    enum Request: Hashable {
        case subscribe(filter: String, qos: Int, number: Int)
        case unsubscribe(filter: String)
    }

    private struct Entry {
        /// The MQTT 5 subscription identifier, which the broker attaches to messages. It is derived from the filter,
        /// because a session may have messages for subscriptions of an earlier process.
        let number: Int
        /// The order of creation.
        let position: Int
        let filter: String
        /// The filter without the group of a shared subscription.
        let pattern: String
        var listeners: [(id: Int, qos: Int, listener: Listener)] = []
        /// The calls waiting for the broker, one per listener.
        var waiters: [(id: Int, waiter: Waiter, deadline: Duration)] = []
        /// The packet identifier of the pending request.
        var mid: Int32?
        /// True if the broker has confirmed the subscription.
        var isConfirmed = false
        /// True if the broker refused to renew it; it is not requested again on this connection.
        var isRefused = false

        var qos: Int { listeners.map(\.qos).max() ?? 0 }
    }

    private var entries: [ScalarText: Entry] = [:]
    /// The filters without listeners, to be unsubscribed.
    private var removed: [String] = []
    private var lastPosition = 0

    /// True if there is no listener.
    var isEmpty: Bool { entries.isEmpty }

    /// True while a request is pending at the broker.
    var isWaiting: Bool { entries.values.contains { $0.mid != nil } }

    /// The earliest deadline of a waiting call.
    var nextDeadline: Duration { entries.values.flatMap(\.waiters).map(\.deadline).min() ?? .never }

    /// Adds a listener. A request is sent even for a known filter, so that the listener receives retained messages.
    mutating func add(
        _ filter: String, qos: Int, id: Int, _ listener: Listener, _ waiter: Waiter, deadline: Duration
    ) {
        let key = ScalarText(filter)
        if entries[key] == nil {
            lastPosition += 1
            entries[key] = Entry(
                number: Self.number(of: filter), position: lastPosition, filter: filter,
                pattern: MQTTTopic.withoutGroup(filter))
            removed.removeAll { $0.isSame(as: filter) }
        }
        entries[key]?.listeners.append((id, qos, listener))
        entries[key]?.waiters.append((id, waiter, deadline))
        entries[key]?.isConfirmed = false
        entries[key]?.isRefused = false
        // A reply to an earlier request does not count for this one.
        entries[key]?.mid = nil
    }

    /// Removes a listener.
    /// - Parameter keepsSubscription: true for a persistent session, in which the broker continues to collect messages.
    mutating func remove(_ filter: String, id: Int, keepsSubscription: Bool) -> (listener: Listener?, waiter: Waiter?) {
        let key = ScalarText(filter)
        guard var entry = entries[key] else { return (nil, nil) }
        let listener = entry.listeners.first { $0.id == id }?.listener
        let waiter = entry.waiters.first { $0.id == id }?.waiter
        entry.listeners.removeAll { $0.id == id }
        entry.waiters.removeAll { $0.id == id }
        entries[key] = entry.listeners.isEmpty ? nil : entry
        if entry.listeners.isEmpty, listener != nil, !keepsSubscription { removed.append(filter) }
        return (listener, waiter)
    }

    /// Removes and returns the pending requests.
    mutating func takeRequests() -> [Request] {
        defer { removed = [] }
        return removed.map { .unsubscribe(filter: $0) }
            + entries.values.filter { !$0.isConfirmed && !$0.isRefused && $0.mid == nil }.sorted {
                $0.position < $1.position
            }
            .map { .subscribe(filter: $0.filter, qos: $0.qos, number: $0.number) }
    }

    /// Records the packet identifier of a request.
    mutating func noteSent(_ filter: String, mid: Int32) { entries[ScalarText(filter)]?.mid = mid }

    /// Records the broker's reply.
    /// - Returns: the waiting calls; after a refusal also their listeners, which are removed, and the filter if other
    ///   listeners remain, which receive nothing until the next connection.
    mutating func answer(
        mid: Int32, isAccepted: Bool
    ) -> (waiters: [Waiter], removed: [Listener], deaf: String?) {
        guard let (key, found) = entries.first(where: { $0.value.mid == mid }) else { return ([], [], nil) }
        var entry = found
        let waiters = entry.waiters.map(\.waiter)
        guard isAccepted else {
            let new = Set(entry.waiters.map(\.id))
            let removed = entry.listeners.filter { new.contains($0.id) }.map(\.listener)
            entry.listeners.removeAll { new.contains($0.id) }
            (entry.waiters, entry.mid, entry.isRefused) = ([], nil, true)
            entries[key] = entry.listeners.isEmpty ? nil : entry
            return (waiters, removed, entry.listeners.isEmpty ? nil : entry.filter)
        }
        entries[key]?.waiters = []
        entries[key]?.mid = nil
        entries[key]?.isConfirmed = true
        return (waiters, [], nil)
    }

    /// Records a new connection: without a session, the broker has no subscriptions.
    mutating func noteConnection(isSessionPresent: Bool) {
        for key in entries.keys {
            entries[key]?.mid = nil
            entries[key]?.isRefused = false
            if !isSessionPresent { entries[key]?.isConfirmed = false }
        }
        if !isSessionPresent { removed = [] }
    }

    /// Ends expired calls and removes their listeners.
    mutating func expire(
        at now: Duration, keepsSubscription: Bool = false
    ) -> [(waiter: Waiter, listener: Listener?)] {
        let late = entries.values.flatMap { entry in
            entry.waiters.filter { $0.deadline <= now }.map { (entry.filter, $0.id, $0.waiter) }
        }
        return late.map { filter, id, waiter in
            (waiter, remove(filter, id: id, keepsSubscription: keepsSubscription).listener)
        }
    }

    /// Removes everything.
    mutating func removeAll() -> (waiters: [Waiter], listeners: [Listener]) {
        defer { (entries, removed) = ([:], []) }
        return (
            entries.values.flatMap { $0.waiters.map(\.waiter) }, entries.values.flatMap { $0.listeners.map(\.listener) }
        )
    }

    /// Returns the listeners of a message.
    /// - Parameter numbers: the message's subscription identifiers, if the broker sends them.
    func listeners(of topic: String, numbers: [Int]) -> [Listener] {
        let matching = entries.values.filter { entry in
            MQTTTopic.hasWildcards(entry.pattern)
                ? MQTTTopic.matches(entry.pattern, topic) : entry.pattern.isSame(as: topic)
        }
        let named = numbers.isEmpty ? [] : matching.filter { numbers.contains($0.number) }
        return (named.isEmpty ? matching : named).flatMap { $0.listeners.map(\.listener) }
    }

    // MARK: - Internal

    /// An FNV-1a hash in the range of subscription identifiers.
    private static func number(of filter: String) -> Int {
        let hash = filter.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return Int(hash % 268_435_455) + 1
    }
}
#endif
