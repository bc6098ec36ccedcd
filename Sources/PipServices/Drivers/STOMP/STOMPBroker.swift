#if PIP_ACTIVEMQ
/// A broker product that supports STOMP, with its differences from the others.
enum STOMPBroker: Sendable, Hashable {
    case activeMQ, rabbitMQ

    /// The name in errors and logs.
    var name: String {
        switch self {
        case .activeMQ: "ActiveMQ"
        case .rabbitMQ: "RabbitMQ"
        }
    }

    /// The prefix of the counters of its connections.
    var kind: String {
        switch self {
        case .activeMQ: "activemq"
        case .rabbitMQ: "rabbitmq"
        }
    }

    // MARK: - Destinations

    /// The destination of a queue.
    /// - Parameter creates: true to create it if it is missing. ActiveMQ always does.
    func queue(_ name: String, creates: Bool = true) -> String {
        switch self {
        case .activeMQ: "/queue/\(name)"
        case .rabbitMQ: (creates ? "/queue/" : "/amq/queue/") + Self.encoded(name)
        }
    }

    /// The destination of a topic.
    func topic(_ name: String) -> String {
        switch self {
        case .activeMQ: "/topic/\(name)"
        case .rabbitMQ: "/topic/" + Self.encoded(name)
        }
    }

    /// The destination of a RabbitMQ exchange.
    static func exchange(_ name: String, routingKey: String) -> String {
        "/exchange/" + encoded(name) + (routingKey.isEmpty ? "" : "/" + encoded(routingKey))
    }

    /// Describes why the name of a queue or topic is invalid; nil if it is valid.
    func problem(ofName name: String) -> String? {
        if name.isEmpty { return "it is empty" }
        if name.utf8.count > 255 { return "it has more than 255 bytes" }
        if name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            return "it has a control character"
        }
        guard self == .activeMQ else { return nil }
        // Wildcards, lists of destinations, and options of a destination.
        if let sign = name.unicodeScalars.first(where: { "*>,?".unicodeScalars.contains($0) }) {
            return "it has the character '\(sign)'"
        }
        return name.trimmed.isSame(as: name) ? nil : "it begins or ends with a space"
    }

    /// Describes valid names of queues and topics.
    var nameForm: String {
        "1 to 255 bytes without control characters"
            + (self == .activeMQ ? ", without * > , ? and without a space at the ends" : "")
    }

    // MARK: - Headers

    /// The header for the maximum number of unacknowledged messages.
    func prefetch(_ count: Int) -> (String, String) {
        switch self {
        case .activeMQ: ("activemq.prefetchSize", String(count))
        case .rabbitMQ: ("prefetch-count", String(count))
        }
    }

    /// The headers of a subscription that receives all messages while it exists. RabbitMQ needs none, because it
    /// delivers existing messages to the first subscription.
    var exclusive: STOMPHeaders { self == .activeMQ ? ["activemq.exclusive": "true"] : [:] }

    /// The header that carries the id of a message. RabbitMQ rejects `message-id`, and ActiveMQ replaces it.
    var idHeader: String {
        switch self {
        case .activeMQ: "x-message-id"
        case .rabbitMQ: "amqp-message-id"
        }
    }

    /// The name of the header for the expiration of a message.
    var expiryHeader: String {
        switch self {
        case .activeMQ: "expires"
        case .rabbitMQ: "expiration"
        }
    }

    /// Returns the header for the expiration of a message.
    func expiry(after time: Duration, nowMilliseconds: Int64) -> (String, String) {
        guard self == .activeMQ else { return (expiryHeader, String(time.wholeMilliseconds)) }
        let end = nowMilliseconds.addingReportingOverflow(time.wholeMilliseconds)
        return (expiryHeader, String(end.overflow ? .max : end.partialValue))
    }

    /// Returns where and how the broker delays a copy: in the queue itself by a header of ActiveMQ's scheduler, or in a
    /// delay queue, from which RabbitMQ moves it to the queue when its time to live expires.
    ///
    /// RabbitMQ releases the messages of a queue in order. Therefore the delays in a delay queue differ by less than a
    /// factor of two.
    func wait(_ delay: Duration, of route: STOMPRoute) -> (STOMPRoute.Target?, STOMPHeaders) {
        let time = String(delay.wholeMilliseconds)
        guard self == .rabbitMQ else { return (nil, ["AMQ_SCHEDULED_DELAY": time]) }
        let level = 64 - delay.wholeMilliseconds.leadingZeroBitCount
        let target = STOMPRoute.Target(
            destination: queue("\(route.name).delay.\(level)"),
            headers: ["x-dead-letter-exchange": "", "x-dead-letter-routing-key": route.name])
        return (target, ["expiration": time])
    }

    /// True if the frames from `BEGIN` to `COMMIT` are executed atomically. RabbitMQ's plugin executes them one by one
    /// at `COMMIT`.
    var hasTransactions: Bool { self == .activeMQ }

    // MARK: - Internal

    /// Percent-encodes separators in a RabbitMQ destination and all other special characters.
    private static func encoded(_ name: String) -> String {
        var bytes: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "*"), UInt8(ascii: "#"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
#endif
