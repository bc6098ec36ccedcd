import CoreMetrics
import InMemoryTracing
import Logging
import PipServicesTesting
import Testing
import Tracing

@testable import PipServices

/// The bridges between the toolkit and the packages of Swift's server ecosystem.
@Suite struct BridgeTests {
    struct Gone: Error, CustomStringConvertible {
        var description: String { "gone" }
    }

    // MARK: - swift-log

    @Test func whatPackagesLogArrivesWithItsContext() async throws {
        let recording = RecordingLogger()
        var logger = Logging.Logger(label: "client") { BridgedLogHandler(label: $0, logger: recording) }
        logger[metadataKey: "own"] = "1"
        await Context(traceId: "t").bind {
            logger.notice("hello", metadata: ["list": ["a", "b"], "map": ["k": "v"]])
        }
        logger.critical("worse", error: Gone(), metadata: ["trace_id": "from-metadata"])
        let messages = recording.messages
        #expect(messages.map(\.level) == [.info, .fatal])
        #expect(messages.map(\.traceId) == ["t", "from-metadata"])
        #expect(messages.first?.fields == ["label": "client", "list": ["a", "b"], "map": ["k": "v"], "own": "1"])
        #expect(messages.last?.error == "gone")
    }

    @Test func levelsFollowTheToolkitsLoggerUntilOneIsSet() {
        var handler = BridgedLogHandler(label: "x", logger: RecordingLogger(level: .warn))
        #expect(handler.logLevel == .warning)
        handler.logLevel = .trace
        #expect(handler.logLevel == .trace)
        let recording = RecordingLogger(level: .warn)
        let logger = Logging.Logger(label: "x") { BridgedLogHandler(label: $0, logger: recording) }
        logger.info("not written")
        #expect(recording.messages.isEmpty)
    }

    @Test func logMessagesDoNotGoInCircles() async throws {
        let recording = RecordingLogger()
        let composite = CompositeLogger()
        let swiftLog = Logging.Logger(label: "loop") { BridgedLogHandler(label: $0, logger: composite) }
        let out = try await assemble(SwiftLogLogger(swiftLog))
        try await assemble(
            composite,
            references: ["a:logger:recording:1:1.0": recording, "a:logger:swift-log:2:1.0": out])
        composite.info(.empty, "from the toolkit")
        swiftLog.info("from swift-log")
        #expect(recording.messages.map(\.message) == ["from the toolkit", "from swift-log"])
    }

    @Test func theToolkitsMessagesKeepTheirFields() async throws {
        let recording = RecordingLogger()
        let logger = try await assemble(
            SwiftLogLogger(Logging.Logger(label: "out") { _ in RecordingHandler(recording) }),
            config: ["level": "warn"])
        logger.info(.empty, "not written")
        logger.error(Context(traceId: "t"), error: Gone(), "failed", ["n": 1, "list": [1, "a"]])
        #expect(recording.messages.map(\.message) == ["error: failed"])
        #expect(recording.messages.first?.error == "gone")
        #expect(recording.messages.first?.fields["trace_id"] == "t")
        #expect(recording.messages.first?.fields["n"] == "1")
    }

    // MARK: - swift-metrics

    @Test func whatPackagesMeasureIsCounted() async throws {
        let counters = try await assemble(LogCounters())
        let factory = BridgedMetricsFactory(counters)
        CoreMetrics.Counter(label: "requests", dimensions: [("method", "GET")], factory: factory).increment(by: 3)
        CoreMetrics.Timer(label: "time", dimensions: [], factory: factory).recordMilliseconds(20)
        CoreMetrics.Gauge(label: "gauge", dimensions: [], factory: factory).record(7)
        CoreMetrics.Recorder(label: "sizes", dimensions: [], aggregate: true, factory: factory).record(2.5)
        let meter = CoreMetrics.Meter(label: "meter", dimensions: [], factory: factory)
        meter.increment(by: 2)
        meter.decrement()
        CoreMetrics.FloatingPointCounter(label: "float", dimensions: [], factory: factory).increment(by: 1.0)
        CoreMetrics.Gauge(label: "gauge", dimensions: [], factory: factory).record(Double.nan)
        #expect(counters["requests.GET"]?.count == 3)
        #expect(counters["time"]?.type == .interval)
        #expect(counters["time"]?.last == 20)
        #expect(counters["gauge"]?.last == 7)
        #expect(counters["sizes"]?.average == 2.5)
        #expect(counters["meter"]?.last == 1)
        #expect(counters["float"]?.count == 1)
    }

    @Test func theToolkitsCountersReachSwiftMetrics() async throws {
        let factory = PlainMetrics()
        let counters = try await assemble(SwiftMetricsCounters(factory))
        counters.increment("c", 2)
        counters.increment("c", -5)
        counters.update("t", .interval(1.5))
        counters.update("t", .interval(.infinity))
        counters.stats("s", 3)
        counters.last("l", 4)
        counters.last("l", .nan)
        #expect(factory.all == ["counter c +2", "timer t 1500000", "recorder s 3.0", "gauge l 4.0"])
    }

    @Test("Names beyond the limit are not passed to swift-metrics") func metricNamesAreLimited() {
        let factory = PlainMetrics()
        let counters = SwiftMetricsCounters(factory)
        for index in 0...CounterTable.nameLimit { counters.increment("n\(index)", 1) }
        let count = factory.all.count
        #expect(count == CounterTable.nameLimit)
        counters.increment("n0", 2)
        #expect(factory.all.last == "counter n0 +2")
    }

    @Test func measurementsDoNotGoInCircles() async throws {
        let log = try await assemble(LogCounters())
        let composite = CompositeCounters()
        let out = SwiftMetricsCounters(BridgedMetricsFactory(composite))
        try await assemble(
            composite, references: ["a:counters:log:1:1.0": log, "a:counters:swift-metrics:2:1.0": out])
        composite.incrementOne("x")
        #expect(log["x"]?.count == 1)
    }

    // MARK: - swift-distributed-tracing

    private struct Headers: Extractor, Injector {
        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
    }

    @Test func spansAreNotedAndCarryTheContext() async throws {
        let (clock, recording) = (VirtualClock(), RecordingLogger())
        let log = try await assemble(
            LogTracer(),
            references: ["a:logger:recording:1:1.0": recording, "test:clock:virtual:default:1.0": clock])
        let tracer = BridgedTracer(log, random: SeededRandom(seed: 1))
        let outer = tracer.startSpan("outer", context: Context(traceId: "t", client: "c").bound)
        let inner = tracer.startSpan("inner", context: outer.context)
        clock.advance(by: .milliseconds(20))
        inner.recordError(Gone())
        inner.end()
        inner.end()
        outer.setStatus(SpanStatus(code: .error, message: "bad"))
        outer.end()
        #expect(
            recording.messages.map(\.message) == [
                "Failed to execute inner in 20 msec", "Failed to execute outer in 20 msec",
            ])
        #expect(recording.messages.map(\.traceId) == ["t", "t"])
        #expect(recording.messages.first?.error == "gone")
        #expect(recording.messages.last?.error?.contains("SPAN_FAILED") ?? false)
        let (first, second) = (Context(bound: outer.context), Context(bound: inner.context))
        #expect(second.client == "c")
        #expect(first.traceParent?.trace == second.traceParent?.trace)
        #expect(first.traceParent?.parent != second.traceParent?.parent)
        #expect(!inner.isRecording)
    }

    @Test func aTraceTravelsBetweenServices() throws {
        let tracer = BridgedTracer(NullTracer())
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        var context = ServiceContext.topLevel
        tracer.extract(["traceparent": text, "tracestate": "a=b"], into: &context, using: Headers())
        #expect(Context(bound: context).traceId == "0af7651916cd43dd8448eb211c80319c")
        let span = tracer.startSpan("call", context: context)
        var headers: [String: String] = [:]
        tracer.inject(span.context, into: &headers, using: Headers())
        let sent = try #require(headers["traceparent"].flatMap { TraceParent($0) })
        #expect(sent.traceId == "0af7651916cd43dd8448eb211c80319c")
        #expect(sent.parentId != "b7ad6b7169203331")
        #expect(headers["tracestate"] == "a=b")
        #expect(headers["trace_id"] == "0af7651916cd43dd8448eb211c80319c")
        var other = ServiceContext.topLevel
        tracer.extract(["traceparent": "nonsense", "correlation_id": "old"], into: &other, using: Headers())
        #expect(Context(bound: other).traceId == "old")
        #expect(Context(bound: other).traceParent == nil)
    }

    @Test func theToolkitsTracesBecomeSpansThatLastAsLong() async throws {
        let (clock, memory) = (VirtualClock(), InMemoryTracer())
        let tracer = try await assemble(
            SwiftTracingTracer(memory), references: ["test:clock:virtual:default:1.0": clock])
        tracer.failure(.empty, "beacons", "get_one", Gone(), .milliseconds(20))
        let span = try #require(memory.finishedSpans.first)
        #expect(span.operationName == "beacons.get_one")
        #expect(span.endInstant.nanosecondsSinceEpoch - span.startInstant.nanosecondsSinceEpoch == 20_000_000)
        #expect(span.errors.count == 1)
        #expect(span.status?.code == .error)
    }

    @Test func tracesDoNotGoInCircles() async throws {
        let recording = RecordingLogger()
        let log = try await assemble(LogTracer(), references: ["a:logger:recording:1:1.0": recording])
        let composite = CompositeTracer()
        let bridged = BridgedTracer(composite)
        try await assemble(
            composite,
            references: ["a:tracer:log:1:1.0": log, "a:tracer:swift-tracing:2:1.0": SwiftTracingTracer(bridged)])
        composite.trace(.empty, "a", "b", .zero)
        bridged.startSpan("c", context: .topLevel).end()
        #expect(recording.messages.count == 2)
    }

    // MARK: - The process

    @Test func theRelayWritesToTheServiceThatIsOpen() async throws {
        let (fallback, recording) = (RecordingLogger(), RecordingLogger(level: .warn))
        let relay = EcosystemRelay(fallback: fallback)
        let counters = try await assemble(LogCounters())
        relay.info(.empty, "before")
        relay.connect(
            References([
                ("a:logger:recording:1:1.0", recording), ("a:logger:composite:2:1.0", CompositeLogger()),
                ("a:counters:log:1:1.0", counters),
            ]))
        #expect(relay.level == .warn)
        relay.warn(.empty, "while")
        relay.incrementOne("n")
        relay.disconnect()
        relay.incrementOne("n")
        relay.info(.empty, "after")
        #expect(fallback.messages.map(\.message) == ["before", "after"])
        #expect(recording.messages.map(\.message) == ["while"])
        #expect(counters["n"]?.count == 1)
    }
}

/// A swift-metrics factory that does not belong to the toolkit.
private final class PlainMetrics: MetricsFactory {
    private let log = Locked<[String]>([])
    var all: [String] { log.current }

    private final class Metric: CounterHandler, RecorderHandler, TimerHandler {
        let name: String
        let note: @Sendable (String) -> Void
        init(_ name: String, _ note: @escaping @Sendable (String) -> Void) {
            self.name = name
            self.note = note
        }
        func increment(by amount: Int64) { note("\(name) +\(amount)") }
        func reset() {}
        func record(_ value: Int64) { note("\(name) \(value)") }
        func record(_ value: Double) { note("\(name) \(value)") }
        func recordNanoseconds(_ duration: Int64) { note("\(name) \(duration)") }
    }

    private func metric(_ name: String) -> Metric { Metric(name) { text in self.log.withLock { $0.append(text) } } }
    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { metric("counter \(label)") }
    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        metric((aggregate ? "recorder " : "gauge ") + label)
    }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { metric("timer \(label)") }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}
