internal import CoreMetrics
internal import Logging
internal import Tracing

/// Forwards to the loggers, counters and tracers of the running service. Bridges write to it, because they are created
/// before the service.
final class EcosystemRelay: PipServices.Logger, Counters, PipServices.Tracer {
    private struct Sinks: Sendable {
        var loggers: [any PipServices.Logger] = []
        var counters: [any Counters] = []
        var tracers: [any PipServices.Tracer] = []
        var clock: any ClockSource = SystemClock()
    }

    private let fallback: any PipServices.Logger
    private let sinks = Locked(Sinks())

    /// - Parameter fallback: receives log messages while no service is open.
    init(fallback: any PipServices.Logger) {
        self.fallback = fallback
        sinks.withLock { $0.loggers = [fallback] }
    }

    /// Installs the bridges. Call it once in a process.
    func bootstrap(_ bridges: EcosystemBridges) {
        if bridges.contains(.logs) {
            LoggingSystem.bootstrap { label in BridgedLogHandler(label: label, logger: self) }
        }
        if bridges.contains(.metrics) { MetricsSystem.bootstrap(BridgedMetricsFactory(self)) }
        if bridges.contains(.traces) { InstrumentationSystem.bootstrap(BridgedTracer(self)) }
    }

    /// Connects the components of an open service.
    func connect(_ references: References) {
        let clock = references.getOneOptional("*:clock:*:*:1.0", as: (any ClockSource).self) ?? SystemClock()
        // Composites forward to the same components.
        let loggers = references.getOptional("*:logger:*:*:*", as: (any PipServices.Logger).self).filter {
            type(of: $0) != CompositeLogger.self
        }
        let counters = references.getOptional("*:counters:*:*:*", as: (any Counters).self).filter {
            type(of: $0) != CompositeCounters.self
        }
        let tracers = references.getOptional("*:tracer:*:*:*", as: (any PipServices.Tracer).self).filter {
            type(of: $0) != CompositeTracer.self
        }
        replaceSinks(
            Sinks(loggers: loggers.isEmpty ? [fallback] : loggers, counters: counters, tracers: tracers, clock: clock))
    }

    /// Disconnects the service's components.
    func disconnect() { replaceSinks(Sinks(loggers: [fallback])) }

    var level: LogLevel { sinks.current.loggers.reduce(.none) { max($0, $1.level) } }

    var clock: any ClockSource { sinks.current.clock }

    func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap) {
        for logger in sinks.current.loggers where logger.isEnabled(level) {
            logger.log(level, context, error: error, message: message, fields: fields)
        }
    }

    func update(_ name: String, _ update: CounterUpdate) {
        for counters in sinks.current.counters { counters.update(name, update) }
    }

    func update(_ name: LabelledName, _ update: CounterUpdate) {
        for counters in sinks.current.counters { counters.update(name, update) }
    }

    func record(
        _ context: Context, component: String, operation: String, error: (any Error)?, duration: Duration
    ) {
        for tracer in sinks.current.tracers {
            tracer.record(context, component: component, operation: operation, error: error, duration: duration)
        }
    }

    // MARK: - Internal

    private func replaceSinks(_ new: Sinks) {
        sinks.displace { sinks in
            defer { sinks = new }
            return sinks
        }
    }
}
