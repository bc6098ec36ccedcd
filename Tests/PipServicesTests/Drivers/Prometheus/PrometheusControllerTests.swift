#if PIP_PROMETHEUS
import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct PrometheusControllerTests {
    @Test(
        "Accept selects the text format or OpenMetrics",
        arguments: [
            (nil, false), ("*/*", false), ("text/plain", false), ("application/openmetrics-text; version=1.0.0", true),
            ("application/openmetrics-text", true), ("application/openmetrics-text;version=0.0.1", false),
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true
            ),
            ("application/openmetrics-text;q=0.4,text/plain;q=0.5", false),
            ("application/openmetrics-text;q=0, text/plain", false), ("APPLICATION/OpenMetrics-Text", true),
            ("application/openmetrics-text;q=x", false), ("text/plain, application/openmetrics-text", true),
            (",;,=", false), ("text/html", false),
        ] as [(String?, Bool)]) func negotiation(accept: String?, isOpenMetrics: Bool)
    {
        #expect(MetricFormat(accept: accept) == (isOpenMetrics ? .openMetrics : .text))
    }

    @Test("/metrics exposes the counters, /metricsandreset also resets them") func routes() async throws {
        let yaml = """
            - descriptor: pip-services:context-info:default:default:1.0
              name: app
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            - descriptor: pip-services:counters:prometheus:default:1.0
              labels: { env: test }
            - descriptor: pip-services:metrics-controller:prometheus:default:1.0
            """
        try await withContainer(yaml: yaml) { container in
            let client = try RestTestClient(container)
            let counters = try container.references.getOneRequired(
                "*:counters:prometheus:*:1.0", as: PrometheusCounters.self)
            counters.increment("n", 5)
            let text = try await client.get("/metrics")
            #expect(text[header: "content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(text[header: "vary"]?.contains("Accept") == true)
            #expect(text.text.contains("n_total{env=\"test\"} 5\n") && text.text.contains("process_cpu_seconds_total "))
            #expect(!text.text.contains("# EOF"))
            let other = try await client.with(header: "Accept", "application/openmetrics-text").get("/metricsandreset")
            #expect(other[header: "content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
            #expect(other.text.contains("n_total{env=\"test\"} 5\n") && other.text.hasSuffix("# EOF\n"))
            #expect(try await client.get("/metrics").text.contains("n_total{env=\"test\"} 0\n"))
        }
    }

    @Test("Without Prometheus counters, others are exposed in the format of the other editions") func logCounters()
        async throws
    {
        let yaml = """
            - descriptor: pip-services:context-info:default:default:1.0
              name: app
              context_id: one
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            - descriptor: pip-services:counters:log:default:1.0
            - descriptor: pip-services:metrics-service:prometheus:default:1.0
            """
        try await withContainer(yaml: yaml) { container in
            let client = try RestTestClient(container)
            let counters = try container.references.getOneRequired("*:counters:log:*:1.0", as: LogCounters.self)
            counters.increment("n", 5)
            let sample = "n{source=\"app\",instance=\"one\"} 5\n"
            #expect(try await client.get("/metricsandreset").text.contains(sample))
            #expect(try await !client.get("/metrics").text.contains("\nn{"))
        }
    }
}
#endif
