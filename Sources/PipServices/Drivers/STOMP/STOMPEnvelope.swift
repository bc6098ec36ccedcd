#if PIP_ACTIVEMQ
import FoundationEssentials

/// Converts envelopes to and from frames: the payload is the body, and the other fields are headers.
enum STOMPEnvelope {
    /// The driver's headers.
    enum Name {
        /// The reason for a dead letter as JSON, and its time.
        static let error = "x-error"
        static let deadTime = "x-dead-time"
        /// The number of previous deliveries of a copied message.
        static let deliveries = "x-deliveries"
        /// The earliest delivery time of a copy in ms since 1970, and the delay itself, which limits the effect of
        /// clock differences.
        static let notBefore = "x-not-before"
        static let delay = "x-delay"
        static let sentTime = "x-sent-time"
        static let group = "x-group"
        static let payload = "x-payload"
    }

    /// Returns the headers of an envelope.
    static func headers(_ envelope: MessageEnvelope, _ broker: STOMPBroker) -> STOMPHeaders {
        var headers: STOMPHeaders = [:]
        set(&headers, broker, broker.idHeader, "x-message-id", envelope.messageId)
        set(&headers, broker, "correlation-id", "x-correlation-id", envelope.traceId)
        set(&headers, broker, "type", "x-type", envelope.messageType)
        set(&headers, broker, "reply-to", "x-reply-to", envelope.replyTo)
        if let time = envelope.sentTime { headers.append(Name.sentTime, ISODate.format(time)) }
        if let trace = envelope.traceParent {
            headers.append("traceparent", trace.description)
            if let state = trace.state { headers.append("tracestate", state) }
        }
        if let group = envelope.group {
            headers.append(Name.group, group)
            // Makes ActiveMQ deliver the messages of a group to one consumer.
            if broker == .activeMQ { headers.append("JMSXGroupID", group) }
        }
        // On the wire, an empty body and no body are the same.
        if envelope.message == nil { headers.append(Name.payload, "null") }
        if broker == .rabbitMQ { headers.append("content-type", "text/plain") }
        return headers
    }

    /// Returns the envelope of a frame.
    static func envelope(_ frame: STOMPFrame, _ broker: STOMPBroker) -> MessageEnvelope {
        func text(_ names: String...) -> String? {
            names.compactMap { frame.headers[$0] }.first { !$0.isEmpty }
        }
        let isNull = frame.body.isEmpty && frame.headers[Name.payload].isSame(as: "null")
        var envelope = MessageEnvelope(
            .empty, frame.headers["x-type"] ?? frame.headers["type"], isNull ? nil : frame.body)
        // ActiveMQ's id is the same for each delivery; RabbitMQ's id is not.
        if let id = text("x-message-id", broker.idHeader) ?? (broker == .activeMQ ? text("message-id") : nil) {
            envelope.messageId = id
        }
        envelope.traceId = text("x-correlation-id", "correlation-id")
        envelope.replyTo = replyTo(text("x-reply-to", "reply-to"))
        envelope.group = text(Name.group)
        envelope.traceParent = text("traceparent").flatMap { TraceParent($0, state: text("tracestate")) }
        envelope.sentTime = text(Name.sentTime).flatMap { ISODate.parse($0) } ?? time(text("timestamp"), broker)
        envelope.deliveryCount = deliveries(frame.headers)
        if frame.headers["redelivered"].isSame(as: "true") { envelope.deliveryCount += 1 }
        return envelope
    }

    /// Returns the number of previous deliveries from the headers of a copy.
    static func deliveries(_ headers: STOMPHeaders) -> Int {
        headers[Name.deliveries].flatMap { Int($0) }.map { min(max(0, $0), 1_000_000) } ?? 0
    }

    /// Returns the remaining delay of a copy.
    static func delay(_ headers: STOMPHeaders, now: Date) -> Duration {
        guard let end = headers[Name.notBefore].flatMap({ Int64($0) }),
            let delay = headers[Name.delay].flatMap({ Int64($0) }), delay > 0
        else { return .zero }
        let left = end.subtractingReportingOverflow(milliseconds(now))
        return .milliseconds(left.overflow ? 0 : min(max(0, left.partialValue), delay))
    }

    static func milliseconds(_ date: Date) -> Int64 {
        Int64(min(max(date.timeIntervalSince1970 * 1000, -9e15), 9e15))
    }

    /// Returns the headers for a copy of a message: those of its sender, without those set by the broker and the
    /// driver.
    static func copied(_ headers: STOMPHeaders, _ broker: STOMPBroker) -> STOMPHeaders {
        var copy: STOMPHeaders = [:]
        for header in headers.list where !isTransient(header.name, broker) && copy[header.name] == nil {
            switch header.name {
            case "reply-to": copy.append(header.name, replyTo(header.value) ?? "")
            // ActiveMQ does not return it from a copy.
            case Name.group where broker == .activeMQ:
                copy.append(header.name, header.value)
                copy.append("JMSXGroupID", header.value)
            // The value 0 means no expiration.
            case "expires" where header.value == "0": break
            default: copy.append(header.name, header.value)
            }
        }
        return copy
    }

    /// Returns the header with the reason for a dead letter. Parts that are too long for brokers are omitted.
    static func error(_ error: ErrorDescription) -> String {
        var error = error
        error.stackTrace = nil
        let text = json(error)
        if text.utf8.count <= 3_000 { return text }
        (error.details, error.cause) = ([:], nil)
        error.message = String(decoding: error.message.utf8.prefix(1_000), as: UTF8.self)
        return json(error)
    }

    /// Returns the dead letter of a frame.
    static func deadLetter(_ frame: STOMPFrame, _ broker: STOMPBroker) -> DeadLetter {
        var message = envelope(frame, broker)
        message.deliveryCount = deliveries(frame.headers)
        let value = frame.headers[Name.error].flatMap { try? JSONParser.parse(Array($0.utf8)) }
        let time = frame.headers[Name.deadTime].flatMap { ISODate.parse($0) }
        return DeadLetter(
            message: message, error: value.flatMap { ErrorDescription($0) } ?? MessageQueueEngine.reason(nil),
            time: time ?? message.sentTime ?? Date(timeIntervalSince1970: 0))
    }

    // MARK: - Internal

    /// AMQP properties have at most 255 bytes, so a longer value is sent in a separate header.
    private static func set(
        _ headers: inout STOMPHeaders, _ broker: STOMPBroker, _ name: String, _ longName: String, _ value: String?
    ) {
        guard let value else { return }
        headers.append(broker == .rabbitMQ && value.utf8.count > 255 ? longName : name, value)
    }

    /// Returns the name of the reply queue, without the brokers' prefixes.
    private static func replyTo(_ text: String?) -> String? {
        guard let text else { return nil }
        for prefix in ["/reply-queue/", "/queue/"] {
            if let name = text.dropping(prefix: prefix) { return String(name) }
        }
        return text
    }

    private static func time(_ text: String?, _ broker: STOMPBroker) -> Date? {
        guard let number = text.flatMap({ Double($0) }), number.isFinite, abs(number) < 1e15 else { return nil }
        return Date(timeIntervalSince1970: broker == .activeMQ ? number / 1000 : number)
    }

    private static let transient: Set<ScalarText> = [
        "message-id", "subscription", "ack", "destination", "redelivered", "content-length", "receipt", "transaction",
        "persistent", "x-dead-letter-exchange", "x-dead-letter-routing-key", "AMQ_SCHEDULED_DELAY",
        "scheduledJobId",
    ]

    /// Headers that RabbitMQ would interpret as a property that only the sender may set, or as arguments of the copy's
    /// queue.
    private static let transientOfRabbitMQ: Set<ScalarText> = [
        "user-id", "durable", "auto-delete", "exclusive", "x-expires", "x-max-length", "x-max-length-bytes",
        "x-max-priority", "x-message-ttl", "x-overflow", "x-queue-mode", "x-queue-name", "x-queue-type",
        "x-single-active-consumer", "x-stream-offset",
    ]

    private static let transientPrefixes = ["x-first-death-", "x-last-death-", "x-death"]

    private static func isTransient(_ name: String, _ broker: STOMPBroker) -> Bool {
        let own = [Name.error, Name.deadTime, Name.deliveries, Name.notBefore, Name.delay]
        return transient.contains(ScalarText(name)) || own.contains(sameAs: name)
            || transientPrefixes.contains { name.begins(with: $0) }
            || broker == .activeMQ && name.isSame(as: "timestamp")
            || broker == .rabbitMQ && transientOfRabbitMQ.contains(ScalarText(name))
    }

    private static func json(_ error: ErrorDescription) -> String {
        let bytes = (try? AnyValue(encoding: error)).map { JSONWriter.bytes(of: $0) } ?? []
        return String(decoding: bytes, as: UTF8.self)
    }
}
#endif
