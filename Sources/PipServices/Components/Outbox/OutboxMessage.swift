public import FoundationEssentials

/// A message that waits in an ``Outbox`` until it is sent.
public struct OutboxMessage: Sendable, Hashable, Codable {
    /// Tells the message from all others; a receiver that sees it twice knows it by this.
    public var id: String
    /// The queue or topic that the message is for.
    public var destination: String
    /// What kind of message it is, such as `beacon.created`.
    public var type: String
    /// What the message says. Bytes travel as text in base 64.
    public var payload: AnyValue
    /// The trace id of the operation that caused it.
    public var traceId: String?
    /// Messages of one group are handled one after the other, in the order in which they were stored.
    public var group: String?
    /// When it was stored.
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
