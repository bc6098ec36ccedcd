import FoundationEssentials
public import Tracing

/// A tracer that sends the toolkit's traces as spans to the bootstrapped backend of swift-distributed-tracing.
///
/// A span is named `component.operation`, starts and ends with the operation, and is a child of the span in its
/// context. Spans that came from swift-distributed-tracing are not sent back.
public final class SwiftTracingTracer: PipServices.Tracer, Component {
    private struct Moment: TracerInstant {
        let nanosecondsSinceEpoch: UInt64
        static func < (left: Moment, right: Moment) -> Bool {
            left.nanosecondsSinceEpoch < right.nanosecondsSinceEpoch
        }
    }

    private let clockSlot = ClockSlot()
    private let tracer: (any Tracing.Tracer)?

    /// Creates a tracer. Without `tracer`, it uses that of `InstrumentationSystem` for each span.
    public init(_ tracer: (any Tracing.Tracer)? = nil) {
        self.tracer = tracer
    }

    /// The clock of the service.
    public var clock: any ClockSource { clockSlot() }

    /// Sends a trace.
    public func record(
        _ context: Context, component: String, operation: String, error: (any Error)?, duration: Duration
    ) {
        guard !Bridge.isTracing else { return }
        let end = Self.nanoseconds(clock.now)
        let length = UInt64(clamping: Int64(clamping: Int128(duration / .nanoseconds(1))))
        let start = end >= length ? end - length : 0
        let name = operation.isEmpty ? component : "\(component).\(operation)"
        Bridge.$isTracing.withValue(true) {
            let tracer: any Tracing.Tracer = tracer ?? InstrumentationSystem.tracer
            Self.send(
                to: tracer, name, context, error, Moment(nanosecondsSinceEpoch: start),
                Moment(nanosecondsSinceEpoch: end))
        }
    }

    // MARK: - Internal

    private static func send(
        to tracer: some Tracing.Tracer, _ name: String, _ context: Context, _ error: (any Error)?, _ start: Moment,
        _ end: Moment
    ) {
        let span = tracer.startSpan(name, context: context.bound, ofKind: .internal, at: start)
        if let error {
            span.recordError(error, attributes: [:], at: end)
            span.setStatus(SpanStatus(code: .error))
        }
        span.end(at: end)
    }

    private static func nanoseconds(_ date: Date) -> UInt64 {
        UInt64(exactly: (date.timeIntervalSince1970 * 1_000_000_000).rounded()) ?? 0
    }
}
