import FoundationEssentials

/// Counters for Prometheus (the toolkit's `PrometheusCounters`). A ``PrometheusMetricsController`` exposes them for
/// scraping; if a pushgateway connection is configured, they are also pushed.
///
/// Increments become counters (`_total`), times become histograms in seconds (`_seconds`), statistics become
/// histograms, last values become gauges, and timestamps become gauges in seconds since 1970 (`_timestamp_seconds`).
/// Names follow the toolkit's conventions: `beacons.get_beacons.exec_time` becomes
/// `exec_time_seconds{service="beacons",command="get_beacons"}`. If a name is used for several kinds, the later metrics
/// have the kind as a suffix. `options.format: reference` selects the metrics of the other editions.
///
/// Negative increments and non-finite values are dropped. Above `options.max_series` series, a metric counts the rest
/// in a series with the label `overflow`. There are at most 100,000 series.
///
/// Safe to use from any thread. Increments are lock-free.
public final class PrometheusCounters: Counters, Component, Openable, Checkable {
    private let source = Setting<String?>(
        "source", default: nil, "The job label in a pushgateway; the service's name by default")
    private let instance = Setting<String?>(
        "instance", default: nil, "The instance label in a pushgateway; the service's context id by default")
    private let pushEnabled = Setting(
        "push_enabled", default: true, "False to disable pushing even with a connection to a pushgateway")
    private let info = OptionalDependency<ContextInfo>("context-info", "pip-services:context-info:*:*:1.0")
    private let options: PrometheusOptions
    private let cache = CachedCounters()
    private let logger: CompositeLogger
    private let client = HTTPDriverClient("prometheus", port: 9091, isOptional: true)
    private let clockSlot = ClockSlot()
    private let registry: MetricRegistry
    private let state = Locked(State())

    private struct State {
        var isOpen = false
        var timer: Task<Void, Never>?
        var isFailing = false
    }

    /// Creates the counters.
    public init() {
        let (options, logger) = (PrometheusOptions(), CompositeLogger())
        (self.options, self.logger) = (options, logger)
        registry = MetricRegistry {
            options.registryOptions
        } report: { metric, problem in
            logger.warn(.empty, "Metric \(metric): \(problem)", ["metric": .string(metric)])
        }
    }

    /// Whether the driver is compiled in.
    public static let driver = Driver(
        name: "Prometheus", flag: "PIP_PROMETHEUS", package: "", libraryVersion: PrometheusLibrary.version)

    /// The service's clock.
    public var clock: any ClockSource { clockSlot() }

    /// Records a measurement.
    public func update(_ name: String, _ update: CounterUpdate) {
        guard options.format == .native else { return cache.update(name, update) }
        registry.withSeries(name, update.type) { apply(update, to: $0) }
    }

    /// Records a measurement with labels; `options.format: reference` ignores the labels.
    public func update(_ name: LabelledName, _ update: CounterUpdate) {
        guard options.format == .native else { return cache.update(name.plain, update) }
        registry.withSeries(name, update.type) { apply(update, to: $0) }
    }

    /// All counters, in the order of first use. Histograms have neither minimum, maximum nor last value.
    public var all: [Counter] {
        guard options.format == .native else { return cache.all }
        resetIfDue()
        return registry.counters
    }

    /// The first counter with this name, of any kind; nil if there is none.
    public subscript(name: String) -> Counter? {
        options.format == .native ? all.first { $0.name.isSame(as: name) } : cache[name]
    }

    /// Resets the counters with this name: counters and histograms restart at zero, gauges disappear until they are set
    /// again.
    public func clear(_ name: String) {
        cache.clear(name)
        registry.clear(name)
    }

    /// Resets all counters, see ``clear(_:)``.
    public func clearAll() {
        cache.clearAll()
        registry.clear(nil)
    }

    /// Pushes the counters now and waits for the result. Does nothing without a pushgateway connection. The first
    /// failure of an outage is logged.
    public func dump() async { await push(.empty) }

    /// True while the counters are open.
    public var isOpen: Bool { state.withLock { $0.isOpen } }

    /// Starts pushing every `options.interval`, if a pushgateway connection is configured.
    /// - Throws: as ``checkConfiguration(_:)``; errors of ``HTTPConnectionResolver/resolveEach(_:)``.
    public func open(_ context: Context) async throws {
        try options.check(context)
        guard !isOpen else { return }
        if pushEnabled(), client.isConfigured {
            try await client.open(context)
        } else if pushEnabled() {
            logger.debug(
                context, "The counters for Prometheus have no connection to a pushgateway: they can be scraped")
        }
        let isPushing = pushEnabled() && client.isConfigured
        state.withLock { state in
            state.isOpen = true
            guard isPushing else { return }
            // Detached: pushing belongs to no operation. The timer does not retain the counters.
            state.timer = Task.detached { [weak self, clockSlot, cache] in
                while !Task.isCancelled {
                    try? await clockSlot.sleep(for: max(.milliseconds(1), cache.dumpInterval))
                    guard !Task.isCancelled, let self else { return }
                    await push(.empty)
                }
            }
        }
    }

    /// Pushes a last time, within `options.timeout`.
    public func close(_ context: Context) async throws {
        let timer = state.withLock { state in
            defer { (state.timer, state.isOpen) = (nil, false) }
            return state.timer
        }
        timer?.cancel()
        guard timer != nil else { return }
        let limit = client.resilience.timeout ?? .seconds(10)
        try await cleanUp(context, within: limit, clock: clockSlot) { await self.push($0) }
        client.close()
    }

    /// Checks label names and bucket bounds.
    /// - Throws: Misconfiguration `BAD_LABEL` or `BAD_BUCKETS`.
    public func checkConfiguration(_ context: Context) async throws { try options.check(context) }

    // MARK: - Internal

    /// The text for a scrape.
    /// - Parameter resets: true to reset the contents atomically; no measurement is lost.
    func exposition(_ format: MetricFormat, resets: Bool = false) -> [UInt8] {
        resetIfDue()
        if options.format == .reference {
            defer { if resets { cache.clearAll() } }
            return reference(source: jobName, instance: instanceName)
        }
        var writer = MetricWriter(format, resets: resets)
        writer.write(registry.all)
        if options.hasProcessMetrics { ProcessMetrics.read()?.write(to: &writer) }
        return writer.finish()
    }

    /// The content type of ``exposition(_:resets:)``.
    func contentType(_ format: MetricFormat) -> String {
        (options.format == .reference ? .text : format).contentType
    }

    @inline(__always)
    private func apply(_ update: CounterUpdate, to series: MetricSeries) {
        switch update {
        case .increment(let amount): if amount > 0 { series.add(amount) }
        case .interval(let milliseconds): observe(milliseconds / 1000, series)
        case .statistics(let value): observe(value, series)
        case .last(let value): series.set(value)
        case .timestamp(let date): series.set(date.timeIntervalSince1970)
        }
    }

    private func observe(_ value: Double, _ series: MetricSeries) {
        series.observe(value, at: clockSlot.uptime) {
            guard options.hasExemplars, let traceId = Context.current?.traceId, !traceId.isEmpty,
                // OpenMetrics allows 128 code points for name and value.
                traceId.unicodeScalars.count <= 128 - "trace_id".unicodeScalars.count
            else { return nil }
            return MetricExemplar(traceId: traceId, value: value, time: clockSlot.now.timeIntervalSince1970)
        }
    }

    private func resetIfDue() {
        if options.format == .native, cache.takeResetDue() { registry.clear(nil) }
    }

    private func reference(source: String?, instance: String?) -> [UInt8] {
        Array(PrometheusCounterConverter.toString(cache.all, source: source, instance: instance).utf8)
    }

    private var jobName: String { source() ?? info()?.name ?? "unknown" }

    private var instanceName: String { instance() ?? info()?.contextId ?? "unknown" }

    private func push(_ context: Context) async {
        guard client.isOpen else { return }
        let body = options.format == .reference ? reference(source: nil, instance: nil) : exposition(.text)
        var request = HTTPClientRequest(
            .put, Self.route(job: jobName, instance: instanceName),
            headers: [("Content-Type", MetricFormat.text.contentType)], body: HTTPBody(body))
        request.maxResponseSize = 65_536
        do {
            let response = try await client.send(context, request)
            guard (200..<300).contains(response.status) else {
                let text = String(decoding: response.body.bytes?.prefix(300) ?? [], as: UTF8.self).trimmed
                return note("status \(response.status)" + (text.isEmpty ? "" : ": \(text)"))
            }
            note(nil)
        } catch {
            note((error as? ApplicationError)?.message ?? "\(error)")
        }
    }

    /// Logs the start and the end of an outage.
    private func note(_ failure: String?) {
        let isNew = state.withLock { state in
            defer { state.isFailing = failure != nil }
            return state.isFailing != (failure != nil)
        }
        guard isNew else { return }
        if let failure {
            logger.warn(.empty, "Failed to push metrics to Prometheus: \(failure)")
        } else {
            logger.info(.empty, "Metrics can be pushed to Prometheus again")
        }
    }

    /// The path of a group of metrics. A value that is empty or contains a slash is Base64-encoded.
    static func route(job: String, instance: String) -> String {
        func part(_ name: String, _ value: String) -> String {
            guard value.isEmpty || value.contains(scalar: "/") else { return "/\(name)/\(PercentCoding.encode(value))" }
            let base64 = Data(value.utf8).base64EncodedString().replacing(text: "+", with: "-")
                .replacing(text: "/", with: "_")
            return "/\(name)@base64/\(base64.isEmpty ? "=" : base64)"
        }
        return "/metrics" + part("job", job) + part("instance", instance)
    }
}
