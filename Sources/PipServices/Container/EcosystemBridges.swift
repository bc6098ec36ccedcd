/// The packages of the Swift server ecosystem that a process connects to the toolkit's components, see
/// ``ProcessContainer/main(defaultConfig:bridges:onStart:)``.
///
/// Each package can be bootstrapped only once in a process; a second attempt traps. Bridges are therefore opt-in, for
/// processes that do not bootstrap the packages themselves.
public struct EcosystemBridges: OptionSet, Sendable {
    /// The bits of the set.
    public let rawValue: Int
    /// Creates a set from its bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Sends swift-log messages to the service's loggers, see ``BridgedLogHandler``.
    public static let logs = EcosystemBridges(rawValue: 1)
    /// Sends swift-metrics measurements to the service's counters, see ``BridgedMetricsFactory``.
    public static let metrics = EcosystemBridges(rawValue: 2)
    /// Sends swift-distributed-tracing spans to the service's tracers, see ``BridgedTracer``.
    public static let traces = EcosystemBridges(rawValue: 4)
    /// All bridges.
    public static let all: EcosystemBridges = [.logs, .metrics, .traces]
}
