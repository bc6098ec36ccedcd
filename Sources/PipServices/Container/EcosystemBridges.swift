/// Which packages of Swift's server ecosystem a process sends to the toolkit's components, see
/// ``ProcessContainer/main(defaultConfig:bridges:onStart:)``.
///
/// Each of these packages can be bootstrapped once in a process, and traps at the second time: so this is asked for, and
/// only by a process that does not bootstrap them itself.
public struct EcosystemBridges: OptionSet, Sendable {
    /// The bits of the set.
    public let rawValue: Int
    /// Creates a set from its bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// What packages log by swift-log goes to the service's loggers, see ``BridgedLogHandler``.
    public static let logs = EcosystemBridges(rawValue: 1)
    /// What packages measure by swift-metrics goes to the service's counters, see ``BridgedMetricsFactory``.
    public static let metrics = EcosystemBridges(rawValue: 2)
    /// The spans of swift-distributed-tracing go to the service's tracers, see ``BridgedTracer``.
    public static let traces = EcosystemBridges(rawValue: 4)
    /// All of them.
    public static let all: EcosystemBridges = [.logs, .metrics, .traces]
}
