/// The optional capabilities of the store behind a ``KeyValueConnector``.
public struct KeyValueCapabilities: OptionSet, Sendable, Hashable {
    /// The bit mask.
    public let rawValue: Int
    /// Creates a set from a bit mask.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Values stay in the store until they expire or are deleted. A store without it, such as Memcached, evicts values
    /// that were not used recently.
    public static let durable = KeyValueCapabilities(rawValue: 1 << 0)
    /// Counters can be negative, and ``KeyValueConnector/increment(_:_:by:)`` accepts negative amounts.
    public static let signedCounters = KeyValueCapabilities(rawValue: 1 << 1)
}
