/// What a store behind a ``KeyValueConnector`` can do beyond what all can.
public struct KeyValueCapabilities: OptionSet, Sendable, Hashable {
    /// The bits.
    public let rawValue: Int
    /// Creates a set from its bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The store keeps what it is given until it expires or is deleted. A store without it, such as Memcached, drops what
    /// was not used for a while to make room.
    public static let durable = KeyValueCapabilities(rawValue: 1 << 0)
    /// Counters may fall below zero, and ``KeyValueConnector/increment(_:_:by:)`` takes negative amounts.
    public static let signedCounters = KeyValueCapabilities(rawValue: 1 << 1)
}
