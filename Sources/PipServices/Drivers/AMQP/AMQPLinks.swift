#if PIP_AMQP
internal import DequeModule

/// The link by which messages are sent to an address.
struct AMQPSenderLink {
    /// The number of the link; nil while there is none.
    var link: Int?
    var isOpen = false
    /// The calls that wait to be sent, in order.
    var waiting = Deque<Int>()
    /// Those that wait for the broker's word, and until when.
    var inFlight: [Int: Duration] = [:]
    var failures = 0
    /// When the link may be opened again.
    var retryTime = Duration.zero

    var isIdle: Bool { waiting.isEmpty && inFlight.isEmpty }

    /// Queues what was in flight again, before all else.
    mutating func requeue() {
        waiting.prepend(contentsOf: inFlight.keys.sorted())
        inFlight = [:]
    }

    mutating func takeAll() -> [Int] {
        requeue()
        defer { waiting = [] }
        return Array(waiting)
    }
}

/// The link of a receiver.
struct AMQPReceiverLink {
    let receiver: AMQPState.Receiver
    var link: Int?
    var isOpen = false
    /// How many messages may be asked for: those that were settled, for a prefetch.
    var free = 0
    /// The credit that tasks have asked for before the link was open.
    var credit = 0
    /// The calls that wait for the link, and for the end of a drain.
    var attachers: [Int] = []
    var drains: [Int] = []
    var failures = 0
    var retryTime = Duration.zero

    init(_ receiver: AMQPState.Receiver) { self.receiver = receiver }
}

extension AMQPCondition {
    /// True for the end of a link that can be opened again.
    var isTemporary: Bool {
        name.isEmpty
            || isOne(
                of: "amqp:link:detach-forced", "amqp:connection:forced", "amqp:internal-error", "com.microsoft:timeout",
                "com.microsoft:server-busy", "amqp:link:stolen")
    }
}
#endif
