import FoundationEssentials

/// Converts envelopes to and from messages: the payload is the body, and the other fields are properties.
extension AMQPMessage {
    /// The names of the toolkit's application properties.
    enum Name {
        static let traceParent = "traceparent"
        static let traceState = "tracestate"
        static let sentTime = "sent_time"
        static let type = "message_type"
    }

    /// The property that contains the type of a message.
    enum TypeField: Sendable {
        case subject
        case contentType
    }

    /// Creates the message of an envelope.
    init(_ envelope: MessageEnvelope, type: TypeField) {
        self.init()
        messageId = .string(envelope.messageId)
        correlationId = envelope.traceId.map { .string($0) } ?? .null
        switch type {
        case .subject: subject = envelope.messageType
        case .contentType:
            // Symbols of AMQP are limited to ASCII.
            if let type = envelope.messageType, !type.utf8.allSatisfy({ $0 < 0x80 }) {
                properties[Name.type] = .string(type)
            } else {
                contentType = envelope.messageType
            }
        }
        replyTo = envelope.replyTo
        groupId = envelope.group
        if let time = envelope.sentTime {
            created = Self.milliseconds(time)
            properties[Name.sentTime] = .string(ISODate.format(time))
        }
        if let trace = envelope.traceParent {
            properties[Name.traceParent] = .string(trace.description)
            if let state = trace.state { properties[Name.traceState] = .string(state) }
        }
        // A missing payload is encoded as a null value.
        if let payload = envelope.message { body = .data(payload) }
    }

    /// Returns the envelope of the message. Its ``MessageEnvelope/deliveryCount`` is the number of previous deliveries.
    func envelope(type: TypeField) -> MessageEnvelope {
        func text(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
        let property = text(properties[Name.type]?.text)
        var envelope = MessageEnvelope(.empty, type == .subject ? subject : contentType ?? property, payload)
        if let id = messageId.identifier { envelope.messageId = id }
        envelope.traceId = correlationId.identifier
        envelope.replyTo = text(replyTo)
        envelope.group = text(groupId)
        envelope.traceParent = text(properties[Name.traceParent]?.text).flatMap {
            TraceParent($0, state: text(properties[Name.traceState]?.text))
        }
        envelope.sentTime =
            properties[Name.sentTime]?.text.flatMap { ISODate.parse($0) } ?? created.map { Self.date($0) }
        envelope.deliveryCount = Int(min(deliveryCount, 1_000_000))
        if deliveryCount == 0, isFirstAcquirer == false { envelope.deliveryCount = 1 }
        return envelope
    }

    /// Parses a message from a broker. An invalid message keeps its bytes as the payload and has a
    /// ``MessageEnvelope/defect``.
    static func envelope(wire bytes: [UInt8], type: TypeField) -> (AMQPMessage, MessageEnvelope) {
        do throws(AMQPCodecError) {
            let message = try AMQPMessage(bytes)
            return (message, message.envelope(type: type))
        } catch {
            var envelope = MessageEnvelope(.empty, nil, bytes)
            envelope.defect = ErrorDescription(
                ApplicationError.badMessage(envelope, "it is not a message of AMQP 1.0: \(error.reason)"))
            var message = AMQPMessage()
            message.body = .data(bytes)
            return (message, envelope)
        }
    }

    static func milliseconds(_ date: Date) -> Int64 {
        Int64(min(max(date.timeIntervalSince1970 * 1000, -9e15), 9e15).rounded())
    }

    static func date(_ milliseconds: Int64) -> Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

    // MARK: - Internal

    /// The payload: bytes unchanged, strings in UTF-8, other values as JSON; nil for null.
    private var payload: [UInt8]? {
        switch body {
        case .data(let bytes), .value(.binary(let bytes)): bytes
        case .value(.null): nil
        case .value(.string(let text)): Array(text.utf8)
        case .value(let value): JSONWriter.bytes(of: value.json)
        case .sequence(let values): JSONWriter.bytes(of: .array(values.map(\.json)))
        }
    }
}
