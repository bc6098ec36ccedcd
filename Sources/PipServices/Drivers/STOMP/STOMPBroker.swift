#if PIP_ACTIVEMQ
/// A product that speaks STOMP, and how it differs from the others.
enum STOMPBroker: Sendable, Hashable {
    case activeMQ, rabbitMQ

    /// What errors and logs call it.
    var name: String {
        switch self {
        case .activeMQ: "ActiveMQ"
        case .rabbitMQ: "RabbitMQ"
        }
    }

    /// What the counters of its connections begin with.
    var kind: String {
        switch self {
        case .activeMQ: "activemq"
        case .rabbitMQ: "rabbitmq"
        }
    }

    // MARK: - Destinations

    /// A queue.
    /// - Parameter creates: true to create it if it is missing. ActiveMQ always does.
    func queue(_ name: String, creates: Bool = true) -> String {
        switch self {
        case .activeMQ: "/queue/\(name)"
        case .rabbitMQ: (creates ? "/queue/" : "/amq/queue/") + Self.encoded(name)
        }
    }

    /// A topic.
    func topic(_ name: String) -> String {
        switch self {
        case .activeMQ: "/topic/\(name)"
        case .rabbitMQ: "/topic/" + Self.encoded(name)
        }
    }

    /// An exchange of RabbitMQ.
    static func exchange(_ name: String, routingKey: String) -> String {
        "/exchange/" + encoded(name) + (routingKey.isEmpty ? "" : "/" + encoded(routingKey))
    }

    /// What is wrong with the name of a queue or topic; nil if nothing is.
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

    /// What the name of a queue or topic may be.
    var nameForm: String {
        "1 to 255 bytes without control characters"
            + (self == .activeMQ ? ", without * > , ? and without a space at the ends" : "")
    }

    // MARK: - Headers

    /// The header of the most messages that wait for their acknowledgement.
    func prefetch(_ count: Int) -> (String, String) {
        switch self {
        case .activeMQ: ("activemq.prefetchSize", String(count))
        case .rabbitMQ: ("prefetch-count", String(count))
        }
    }

    /// The headers of a subscription that shall get all messages while it lasts. RabbitMQ delivers what is there to the
    /// first subscription anyway.
    var exclusive: STOMPHeaders { self == .activeMQ ? ["activemq.exclusive": "true"] : [:] }

    /// The header that carries the id of a message. RabbitMQ rejects `message-id`, and ActiveMQ replaces it.
    var idHeader: String {
        switch self {
        case .activeMQ: "x-message-id"
        case .rabbitMQ: "amqp-message-id"
        }
    }

    /// The name of the header with the end of a message's life.
    var expiryHeader: String {
        switch self {
        case .activeMQ: "expires"
        case .rabbitMQ: "expiration"
        }
    }

    /// The header with the end of a message's life.
    func expiry(after time: Duration, nowMilliseconds: Int64) -> (String, String) {
        guard self == .activeMQ else { return (expiryHeader, String(time.wholeMilliseconds)) }
        let end = nowMilliseconds.addingReportingOverflow(time.wholeMilliseconds)
        return (expiryHeader, String(end.overflow ? .max : end.partialValue))
    }

    /// Where and how a copy waits at the broker: in the queue itself by a header of ActiveMQ's scheduler, or in another
    /// queue, from which RabbitMQ moves it to the first one when its time to live is over.
    ///
    /// A queue of RabbitMQ releases messages in order: each has those of a delay up to twice the shortest.
    func wait(_ delay: Duration, of route: STOMPRoute) -> (STOMPRoute.Target?, STOMPHeaders) {
        let time = String(delay.wholeMilliseconds)
        guard self == .rabbitMQ else { return (nil, ["AMQ_SCHEDULED_DELAY": time]) }
        let level = 64 - delay.wholeMilliseconds.leadingZeroBitCount
        let target = STOMPRoute.Target(
            destination: queue("\(route.name).delay.\(level)"),
            headers: ["x-dead-letter-exchange": "", "x-dead-letter-routing-key": route.name])
        return (target, ["expiration": time])
    }

    /// True if `BEGIN` to `COMMIT` happen as a whole. RabbitMQ's plugin runs them one after the other at `COMMIT`.
    var hasTransactions: Bool { self == .activeMQ }

    // MARK: - Internal

    /// Percent-encodes what separates the parts of a destination of RabbitMQ, and all else that is not plain.
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
