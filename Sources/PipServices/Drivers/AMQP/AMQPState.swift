#if PIP_AMQP
internal import DequeModule

/// The state that the tasks and the thread of an ``AMQPEngine`` share.
struct AMQPState {
    typealias Waiter = CheckedContinuation<Result<AMQPOutcome, AMQPFailure>, Never>

    enum Phase {
        case stopped
        case disconnected
        /// The connection is open, and the client is being authorized.
        case authorizing
        case connected
    }

    /// A pending call.
    struct Call {
        enum Kind {
            case send(address: String, [UInt8])
            case settle(AMQPDeliveryID, AMQPOutcome)
            /// Waits until the receiver has started.
            case attach(receiver: Int)
            case drain(receiver: Int)
        }

        let kind: Kind
        let waiter: Waiter
        let deadline: Duration
        /// The number of times it was sent.
        var attempts = 0

        var size: Int { if case .send(_, let bytes) = kind { bytes.count } else { 0 } }
    }

    struct Receiver {
        let source: AMQPSource
        let listener: AMQPListener
        var attachment = AMQPAttachment()
        /// The credit that tasks have requested and the thread has not granted yet.
        var credit = 0
    }

    var phase = Phase.stopped
    /// The reason that there is no connection.
    var reason = "it is being opened"
    var openers: [CheckedContinuation<Void, any Error>] = []
    var closers: [CheckedContinuation<Void, Never>] = []
    var isClosing = false
    /// True if the thread must be woken to notice a change.
    var isAsleep = false
    var calls: [Int: Call] = [:]
    /// The calls that the thread has not handled yet.
    var newCalls = Deque<Int>()
    var lastCall = 0
    var size = 0
    /// The number of calls that the thread has sent.
    var inFlightCount = 0
    /// A lower bound for the next deadline of a call.
    var sweepTime = Duration.never
    var receivers: [Int: Receiver] = [:]
    var lastReceiver = 0
    /// The changed receivers.
    var changed: Set<Int> = []
    /// The result of the authorization; nil until it ends.
    var authorized: Result<Void, AMQPConnectionError>?

    /// Returns whether the thread must be woken to notice a change. True only once each time that it sleeps.
    mutating func takeWakeup() -> Bool {
        defer { isAsleep = false }
        return isAsleep
    }

    mutating func remove(_ id: Int) -> Call? {
        guard let call = calls.removeValue(forKey: id) else { return nil }
        size -= call.size
        return call
    }

    /// Removes and returns the expired calls.
    mutating func expire(at now: Duration) -> [Call] {
        guard now >= sweepTime else { return [] }
        let ended = calls.filter { $0.value.deadline <= now }.keys.sorted()
        let removed = ended.compactMap { remove($0) }
        sweepTime = calls.values.lazy.map(\.deadline).min() ?? .never
        return removed
    }
}
#endif
