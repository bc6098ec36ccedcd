public import Tracing

/// Notes the spans of swift-distributed-tracing in the toolkit's tracers.
///
/// A span carries a ``Context``: that of the operation it belongs to, whose ``Context/traceParent`` names the span. A
/// span that has ended is a trace whose component is the span's name; it has failed when it recorded an error or its
/// status says so. Attributes, events and links stay with the span: the toolkit's traces have none. Between services
/// travel `traceparent`, `tracestate` and `trace_id`; `correlation_id` of version 3 is read too. What the toolkit itself
/// sends to swift-distributed-tracing does not come back.
public struct BridgedTracer: Tracing.Tracer {
    private let tracer: any PipServices.Tracer
    private let random: any RandomSource

    /// Creates a tracer. `random` gives the numbers of traces and spans.
    public init(_ tracer: any PipServices.Tracer, random: any RandomSource = SystemRandom()) {
        self.tracer = tracer
        self.random = random
    }

    /// Starts a span. Its time is measured by the clock of the toolkit's tracer, unless `instant` says otherwise.
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

    /// Reads what a caller sent.
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

    /// Writes what is sent to another service.
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

    /// Does nothing: the toolkit's tracers save by themselves.
    public func forceFlush() {}
}
