import CoreMetrics
import InMemoryTracing
import Logging
import PipServicesTesting
import Testing
import Tracing

@testable import PipServices

/// The contracts on all loggers, counters and tracers.
@Suite struct InstrumentContractTests {
    @Test(arguments: Subjects.loggers.indices, LoggerContract().cases)
    func logger(_ index: Int, _ contractCase: ContractCase<LoggerContract.Subject>) async throws {
        let logger = Subjects.loggers[index]
        try await contractCase.run { try await logger.make() }
    }

    @Test(arguments: Subjects.counters.indices, CountersContract().cases)
    func counters(_ index: Int, _ contractCase: ContractCase<CountersContract.Subject>) async throws {
        let counters = Subjects.counters[index]
        try await contractCase.run { try await counters.make() }
    }

    @Test(arguments: Subjects.tracers.indices, TracerContract().cases)
    func tracer(_ index: Int, _ contractCase: ContractCase<TracerContract.Subject>) async throws {
        let tracer = Subjects.tracers[index]
        try await contractCase.run { try await tracer.make() }
    }
}

/// All loggers, counters and tracers under test.
private enum Subjects {
    // MARK: - Loggers

    static let loggers: [(name: String, make: @Sendable () async throws -> LoggerContract.Subject)] = [
        ("null", { Observed(NullLogger()) }),
        ("console as text", { try await console(["format": "text"]) }),
        ("console as JSON", { try await console(["format": "json"]) }),
        (
            "cached",
            {
                let saved = Locked<[LogMessage]>([])
                let logger = try await assemble(
                    CachedLogger { messages in saved.withLock { $0 += messages } },
                    config: ["options.max_cache_size": "1000"])
                return Observed(logger) {
                    await logger.dump()
                    return try saved.current.map { try JSONConverter.toJSON($0) }
                }
            }
        ),
        (
            "composite",
            {
                let recording = RecordingLogger(level: .info)
                let logger = try await assemble(
                    CompositeLogger(), references: ["test:logger:recording:default:1.0": recording])
                return Observed(logger) { recording.messages.map(text) }
            }
        ),
        (
            "to swift-log and back",
            {
                let recording = RecordingLogger()
                let swiftLog = Logging.Logger(label: "test") { _ in RecordingHandler(recording) }
                let logger = try await assemble(SwiftLogLogger(swiftLog))
                return Observed(logger) { recording.messages.map(text) }
            }
        ),
    ]

    private static func console(_ config: ConfigParams) async throws -> LoggerContract.Subject {
        let lines = Locked<[String]>([])
        let logger = try await assemble(
            ConsoleLogger { line, _ in lines.withLock { $0.append(line) } }, config: config)
        return Observed(logger) { lines.current }
    }

    private static func text(_ message: RecordingLogger.Message) -> String {
        "\(message.level) \(message.traceId ?? "") \(message.message) \(message.error ?? "") \(message.fields)"
    }

    // MARK: - Counters

    static let counters: [(name: String, make: @Sendable () async throws -> CountersContract.Subject)] = [
        ("null", { Observed(NullCounters()) }),
        (
            "log",
            {
                let counters = try await assemble(LogCounters())
                return Observed(counters) { counters.all }
            }
        ),
        (
            "composite",
            {
                let log = try await assemble(LogCounters())
                let counters = try await assemble(
                    CompositeCounters(), references: ["test:counters:log:default:1.0": log])
                return Observed(counters) { log.all }
            }
        ),
        ("to swift-metrics", { Observed(SwiftMetricsCounters(BridgedMetricsFactory(NullCounters()))) }),
    ]

    // MARK: - Tracers

    static let tracers: [(name: String, make: @Sendable () async throws -> TracerContract.Subject)] = [
        ("null", { Observed(NullTracer()) }),
        (
            "log",
            {
                let recording = RecordingLogger()
                let tracer = try await assemble(
                    LogTracer(), references: ["test:logger:recording:default:1.0": recording])
                return Observed(tracer) { recording.messages.map(text) }
            }
        ),
        (
            "cached",
            {
                let saved = Locked<[OperationTrace]>([])
                let tracer = try await assemble(
                    CachedTracer { traces in saved.withLock { $0 += traces } },
                    config: ["options.max_cache_size": "1000"])
                return Observed(tracer) {
                    await tracer.dump()
                    return try saved.current.map { try JSONConverter.toJSON($0) }
                }
            }
        ),
        (
            "composite",
            {
                let recording = RecordingLogger()
                let log = try await assemble(
                    LogTracer(), references: ["test:logger:recording:default:1.0": recording])
                let tracer = try await assemble(
                    CompositeTracer(), references: ["test:tracer:log:default:1.0": log])
                return Observed(tracer) { recording.messages.map(text) }
            }
        ),
        (
            "to swift-distributed-tracing",
            {
                let memory = InMemoryTracer()
                let tracer = try await assemble(SwiftTracingTracer(memory))
                return Observed(tracer) {
                    memory.finishedSpans.map { "\($0.operationName) \($0.errors.map { "\($0.error)" })" }
                }
            }
        ),
    ]
}

/// A swift-log handler that does not belong to the toolkit and does not know bridges.
struct RecordingHandler: LogHandler {
    let recording: RecordingLogger
    var metadata: Logging.Logger.Metadata = [:]
    var metadataProvider: Logging.Logger.MetadataProvider?
    var logLevel = Logging.Logger.Level.trace

    init(_ recording: RecordingLogger) { self.recording = recording }

    subscript(metadataKey key: String) -> Logging.Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        recording.log(
            .info, .empty, error: event.error, message: "\(event.level): \(event.message)",
            fields: AnyValueMap((event.metadata ?? [:]).map { ($0.key, .string("\($0.value)")) }))
    }
}
