#if PIP_MQTT
internal import DequeModule

/// The state shared by the tasks and the thread of an ``MQTTEngine``.
struct MQTTState {
    typealias Waiter = CheckedContinuation<MQTTEngine.Outcome, Never>

    /// The state of the connection.
    enum Phase {
        case stopped
        case disconnected
        case connected
    }

    /// A message without a listener so far.
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
    /// True if the thread must be woken to notice a change.
    var isAsleep = false
    /// The result of host resolution.
    var resolved: Result<[String], MQTTConnectionError>?
    var outbox = MQTTOutbox<Waiter>()
    var subscriptions = MQTTSubscriptions<MQTTListener, Waiter>()
    var lastListener = 0
    /// The number and size of received messages that no listener has accepted.
    var heldCount = 0
    var heldSize = 0
    /// Messages of a persistent session that arrived before their listener subscribed.
    var unclaimed = Deque<Unclaimed>()

    /// True if the thread must be woken to notice a change; true only once per wait.
    mutating func takeWakeup() -> Bool {
        defer { isAsleep = false }
        return isAsleep
    }

    /// True while reading must stop because too much is buffered.
    var isFull: Bool { heldCount >= MQTTEngine.heldLimit || heldSize >= MQTTEngine.heldSizeLimit }

    /// True if a message is sendable or unacknowledged, or a subscription is pending.
    var isWaiting: Bool { outbox.inFlightCount > 0 || subscriptions.isWaiting }
}
#endif
