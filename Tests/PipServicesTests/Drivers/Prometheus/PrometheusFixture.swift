#if PIP_PROMETHEUS
import PipServicesTesting
import Testing

@testable import PipServices

/// What the tests of the driver for Prometheus use.
enum PrometheusFixture {
    /// Counters that are not open.
    static func counters(
        _ config: ConfigParams = [:], clock: VirtualClock = VirtualClock(), logger: RecordingLogger = RecordingLogger()
    ) async throws -> PrometheusCounters {
        try await assemble(
            PrometheusCounters(), config: ConfigParams(["options.process_metrics": "false"]).override(config),
            references: ["test:clock:virtual:default:1.0": clock, "test:logger:recording:default:1.0": logger])
    }

    static func text(
        _ counters: PrometheusCounters, _ format: MetricFormat = .text, resets: Bool = false
    ) -> String {
        String(decoding: counters.exposition(format, resets: resets), as: UTF8.self)
    }

    /// The samples of a text, without comments and exemplars.
    static func samples(_ text: String) -> [String: String] {
        var samples: [String: String] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let sample = line.parts(separatedBy: "#").first ?? line
            guard let (name, value) = sample.trimmed.divided(atLast: " ") else { continue }
            #expect(samples[String(name)] == nil, "\(name) twice")
            samples[String(name)] = String(value)
        }
        return samples
    }

    static func samples(_ counters: PrometheusCounters) -> [String: String] { samples(text(counters)) }
}
#endif
