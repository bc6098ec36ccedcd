#if PIP_ACTIVEMQ
import FoundationEssentials

/// How envelopes travel in frames: the payload is the body, and the other fields are headers.
enum STOMPEnvelope {
    /// Headers of the driver.
    enum Name {
        /// Why a dead letter was given up, as JSON, and when.
        static let error = "x-error"
        static let deadTime = "x-dead-time"
        /// How many times the message of a copy was delivered before.
        static let deliveries = "x-deliveries"
        /// When a copy may be delivered, in ms since 1970, and the delay itself, which bounds the effect of clocks that
        /// differ.
        static let notBefore = "x-not-before"
        static let delay = "x-delay"
        static let sentTime = "x-sent-time"
        static let group = "x-group"
        static let payload = "x-payload"
    }

    /// The headers that carry an envelope.
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
        // A body of no bytes and none at all are the same on the wire.
        if envelope.message == nil { headers.append(Name.payload, "null") }
        if broker == .rabbitMQ { headers.append("content-type", "text/plain") }
        return headers
    }

    /// The envelope of a frame.
    static func envelope(_ frame: STOMPFrame, _ broker: STOMPBroker) -> MessageEnvelope {
        func text(_ names: String...) -> String? {
            names.compactMap { frame.headers[$0] }.first { !$0.isEmpty }
        }
        let isNull = frame.body.isEmpty && frame.headers[Name.payload].isSame(as: "null")
        var envelope = MessageEnvelope(
            .empty, frame.headers["x-type"] ?? frame.headers["type"], isNull ? nil : frame.body)
        // The id that ActiveMQ gives is the same at each delivery; that of RabbitMQ is not.
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

    /// How many times a message was delivered, as a copy says.
    static func deliveries(_ headers: STOMPHeaders) -> Int {
        headers[Name.deliveries].flatMap { Int($0) }.map { min(max(0, $0), 1_000_000) } ?? 0
    }

    /// How long a copy must wait until it may be delivered.
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

    /// The headers of a copy of a message: those of its sender, without what the broker and the driver have set.
    static func copied(_ headers: STOMPHeaders, _ broker: STOMPBroker) -> STOMPHeaders {
        var copy: STOMPHeaders = [:]
        for header in headers.list where !isTransient(header.name, broker) && copy[header.name] == nil {
            switch header.name {
            case "reply-to": copy.append(header.name, replyTo(header.value) ?? "")
            // ActiveMQ does not show it again.
            case Name.group where broker == .activeMQ:
                copy.append(header.name, header.value)
                copy.append("JMSXGroupID", header.value)
            // Never.
            case "expires" where header.value == "0": break
            default: copy.append(header.name, header.value)
            }
        }
        return copy
    }

    /// The header that says why a message was given up. What is too long for brokers is left out.
    static func error(_ error: ErrorDescription) -> String {
        var error = error
        error.stackTrace = nil
        let text = json(error)
        if text.utf8.count <= 3_000 { return text }
        (error.details, error.cause) = ([:], nil)
        error.message = String(decoding: error.message.utf8.prefix(1_000), as: UTF8.self)
        return json(error)
    }

    /// The dead letter of a frame.
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

    /// Properties of AMQP have at most 255 bytes: a longer value travels in a header of its own.
    private static func set(
        _ headers: inout STOMPHeaders, _ broker: STOMPBroker, _ name: String, _ longName: String, _ value: String?
    ) {
        guard let value else { return }
        headers.append(broker == .rabbitMQ && value.utf8.count > 255 ? longName : name, value)
    }

    /// The queue of a reply, without what the brokers put before its name.
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

    /// What RabbitMQ would take for a property that only the sender may set, or for the arguments of the queue that the copy
    /// is sent to.
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
