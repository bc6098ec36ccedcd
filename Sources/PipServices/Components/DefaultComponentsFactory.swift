/// The factory of context info, loggers, counters and tracers (the toolkit's `DefaultContextFactory` and
/// `DefaultObservabilityFactory`).
public enum DefaultComponentsFactory {
    /// Creates the factory.
    public static func create() -> Factory {
        Factory()
            .register("pip-services:context-info:default:*:1.0") { ContextInfo() }
            .register("pip-services:container-info:default:*:1.0") { ContextInfo() }
            .register("pip-services:logger:null:*:1.0") { NullLogger() }
            .register("pip-services:logger:console:*:1.0") { ConsoleLogger() }
            .register("pip-services:logger:composite:*:1.0") { CompositeLogger() }
            .register("pip-services:logger:swift-log:*:1.0") { SwiftLogLogger() }
            .register("pip-services:counters:null:*:1.0") { NullCounters() }
            .register("pip-services:counters:log:*:1.0") { LogCounters() }
            .register("pip-services:counters:composite:*:1.0") { CompositeCounters() }
            .register("pip-services:counters:swift-metrics:*:1.0") { SwiftMetricsCounters() }
            .register("pip-services:tracer:null:*:1.0") { NullTracer() }
            .register("pip-services:tracer:log:*:1.0") { LogTracer() }
            .register("pip-services:tracer:composite:*:1.0") { CompositeTracer() }
            .register("pip-services:tracer:swift-tracing:*:1.0") { SwiftTracingTracer() }
    }
}
