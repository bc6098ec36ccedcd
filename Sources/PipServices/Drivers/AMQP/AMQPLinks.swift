#if PIP_AMQP
internal import DequeModule

/// The link for sending messages to an address.
struct AMQPSenderLink {
    /// The number of the link; nil while there is none.
    var link: Int?
    var isOpen = false
    /// The calls that wait to be sent, in order.
    var waiting = Deque<Int>()
    /// The calls that await the broker's outcome, with their deadlines.
    var inFlight: [Int: Duration] = [:]
    var failures = 0
    /// The earliest time to open the link again.
    var retryTime = Duration.zero

    var isIdle: Bool { waiting.isEmpty && inFlight.isEmpty }

    /// Queues the calls in flight again, before all others.
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

/// The link for receiving messages.
struct AMQPReceiverLink {
    let receiver: AMQPState.Receiver
    var link: Int?
    var isOpen = false
    /// The number of settled messages for which new credit can be granted, with a prefetch.
    var free = 0
    /// The credit that tasks requested before the link was open.
    var credit = 0
    /// The calls that wait for the link to open, and for a drain to end.
    var attachers: [Int] = []
    var drains: [Int] = []
    var failures = 0
    var retryTime = Duration.zero

    init(_ receiver: AMQPState.Receiver) { self.receiver = receiver }
}

extension AMQPCondition {
    /// True if a link closed with this condition can be opened again.
    var isTemporary: Bool {
        name.isEmpty
            || isOne(
                of: "amqp:link:detach-forced", "amqp:connection:forced", "amqp:internal-error", "com.microsoft:timeout",
                "com.microsoft:server-busy", "amqp:link:stolen")
    }
}
#endif
