public import FoundationEssentials

/// A message in an ``Outbox``.
public struct OutboxMessage: Sendable, Hashable, Codable {
    /// Identifies the message. Receivers use it to detect duplicates.
    public var id: String
    /// The queue or topic to send to.
    public var destination: String
    /// The type of the message, such as `beacon.created`.
    public var type: String
    /// The payload. Bytes are encoded as base64 strings.
    public var payload: AnyValue
    /// The trace id of the operation that caused it.
    public var traceId: String?
    /// The ordering group: messages of one group are processed in the order in which they were stored.
    public var group: String?
    /// The time at which it was stored.
    public var time: Date

    /// Creates a message.
    public init(
        id: String, destination: String, type: String, payload: AnyValue, traceId: String? = nil, group: String? = nil,
        time: Date
    ) {
        self.id = id
        self.destination = destination
        self.type = type
        self.payload = payload
        self.traceId = traceId
        self.group = group
        self.time = time
    }

    private enum CodingKeys: String, CodingKey {
        case id, destination, type, payload
        case traceId = "trace_id"
        case group, time
    }
}
