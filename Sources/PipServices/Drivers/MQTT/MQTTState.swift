#if PIP_MQTT
internal import DequeModule

/// What the tasks and the thread of a ``MQTTEngine`` share.
struct MQTTState {
    typealias Waiter = CheckedContinuation<MQTTEngine.Outcome, Never>

    /// How the connection is.
    enum Phase {
        case stopped
        case disconnected
        case connected
    }

    /// A message that no listener has asked for yet.
    struct Unclaimed {
        let message: MQTTMessage
        let numbers: [Int]
    }

    var phase = Phase.stopped
    /// Why there is no connection.
    var reason = "it is being opened"
    var openers: [CheckedContinuation<Void, any Error>] = []
    var closers: [CheckedContinuation<Void, Never>] = []
    var isClosing = false
    /// The thread must be woken to see a change.
    var isAsleep = false
    /// The result of resolving the host.
    var resolved: Result<[String], MQTTConnectionError>?
    var outbox = MQTTOutbox<Waiter>()
    var subscriptions = MQTTSubscriptions<MQTTListener, Waiter>()
    var lastListener = 0
    /// The messages and bytes that were received and that no listener has taken.
    var heldCount = 0
    var heldSize = 0
    /// The messages of a persistent session that came before their listener.
    var unclaimed = Deque<Unclaimed>()

    /// Whether the thread must be woken to see a change. True once for each time that it sleeps.
    mutating func takeWakeup() -> Bool {
        defer { isAsleep = false }
        return isAsleep
    }

    /// Reading stops while too much is held.
    var isFull: Bool { heldCount >= MQTTEngine.heldLimit || heldSize >= MQTTEngine.heldSizeLimit }

    /// True if a message can be sent to the broker or waits for its acknowledgement, or a subscription does.
    var isWaiting: Bool { outbox.inFlightCount > 0 || subscriptions.isWaiting }
}
#endif
