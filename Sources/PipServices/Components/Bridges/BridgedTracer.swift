public import Tracing

/// A swift-distributed-tracing tracer that records spans in the toolkit's tracers.
///
/// A span carries the ``Context`` of its operation, whose ``Context/traceParent`` identifies the span. An ended span
/// becomes a trace whose component is the span's name. The trace is a failure if the span recorded an error or has an
/// error status. Attributes, events and links are not recorded, because the toolkit's traces have none. `traceparent`,
/// `tracestate` and `trace_id` are sent between services; `correlation_id` of version 3 is read too. Spans that the
/// toolkit itself sends to swift-distributed-tracing are not sent back.
public struct BridgedTracer: Tracing.Tracer {
    private let tracer: any PipServices.Tracer
    private let random: any RandomSource

    /// Creates a tracer. `random` generates trace and span ids.
    public init(_ tracer: any PipServices.Tracer, random: any RandomSource = SystemRandom()) {
        self.tracer = tracer
        self.random = random
    }

    /// Starts a span. Its time comes from the clock of the toolkit's tracer, unless `instant` is passed.
    public func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> BridgedSpan {
        var context = Context(bound: context())
        let parent = context.traceParent?.child(random) ?? TraceParent(random)
        context.traceParent = parent
        if context.traceId == nil { context.traceId = parent.traceId }
        return BridgedSpan(operationName, context, tracer, startedAt: BridgedSpan.given(instant))
    }

    /// Extracts the trace from an incoming request.
    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        func read(_ key: String) -> String? {
            extractor.extract(key: key, from: carrier).flatMap { $0.isEmpty ? nil : $0 }
        }
        var toolkit = Context(bound: context)
        if let header = read("traceparent"), let parent = TraceParent(header, state: read("tracestate")) {
            toolkit.traceParent = parent
        }
        if let traceId = read("trace_id") ?? read("correlation_id") ?? toolkit.traceParent?.traceId {
            toolkit.traceId = traceId
        }
        context = toolkit.bound
    }

    /// Injects the trace into an outgoing request.
    public func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        let context = Context(bound: context)
        if let parent = context.traceParent {
            injector.inject("\(parent)", forKey: "traceparent", into: &carrier)
            if let state = parent.state { injector.inject(state, forKey: "tracestate", into: &carrier) }
        }
        if let traceId = context.traceId { injector.inject(traceId, forKey: "trace_id", into: &carrier) }
    }

    /// Does nothing: the toolkit's tracers save automatically.
    public func forceFlush() {}
}
