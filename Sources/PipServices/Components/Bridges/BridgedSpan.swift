public import Tracing

/// A span of ``BridgedTracer``.
public final class BridgedSpan: Span {
    private struct State: Sendable {
        var name: String
        var attributes: SpanAttributes = [:]
        var error: (any Error)?
        var status: SpanStatus?
        var isEnded = false
    }

    /// The context of distributed tracing, in which the toolkit's stands.
    public let context: ServiceContext
    private let toolkitContext: Context
    private let tracer: any PipServices.Tracer
    private let start: Duration
    private let startedAt: UInt64?
    private let state: Locked<State>

    init(_ name: String, _ context: Context, _ tracer: any PipServices.Tracer, startedAt: UInt64?) {
        toolkitContext = context
        self.context = context.bound
        self.tracer = tracer
        self.startedAt = startedAt
        start = tracer.clock.uptime
        state = Locked(State(name: name))
    }

    /// The span's name, which becomes the component of the trace.
    public var operationName: String {
        get { state.withLock { $0.name } }
        set { state.withLock { if !$0.isEnded { $0.name = newValue } } }
    }

    /// Values that go along with the span. They are not noted.
    public var attributes: SpanAttributes {
        get { state.withLock { $0.attributes } }
        set {
            state.displace { state in
                let old = state.attributes
                if !state.isEnded { state.attributes = newValue }
                return old
            }
        }
    }

    /// True until the span has ended.
    public var isRecording: Bool { state.withLock { !$0.isEnded } }

    /// Says how the operation ended. One that failed without an error is noted as FailedInvocation `SPAN_FAILED`.
    public func setStatus(_ status: SpanStatus) {
        state.withLock { if !$0.isEnded { $0.status = status } }
    }

    /// Notes the error that the operation failed with; the last one counts.
    public func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        state.displace { state in
            let old = state.error
            if !state.isEnded { state.error = error }
            return old
        }
    }

    /// Does nothing: the toolkit's traces have no events.
    public func addEvent(_ event: SpanEvent) {}

    /// Does nothing: the toolkit's traces have no links.
    public func addLink(_ link: SpanLink) {}

    /// Ends the span and notes it. Ending it again does nothing.
    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        let last = state.withLock { state -> State? in
            guard !state.isEnded else { return nil }
            state.isEnded = true
            return state
        }
        guard let last, !Bridge.isTracing else { return }
        var duration = tracer.clock.uptime - start
        if let startedAt, let endedAt = Self.given(instant) {
            duration = endedAt < startedAt ? .zero : .nanoseconds(Int64(clamping: endedAt - startedAt))
        }
        var error = last.error
        if error == nil, let status = last.status, status.code == .error {
            error = ApplicationError.invocation(
                code: "SPAN_FAILED", status.message ?? "The operation failed", traceId: toolkitContext.traceId)
        }
        Bridge.$isTracing.withValue(true) {
            tracer.record(toolkitContext, component: last.name, operation: "", error: error, duration: duration)
        }
    }

    // MARK: - Internal

    /// The moment that a caller gave; nil when it only is the package's default, which is not asked for: the time comes
    /// from the service's clock then.
    static func given<Instant: TracerInstant>(_ instant: () -> Instant) -> UInt64? {
        Instant.self == DefaultTracerClock.Timestamp.self ? nil : instant().nanosecondsSinceEpoch
    }
}
