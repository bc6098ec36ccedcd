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

    /// The context of distributed tracing that contains the toolkit's context.
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

    /// The name of the span. It becomes the component of the trace.
    public var operationName: String {
        get { state.withLock { $0.name } }
        set { state.withLock { if !$0.isEnded { $0.name = newValue } } }
    }

    /// The attributes of the span. They are not recorded.
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

    /// True until the span ends.
    public var isRecording: Bool { state.withLock { !$0.isEnded } }

    /// Sets the status of the operation. A failure without an error is recorded as FailedInvocation `SPAN_FAILED`.
    public func setStatus(_ status: SpanStatus) {
        state.withLock { if !$0.isEnded { $0.status = status } }
    }

    /// Records the error of the operation. The last one wins.
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

    /// Ends and records the span. Later calls do nothing.
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

    /// Returns the time passed by the caller, or nil for the package's default. The service's clock is used instead of
    /// the default.
    static func given<Instant: TracerInstant>(_ instant: () -> Instant) -> UInt64? {
        Instant.self == DefaultTracerClock.Timestamp.self ? nil : instant().nanosecondsSinceEpoch
    }
}
