#if PIP_PROMETHEUS
import FoundationEssentials
import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct PrometheusCountersTests {
    typealias Fixture = PrometheusFixture

    @Test(arguments: CountersContract().cases)
    func contract(contractCase: ContractCase<CountersContract.Subject>) async throws {
        try await contractCase.run { Observed(try await Fixture.counters()) }
        try await contractCase.run {
            let counters = try await Fixture.counters(["options.format": "reference"])
            return Observed(counters) { counters.all }
        }
    }

    @Test("Each kind of measurement has the right metric type, in base units") func kinds() async throws {
        let counters = try await Fixture.counters(["options.buckets": "5,10", "options.value_buckets": "1,2"])
        counters.increment("beacons.get_beacons.exec_count", 2)
        counters.incrementOne("beacons.get_beacons.exec_count")
        for time in [5, 7.5, 500] { counters.update("beacons.get_beacons.exec_time", .interval(time)) }
        counters.stats("Sizes/Small.bytes", 2)
        counters.last("level", -1.5)
        counters.timestamp("started", Date(timeIntervalSince1970: 1_700_000_000))
        let labels = #"service="beacons",command="get_beacons""#
        #expect(
            Fixture.text(counters) == """
                # HELP exec_count_total How often exec_count was counted.
                # TYPE exec_count_total counter
                exec_count_total{\(labels)} 3
                # HELP exec_time_seconds Times of exec_time, in seconds.
                # TYPE exec_time_seconds histogram
                exec_time_seconds_bucket{\(labels),le="0.005"} 1
                exec_time_seconds_bucket{\(labels),le="0.01"} 2
                exec_time_seconds_bucket{\(labels),le="+Inf"} 3
                exec_time_seconds_count{\(labels)} 3
                exec_time_seconds_sum{\(labels)} 0.5125
                # HELP sizes_small_bytes Values of sizes_small_bytes.
                # TYPE sizes_small_bytes histogram
                sizes_small_bytes_bucket{le="1.0"} 0
                sizes_small_bytes_bucket{le="2.0"} 1
                sizes_small_bytes_bucket{le="+Inf"} 1
                sizes_small_bytes_count 1
                sizes_small_bytes_sum 2.0
                # HELP level The newest value of level.
                # TYPE level gauge
                level -1.5
                # HELP started_timestamp_seconds When started happened last, in seconds since 1970.
                # TYPE started_timestamp_seconds gauge
                started_timestamp_seconds 1700000000.0

                """)
    }

    @Test("OpenMetrics omits _total in the family name, and ends with EOF") func openMetrics() async throws {
        let counters = try await Fixture.counters()
        counters.incrementOne("a.total")
        counters.incrementOne("b_total")
        let text = Fixture.text(counters, .openMetrics)
        #expect(text.contains("# TYPE a counter\na_total 1\n") && text.contains("# TYPE b counter\nb_total 1\n"))
        #expect(text.hasSuffix("\n# EOF\n"))
    }

    @Test("The trace id of a measurement is the exemplar of its bucket, in OpenMetrics only") func exemplars()
        async throws
    {
        let clock = VirtualClock()
        let counters = try await Fixture.counters(["options.buckets": "10"], clock: clock)
        await Context(traceId: "tr\"1").bind { counters.update("x.time", .interval(4)) }
        await Context(traceId: "2").bind { counters.update("x.time", .interval(5)) }
        let exemplar = #"x_time_seconds_bucket{le="0.01"} 2 # {trace_id="tr\"1"} 0.004 1704067200.0"#
        #expect(Fixture.text(counters, .openMetrics).contains(exemplar))
        #expect(!Fixture.text(counters).contains("trace_id"))
        clock.advance(by: .seconds(2))
        await Context(traceId: String(repeating: "x", count: 121)).bind { counters.update("x.time", .interval(6)) }
        #expect(Fixture.text(counters, .openMetrics).contains(#"3 # {trace_id="tr\"1"} 0.004"#), "121 + 8 are too long")
        clock.advance(by: .seconds(2))
        await Context(traceId: "3").bind { counters.update("x.time", .interval(6)) }
        #expect(Fixture.text(counters, .openMetrics).contains(#"4 # {trace_id="3"} 0.006"#))
        let without = try await Fixture.counters(["options.exemplars": "false"])
        await Context(traceId: "1").bind { without.update("x.time", .interval(4)) }
        #expect(!Fixture.text(without, .openMetrics).contains("trace_id"))
    }

    @Test("Label values are escaped") func escaping() async throws {
        let counters = try await Fixture.counters(["labels.place": "a\\b"])
        counters.incrementOne("se\"r\nvice.com\\mand.exec_count")
        #expect(
            Fixture.samples(counters).keys.first
                == #"exec_count_total{service="se\"r\nvice",command="com\\mand",place="a\\b"}"#)
    }

    @Test("Labels of swift-metrics and drivers are kept, under valid names") func labels() async throws {
        let counters = try await Fixture.counters()
        let factory = BridgedMetricsFactory(counters)
        factory.makeCounter(label: "http.requests", dimensions: [("method", "GET"), ("Path", "/a.b")])
            .increment(by: 2)
        factory.makeTimer(label: "t", dimensions: [("le", "1"), ("a-b", "2"), ("a_b", "3"), ("__x", "4"), ("9", "5")])
            .recordNanoseconds(1_000_000)
        factory.makeCounter(label: "plain", dimensions: []).increment(by: 1)
        counters.incrementOne("plain")
        let meter = try await assemble(
            DriverMeter("redis"), references: ["pip-services:counters:prometheus:default:1.0": counters])
        meter.noteReconnects(2)
        counters.increment("cache.main.hits", 3)
        counters.incrementOne("queue.my.queue.sent_messages")
        let samples = Fixture.samples(counters)
        #expect(samples[#"http_requests_total{method="GET",Path="/a.b"}"#] == "2")
        #expect(samples[#"t_seconds_count{le_="1",a_b="2",a_b_="3",_x="4",_9="5"}"#] == "1")
        #expect(samples["plain_total"] == "2")
        #expect(samples[#"driver_reconnects_total{driver="redis",connection="default"}"#] == "2")
        #expect(samples[#"cache_hits_total{cache="main"}"#] == "3")
        #expect(samples[#"queue_sent_messages_total{queue="my.queue"}"#] == "1")
    }

    @Test(
        "Names of any number of parts follow the conventions",
        arguments: [
            ("a.b.exec_count", "exec_count_total", #"service="a",command="b""#),
            ("b.exec_count", "exec_count_total", #"command="b""#),
            ("v1.a.b.exec_count", "exec_count_total", #"service="v1.a",command="b""#),
            ("exec_count", "exec_count_total", ""),
            ("t.s.c.call_errors", "call_errors_total", #"service="s",command="c",target="t""#),
            ("s.c.call_errors", "call_errors_total", #"service="s",command="c""#),
            ("1.a/b-c.Ünï", "_1_a_b_c__n__total", ""),
            ("", "__total", ""),
        ]) func names(name: String, metric: String, labels: String) async throws
    {
        let counters = try await Fixture.counters()
        counters.incrementOne(name)
        #expect(Array(Fixture.samples(counters).keys) == [labels.isEmpty ? metric : "\(metric){\(labels)}"])
    }

    @Test("Names that become equal share one series, and two kinds of one name are two metrics") func duplicates()
        async throws
    {
        let counters = try await Fixture.counters()
        for name in ["a.b", "a/b", "A_B"] { counters.incrementOne(name) }
        counters.last("a.b", 5)
        counters.stats("a.b", 7)
        counters.last("a_b.total", 6)
        counters.last("x.count", 1)
        counters.stats("x", 2)
        counters.last("process.open_fds", 3)
        let samples = Fixture.samples(counters)
        #expect(samples["process_open_fds_gauge"] == "3.0", "the process's own is another")
        #expect(samples["a_b_total"] == "3")
        #expect(samples["a_b_gauge"] == "5.0")
        #expect(samples["a_b_histogram_sum"] == "7.0")
        #expect(samples["a_b_total_gauge"] == "6.0")
        #expect(samples["x_count"] == "1.0" && samples["x_histogram_count"] == "1")
    }

    @Test("Only gauges may be non-finite, and counters only increase") func oddValues() async throws {
        let counters = try await Fixture.counters()
        for value in [Double.nan, .infinity, -.infinity] {
            counters.stats("s", value)
            counters.update("t", .interval(value))
        }
        counters.last("nan", .nan)
        counters.last("inf", .infinity)
        counters.last("minus", -.infinity)
        counters.last("tiny", .leastNonzeroMagnitude)
        counters.increment("up", 3)
        counters.increment("up", -2)
        counters.increment("large", .max)
        counters.increment("large", .max)
        let samples = Fixture.samples(counters)
        #expect(samples["s_count"] == "0" && samples["s_sum"] == "0.0" && samples["t_seconds_count"] == "0")
        #expect(samples["nan"] == "NaN" && samples["inf"] == "+Inf" && samples["minus"] == "-Inf")
        #expect(samples["tiny"].flatMap { Double($0) } == .leastNonzeroMagnitude)
        #expect(samples["up_total"] == "3")
        #expect(samples["large_total"] == "18446744073709551614")
    }

    @Test("Above max_series, series are counted in one, which is logged once") func labelExplosion() async throws {
        let logger = RecordingLogger()
        let counters = try await Fixture.counters(["options.max_series": "3", "labels.env": "test"], logger: logger)
        for index in 0..<20 { counters.incrementOne("s.c\(index).exec_count") }
        counters.incrementOne("s.c1.exec_count")
        counters.incrementOne("other")
        let samples = Fixture.samples(counters)
        #expect(samples.count == 5)
        #expect(samples[#"exec_count_total{env="test",overflow="true"}"#] == "17")
        #expect(samples[#"exec_count_total{service="s",command="c1",env="test"}"#] == "2")
        #expect(logger.messages.map(\.level) == [.warn])
        #expect(logger.messages.first?.message.contains("exec_count: it has 3 series") == true)
    }

    @Test("The total number of series is limited, which is logged once") func manyNames() async throws {
        let reports = Locked<[String]>([])
        let registry = MetricRegistry(limit: 10) {
            MetricRegistry.Options(maxSeries: 0, labels: [], timeBounds: [1], valueBounds: [1], bounds: [:])
        } report: { metric, problem in
            reports.withLock { $0.append("\(metric): \(problem)") }
        }
        for index in 0..<100 { registry.withSeries("n\(index)", .increment) { $0.add(1) } }
        #expect(registry.all.count == 10)
        registry.withSeries("n3", .increment) { $0.add(1) }
        #expect(registry.counters.first { $0.name == "n3" }?.count == 2, "one that exists goes on")
        #expect(reports.current.count == 1, "\(reports.current)")
    }

    @Test("A reset loses no measurement") func reset() async throws {
        let clock = VirtualClock()
        let counters = try await Fixture.counters(["options.reset_timeout": "1000"], clock: clock)
        counters.increment("n", 5)
        counters.stats("s", 2)
        counters.last("g", 1)
        let first = Fixture.samples(Fixture.text(counters, resets: true))
        #expect(first["n_total"] == "5" && first["s_sum"] == "2.0" && first["g"] == "1.0")
        counters.incrementOne("n")
        let second = Fixture.samples(counters)
        #expect(second["n_total"] == "1" && second["s_count"] == "0" && second["g"] == nil)
        clock.advance(by: .milliseconds(1001))
        #expect(Fixture.samples(counters)["n_total"] == "0", "reset_timeout has passed")
        counters.increment("n", 2)
        counters.increment("m", 2)
        counters.clear("n")
        #expect(counters["n"]?.count == 0 && counters["m"]?.count == 2)
        counters.clearAll()
        #expect(counters["m"]?.count == 0)
    }

    @Test("No increment is lost between resets with concurrent threads") func resetRace() async throws {
        let counters = try await Fixture.counters()
        let (tasks, count) = (4, 20_000)
        let seen = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<tasks {
                group.addTask {
                    for index in 0..<count {
                        counters.incrementOne("n")
                        if index % 10 == 0 { counters.stats("s", 1) }
                    }
                    return 0
                }
            }
            group.addTask {
                var sum = 0
                for _ in 0..<200 {
                    let samples = Fixture.samples(Fixture.text(counters, resets: true))
                    sum += samples["n_total"].flatMap { Int($0) } ?? 0
                    // Sum and count of a histogram belong together: each value is one.
                    let total = samples["s_sum"].flatMap { Double($0) } ?? 0
                    #expect(samples["s_count"].flatMap { Double($0) } ?? 0 == total)
                    await Task.yield()
                }
                return sum
            }
            return await group.reduce(0, +)
        }
        let rest = Fixture.samples(counters)["n_total"].flatMap { Int($0) } ?? 0
        #expect(seen + rest == tasks * count)
    }

    @Test("Buckets can be configured per metric") func bucketsOfOne() async throws {
        let counters = try await Fixture.counters(["buckets.exec_time": "100,200", "buckets.size": "7"])
        counters.update("a.b.exec_time", .interval(150))
        counters.stats("size", 7)
        let samples = Fixture.samples(counters)
        #expect(samples[#"exec_time_seconds_bucket{service="a",command="b",le="0.1"}"#] == "0")
        #expect(samples[#"exec_time_seconds_bucket{service="a",command="b",le="0.2"}"#] == "1")
        #expect(samples[#"size_bucket{le="7.0"}"#] == "1")
    }

    @Test(
        "An invalid setting is an error with key and value",
        arguments: [
            ("options.buckets", "5,1", "5,1"), ("options.buckets", "a", "'a'"), ("options.value_buckets", "1,1", "1,1"),
            ("options.format", "fancy", "fancy"), ("options.max_series", "-1", "-1"),
        ]) func wrongSettings(key: String, value: String, shown: String) async throws
    {
        let error = await #expect(throws: ApplicationError.self) { try await Fixture.counters([key: value]) }
        #expect(
            error?.message.contains(key) == true && error?.message.contains(shown) == true, "\(error?.message ?? "")")
    }

    @Test(
        "An invalid label or bucket is an error",
        arguments: [
            ("labels.9a", "x", "BAD_LABEL", "9a"), ("labels.le", "x", "BAD_LABEL", "le"),
            ("labels.__a", "x", "BAD_LABEL", "__a"), ("labels.a-b", "x", "BAD_LABEL", "a-b"),
            ("buckets.exec_time", "2,1", "BAD_BUCKETS", "2,1"),
        ]) func wrongSections(key: String, value: String, code: String, shown: String) async throws
    {
        let counters = try await Fixture.counters([key: value])
        for check in [counters.open, counters.checkConfiguration] {
            let error = await #expect(throws: ApplicationError.self) { try await check(.empty) }
            #expect(error?.code == code)
            #expect(error?.message.contains(key) == true && error?.message.contains(shown) == true)
        }
    }

    @Test("The process's CPU time, memory and descriptors are exported") func processMetrics() async throws {
        let samples = Fixture.samples(try await Fixture.counters(["options.process_metrics": "true"]))
        func value(_ name: String) -> Double { samples[name].flatMap { Double($0) } ?? -1 }
        #expect(value("process_cpu_seconds_total") > 0)
        #expect(value("process_resident_memory_bytes") > 1_000_000)
        #expect(value("process_virtual_memory_bytes") > value("process_resident_memory_bytes"))
        #expect(value("process_open_fds") >= 3 && value("process_open_fds") < value("process_max_fds"))
        let now = SystemClock().now.timeIntervalSince1970
        #expect(value("process_start_time_seconds") < now && value("process_start_time_seconds") > now - 86_400)
    }

    @Test("A pushgateway group can have any name") func routes() {
        #expect(PrometheusCounters.route(job: "a b", instance: "h:1") == "/metrics/job/a%20b/instance/h%3A1")
        #expect(PrometheusCounters.route(job: "a/b?", instance: "") == "/metrics/job@base64/YS9iPw==/instance@base64/=")
    }

    @Test("A scrape writes each series once, in time linear in their number") func manySeries() async throws {
        let counters = try await Fixture.counters(["options.max_series": "0"])
        for index in 0..<10_000 { counters.incrementOne("s.c\(index).exec_count") }
        let start = SystemClock().uptime
        let text = Fixture.text(counters)
        #expect(SystemClock().uptime - start < .seconds(5))
        #expect(text.utf8.count { $0 == 0x0A } == 10_002)
    }
}
#endif
