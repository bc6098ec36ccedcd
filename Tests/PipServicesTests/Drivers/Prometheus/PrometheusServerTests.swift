#if PIP_PROMETHEUS && PIP_CURL
import Foundation
import PipServicesTesting
import Testing

@testable import Beacons
@testable import PipServices

/// The driver with the real Prometheus, its pushgateway and promtool.
@Suite struct PrometheusServerTests {
    /// A server with a folder of its own.
    private final class Folder: Sendable {
        let path = FileManager.default.temporaryDirectory.appending(path: "pip-prometheus-\(UUID().uuidString)").path

        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: path) }

        func write(_ name: String, _ text: String) throws -> String {
            try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
            return "\(path)/\(name)"
        }
    }

    private static func get(_ url: String) async throws -> String {
        let connector = CurlConnector()
        let response = try await connector.send(.empty, HTTPClientRequest(.get, url))
        let bytes = try await response.body.collect(upTo: 10_000_000)
        try await connector.close(.empty)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The values that a query of Prometheus finds, by their labels.
    private static func query(_ port: Int, _ query: String) async throws -> [Double] {
        let json = try await get("http://127.0.0.1:\(port)/api/v1/query?query=\(PercentCoding.encode(query))")
        let results = try JSONParser.parse(Array(json.utf8))["data"]?["result"]?.array ?? []
        return results.compactMap { $0["value"]?[1]?.string.flatMap { Double($0) } }
    }

    private static let yaml = """
        - descriptor: pip-services:context-info:default:default:1.0
          name: beacons
        - descriptor: beacons:persistence:memory:default:1.0
        - descriptor: beacons:service:default:default:1.0
        - descriptor: pip-services:endpoint:http:default:1.0
          connection: { host: 127.0.0.1, port: 0 }
        - descriptor: beacons:controller:http:default:1.0
        - descriptor: pip-services:counters:prometheus:default:1.0
          options: { format: "{{FORMAT}}" }
        - descriptor: pip-services:metrics-controller:prometheus:default:1.0
        """

    @Test("promtool accepts what Beacons exports") func promtool() async throws {
        try await withContainer(yaml: Self.yaml, factories: [BeaconsFactory.create()]) { container in
            let client = try RestTestClient(container)
            _ = try await client.post("/v1/beacons/get_beacons", [:] as AnyValue)
            let counters = try container.references.getOneRequired(
                "*:counters:prometheus:*:1.0", as: PrometheusCounters.self)
            counters.incrementOne("a\"b\\c\nd.x.exec_errors")
            counters.last("odd", .nan)
            counters.stats("sizes", 4)
            counters.timestampNow("started")
            counters.update(LabelledName("k", [("le", "1")]), .statistics(1))
            let folder = try Folder()
            let file = try folder.write("metrics", try await client.get("/metrics").text)
            let tool = try DriverChildProcess(
                URL(fileURLWithPath: "/bin/sh"), ["-c", "promtool check metrics <'\(file)'"])
            try await waitUntil(within: .seconds(30)) { !tool.isRunning }
            let (end, text) = tool.result()
            #expect(end == .exit(0), "\(text)")
        }
    }

    @Test("Prometheus scrapes Beacons and computes the correct rates and quantiles") func scraping()
        async throws
    {
        try await withContainer(yaml: Self.yaml, factories: [BeaconsFactory.create()]) { container in
            let client = try RestTestClient(container)
            let endpoint = try container.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
            let counters = try container.references.getOneRequired(
                "*:counters:prometheus:*:1.0", as: PrometheusCounters.self)
            // Series that exist before they are counted: a rate needs two samples.
            counters.increment("a.once.exec_count", 0)
            counters.increment("a.thrice.exec_count", 0)
            counters.stats("warm", 1)
            await Context(traceId: "trace-1").bind { counters.update("quantile.time", .interval(7)) }
            let folder = try Folder()
            let config = try folder.write(
                "prometheus.yml",
                """
                scrape_configs:
                  - job_name: beacons
                    scrape_interval: 100ms
                    scrape_timeout: 100ms
                    static_configs:
                      - targets: ["127.0.0.1:\(try #require(endpoint.port))"]
                """)
            let server = try await ServerProcess([
                "prometheus", "--config.file=\(config)", "--storage.tsdb.path=\(folder.path)/data",
                "--web.listen-address=127.0.0.1:PORT", "--enable-feature=exemplar-storage",
            ])
            defer { server.kill() }
            let port = server.port
            func wait(_ query: String, _ isRight: ([Double]) -> Bool) async throws {
                var values: [Double] = []
                do {
                    try await waitUntil(within: .seconds(30)) {
                        values = (try? await Self.query(port, query)) ?? []
                        return isRight(values)
                    }
                } catch { Issue.record("\(query) is \(values)") }
            }
            try await wait("quantile_time_seconds_count") { $0 == [1] }
            for index in 0..<100 {
                counters.update("quantile.time", .interval(index < 50 ? 7 : 70))
                counters.incrementOne("a.once.exec_count")
                counters.increment("a.thrice.exec_count", 3)
            }
            for _ in 0..<3 { _ = try await client.post("/v1/beacons/get_beacons", [:] as AnyValue) }
            // What was sent is there, and what is computed of it.
            try await wait(#"exec_count_total{command="thrice",service="a"}"#) { $0 == [300] }
            try await wait(#"exec_count_total{command="get_beacons"}"#) { $0 == [3] }
            try await wait(#"exec_time_seconds_count{command="get_beacons"}"#) { $0 == [3] }
            try await wait("process_resident_memory_bytes > 1e6") { $0.count == 1 }
            func isNear(_ value: Double, within tolerance: Double = 1e-6) -> ([Double]) -> Bool {
                { $0.count == 1 && abs($0[0] / value - 1) < tolerance }
            }
            let rate = #"rate(exec_count_total{command="%"}[1m])"#
            try await wait(
                rate.replacing(text: "%", with: "thrice") + " / ignoring(command) "
                    + rate.replacing(text: "%", with: "once"), isNear(3))
            // 51 values in one bucket, 50 in another.
            try await wait("histogram_quantile(0.99, quantile_time_seconds_bucket)", isNear(0.09899))
            try await wait("quantile_time_seconds_sum / quantile_time_seconds_count", isNear(3.857 / 101))
            // A rate is extrapolated to the time before the first sample, for each bucket in its own way.
            let buckets = "rate(quantile_time_seconds_bucket[1m])"
            try await wait("histogram_quantile(0.5, \(buckets))", isNear(0.01, within: 0.05))
            try await wait("histogram_quantile(0.99, \(buckets))", isNear(0.099, within: 0.05))
            // Exemplars show that it asked for OpenMetrics, and understood it.
            let exemplars = try await Self.get(
                "http://127.0.0.1:\(port)/api/v1/query_exemplars?query=quantile_time_seconds_bucket"
                    + "&start=\(Int(Date().timeIntervalSince1970) - 600)&end=\(Int(Date().timeIntervalSince1970) + 600)"
            )
            #expect(exemplars.contains("trace-1"), "\(exemplars)")
        }
    }

    @Test("Counters are pushed in both formats", arguments: ["native", "reference"])
    func pushing(format: String) async throws {
        let gateway = try await Self.gateway()
        defer { gateway.kill() }
        let counters = try await Self.pushing(to: gateway.port, ["options.format": format, "source": "a/b"])
        for service in ["x", "y"] { counters.increment("\(service).get.exec_count", 5) }
        counters.stats("s", 3)
        await counters.dump()
        counters.incrementOne("x.get.exec_count")
        try await counters.close(.empty)
        let text = try await Self.get("http://127.0.0.1:\(gateway.port)/metrics")
        let name = format == "native" ? "exec_count_total" : "exec_count"
        #expect(text.contains(#"\#(name){command="get",instance="one",job="a/b",service="x"} 6"#), "\(text)")
        #expect(text.contains(#"\#(name){command="get",instance="one",job="a/b",service="y"} 5"#))
    }

    @Test("The pushes of the Python edition and ours are equal in a pushgateway") func pushedByPython() async throws {
        let gateway = try await Self.gateway()
        defer { gateway.kill() }
        _ = try await DriverFixture.python("prometheus_peer.py", ["\(gateway.port)"])
        let counters = try await Self.pushing(
            to: gateway.port, ["options.format": "reference", "source": "beacons", "instance": "swift"])
        counters.increment("beacons.get_beacons.exec_count", 3)
        for value in [10.0, 20, 60] { counters.update("beacons.get_beacons.exec_time", .interval(value)) }
        try await counters.close(.empty)
        let samples = PrometheusFixture.samples(try await Self.get("http://127.0.0.1:\(gateway.port)/metrics"))
        let ours = samples.filter { $0.key.contains(#"instance="swift""#) && $0.key.hasPrefix("exec_") }
        #expect(ours.count == 5)
        for (name, value) in ours {
            #expect(samples[name.replacing(text: "swift", with: "peer")] == value, "\(name)")
        }
    }

    @Test("The loss and the recovery of the pushgateway are each logged once") func outage() async throws {
        let gateway = try await Self.gateway()
        defer { gateway.kill() }
        gateway.kill()
        let logger = RecordingLogger()
        let counters = try await Self.pushing(
            to: gateway.port,
            ["options.interval": "20", "options.retries": "0", "options.circuit_pause": "50"], logger: logger)
        counters.increment("n", 4)
        func messages(_ text: String) -> Int { logger.messages.count { $0.message.contains(text) } }
        try await waitUntil(within: .seconds(30)) { messages("Failed to push") > 0 }
        for _ in 0..<5 { await counters.dump() }
        #expect(messages("Failed to push") == 1)
        try await gateway.start()
        try await waitUntil(within: .seconds(30)) { messages("can be pushed to Prometheus again") > 0 }
        try await counters.close(.empty)
        #expect(messages("again") == 1)
        #expect(try await Self.get("http://127.0.0.1:\(gateway.port)/metrics").contains("n_total{"))
    }

    @Test("Without a pushgateway connection nothing is pushed, without an error") func scrapedOnly() async throws {
        for config: ConfigParams in [[:], ["push_enabled": "false", "connection.uri": "http://nowhere.invalid"]] {
            let counters = try await PrometheusFixture.counters(config)
            try await counters.open(.empty)
            await counters.dump()
            #expect(counters.isOpen)
            try await counters.close(.empty)
        }
        let error = await #expect(throws: ApplicationError.self) {
            let counters = try await PrometheusFixture.counters(["connection.protocol": "ftp", "connection.host": "x"])
            try await counters.open(.empty)
        }
        #expect(error?.code == "WRONG_PROTOCOL")
    }

    // MARK: - Internal

    private static func gateway() async throws -> ServerProcess {
        try await ServerProcess(["prometheus-pushgateway", "--web.listen-address=127.0.0.1:PORT"])
    }

    private static func pushing(
        to port: Int, _ config: ConfigParams, logger: RecordingLogger = RecordingLogger()
    ) async throws -> PrometheusCounters {
        let base: ConfigParams = [
            "connection.host": "127.0.0.1", "connection.port": "\(port)", "instance": "one",
        ]
        let counters = try await assemble(
            PrometheusCounters(), config: base.override(config),
            references: [
                "test:http-connector:curl:default:1.0": CurlConnector(),
                "test:logger:recording:default:1.0": logger,
            ])
        try await counters.open(.empty)
        return counters
    }
}
#endif
