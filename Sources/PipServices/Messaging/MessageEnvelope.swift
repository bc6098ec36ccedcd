public import FoundationEssentials

/// A message with its metadata (the toolkit's `MessageEnvelope`).
///
/// ```swift
/// try await queue.send(context, MessageEnvelope(context, "beacon.created", encoding: beacon))
/// ```
/// A value type. The payload is bytes; strings are encoded as UTF-8 and other values as JSON.
public struct MessageEnvelope: Sendable, Hashable {
    /// The message's id: 32 hexadecimal digits, unless the sender chose another one.
    public var messageId: String
    /// The trace id of the operation that sent the message.
    public var traceId: String?
    /// The kind of message, such as `beacon.created`; for a commandable receiver, the name of the command.
    public var messageType: String?
    /// When the message was sent. Set by the queue.
    public var sentTime: Date?
    /// The payload; nil if there is none.
    public var message: [UInt8]?
    /// The ordering group. Messages of one group are handled one by one in the order of sending; messages without a
    /// group in any order.
    public var group: String?
    /// The name of the queue for a reply.
    public var replyTo: String?
    /// The sender's position in a W3C Trace Context trace.
    public var traceParent: TraceParent?

    /// The number of deliveries, including this one; 0 for a message that was not received.
    public var deliveryCount = 0
    /// The lock of a received message; nil for others. Not part of the wire format.
    public var reference: MessageReference?
    /// The reason why a message from the broker cannot be read; nil if it can. A queue moves an unreadable message to
    /// its dead letters.
    public var defect: ErrorDescription?
    /// The broker's own reference, while the message is locked in a local buffer.
    var origin: MessageReference?

    /// Creates a message from bytes.
    ///
    /// - Parameters:
    ///   - context: the sending operation, whose trace id is used.
    ///   - messageType: the kind of message.
    ///   - message: the payload.
    ///   - group: the ordering group.
    public init(
        _ context: Context, _ messageType: String?, _ message: [UInt8]?, group: String? = nil,
        random: any RandomSource = SystemRandom()
    ) {
        messageId = IdGenerator.nextLong(random)
        traceId = context.traceId.flatMap { $0.isEmpty ? nil : $0 }
        self.messageType = messageType
        self.message = message
        self.group = group
    }

    /// Creates a message from a string.
    public init(
        _ context: Context, _ messageType: String?, _ message: String, group: String? = nil,
        random: any RandomSource = SystemRandom()
    ) {
        self.init(context, messageType, Array(message.utf8), group: group, random: random)
    }

    /// Creates a message whose payload is the JSON of a value.
    /// - Throws: BadRequest `CANNOT_ENCODE` if the value has no JSON form.
    public init(
        _ context: Context, _ messageType: String?, encoding value: some Encodable, group: String? = nil,
        random: any RandomSource = SystemRandom()
    ) throws(ApplicationError) {
        self.init(context, messageType, nil as [UInt8]?, group: group, random: random)
        try setMessage(encoding: value)
    }

    /// The payload as a string; nil if there is none. Invalid UTF-8 is replaced.
    public var messageAsString: String? {
        get { message.map { String(decoding: $0, as: UTF8.self) } }
        set { message = newValue.map { Array($0.utf8) } }
    }

    /// Parses the payload as JSON; null if there is none.
    /// - Throws: BadRequest `BAD_MESSAGE` with the position if it is not JSON.
    public func getMessageAs() throws(ApplicationError) -> AnyValue {
        guard let message else { return .null }
        do throws(ApplicationError) {
            return try JSONParser.parse(message)
        } catch {
            throw .badMessage(self, "the payload is not JSON: \(error.message)")
        }
    }

    /// Decodes the JSON payload.
    /// - Throws: BadRequest `BAD_MESSAGE` if the payload is missing, is not JSON, or does not match the type.
    public func getMessageAs<Value: Decodable>(_ type: Value.Type) throws(ApplicationError) -> Value {
        guard message != nil else { throw .badMessage(self, "there is no payload") }
        let value = try getMessageAs()
        do throws(ApplicationError) {
            return try value.decode(type)
        } catch {
            throw .badMessage(self, "the payload is not a \(type): \(error.message)")
        }
    }

    /// Replaces the payload with the JSON of a value (the toolkit's `setMessageAsObject`).
    /// - Throws: BadRequest `CANNOT_ENCODE` if the value has no JSON form.
    public mutating func setMessage(encoding value: some Encodable) throws(ApplicationError) {
        let value = try AnyValue(encoding: value)
        message = value.isNull ? nil : JSONWriter.bytes(of: value)
    }
}

extension MessageEnvelope: CustomStringConvertible {
    /// `[trace id,type,first 50 bytes of the payload]`, with `---` for missing parts.
    public var description: String {
        func shown(_ text: String?) -> String { text.flatMap { $0.isEmpty ? nil : $0 } ?? "---" }
        let start = message.map { String(decoding: $0.prefix(50), as: UTF8.self) }
        return "[\(shown(traceId)),\(shown(messageType)),\(shown(start))]"
    }
}
