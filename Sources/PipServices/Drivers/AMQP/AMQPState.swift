#if PIP_AMQP
internal import DequeModule

/// What the tasks and the thread of an ``AMQPEngine`` share.
struct AMQPState {
    typealias Waiter = CheckedContinuation<Result<AMQPOutcome, AMQPFailure>, Never>

    enum Phase {
        case stopped
        case disconnected
        /// The connection is open, and the client proves who it is.
        case authorizing
        case connected
    }

    /// A call that waits.
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
        /// How many times it was sent.
        var attempts = 0

        var size: Int { if case .send(_, let bytes) = kind { bytes.count } else { 0 } }
    }

    struct Receiver {
        let source: AMQPSource
        let listener: AMQPListener
        var attachment = AMQPAttachment()
        /// What tasks have asked for, and the thread has not passed on.
        var credit = 0
    }

    var phase = Phase.stopped
    /// Why there is no connection.
    var reason = "it is being opened"
    var openers: [CheckedContinuation<Void, any Error>] = []
    var closers: [CheckedContinuation<Void, Never>] = []
    var isClosing = false
    /// The thread must be woken to see a change.
    var isAsleep = false
    var calls: [Int: Call] = [:]
    /// The calls that the thread has not seen.
    var newCalls = Deque<Int>()
    var lastCall = 0
    var size = 0
    /// The calls that the thread has sent.
    var inFlightCount = 0
    /// When the first call's time is over, or earlier.
    var sweepTime = Duration.never
    var receivers: [Int: Receiver] = [:]
    var lastReceiver = 0
    /// The receivers that changed.
    var changed: Set<Int> = []
    /// The end of the authorization.
    var authorized: Result<Void, AMQPConnectionError>?

    /// Whether the thread must be woken to see a change. True once for each time that it sleeps.
    mutating func takeWakeup() -> Bool {
        defer { isAsleep = false }
        return isAsleep
    }

    mutating func remove(_ id: Int) -> Call? {
        guard let call = calls.removeValue(forKey: id) else { return nil }
        size -= call.size
        return call
    }

    /// The calls whose time is over.
    mutating func expire(at now: Duration) -> [Call] {
        guard now >= sweepTime else { return [] }
        let ended = calls.filter { $0.value.deadline <= now }.keys.sorted()
        let removed = ended.compactMap { remove($0) }
        sweepTime = calls.values.lazy.map(\.deadline).min() ?? .never
        return removed
    }
}
#endif
