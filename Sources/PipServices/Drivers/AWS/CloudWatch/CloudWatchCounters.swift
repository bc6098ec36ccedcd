#if PIP_AWS
import FoundationEssentials

/// Counters that are sent to Amazon CloudWatch as metrics (the toolkit's `CloudWatchCounters`).
///
/// The namespace of the metrics is `source`, by default the service's name. A metric has the name of its counter and
/// the dimension `InstanceID` with the value `instance`, by default the context id. While open, all counters are sent
/// every `options.interval` if one has changed, at most 20 in each request, and once more at closing. Only the first of
/// consecutive failures is logged. Counters are kept after a failure, so the next request includes their measurements.
///
/// Safe to use from any task.
public final class CloudWatchCounters: Counters, Component, Openable, Checkable {
    private let sourceSetting = Setting<String?>(
        "source", default: nil, "The namespace of the metrics; the service's name by default")
    private let instanceSetting = Setting<String?>(
        "instance", default: nil, "The dimension InstanceID of the metrics; the context id by default")
    private let info = OptionalDependency<ContextInfo>("context-info", "pip-services:context-info:*:*:1.0")
    private let logger = CompositeLogger()
    private let cache = CachedCounters()
    private let clockSlot = ClockSlot()
    private let client = AWSClient(.monitoring, timeout: .seconds(30), connectTimeout: .seconds(30))
    private let timer = Locked<Task<Void, Never>?>(nil)
    private let isFailing = Locked(false)
    private static let batchSize = 20
    private static let closeTimeout = Duration.seconds(30)

    /// Creates the counters.
    public init() {}

    /// The service's clock.
    public var clock: any ClockSource { clockSlot() }

    /// Records a measurement. Never waits and never fails.
    public func update(_ name: String, _ update: CounterUpdate) {
        // Measurements of sending itself would cause the next sending.
        if !CachedSink.isSaving { cache.update(name, update) }
    }

    /// All counters, in the order in which they were first used.
    public var all: [Counter] { cache.all }

    /// The counter with a name; nil if it has no measurements.
    public subscript(name: String) -> Counter? { cache[name] }

    /// Removes all counters.
    public func clearAll() { cache.clearAll() }

    /// Sends all counters now if one has changed, and waits for the result (the toolkit's `dump`).
    public func dump() async {
        guard client.isOpen, let counters = cache.takeChanged() else { return }
        do {
            try await CachedSink.$isSaving.withValue(true) { try await save(counters) }
            isFailing.withLock { $0 = false }
        } catch {
            let isNew = isFailing.withLock { isFailing in
                defer { isFailing = true }
                return !isFailing
            }
            // Marked as changed, so that the next dump sends them.
            cache.noteChanged()
            if isNew { logger.error(.empty, error: error, "Failed to save counters to CloudWatch") }
        }
    }

    /// True while the counters are open.
    public var isOpen: Bool { client.isOpen }

    /// Resolves the region and the credentials, and starts sending counters periodically.
    /// - Throws: as ``AWSConnectionResolver/resolve(_:)``; Misconfiguration `BAD_SOURCE`.
    public func open(_ context: Context) async throws {
        try checkSource(context)
        try await client.open(context)
        timer.withLock { timer in
            guard timer == nil else { return }
            timer = Task.detached { [weak self, clockSlot] in
                while let interval = self?.cache.dumpInterval, !Task.isCancelled {
                    try? await clockSlot.sleep(for: max(.milliseconds(1), interval))
                    guard !Task.isCancelled else { return }
                    await self?.dump()
                }
            }
        }
    }

    /// Checks the configuration, unless a part of it comes from a discovery service or a credential store.
    /// - Throws: as ``open(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        try checkSource(context)
        try await client.checkConfiguration(context)
    }

    /// Sends the counters a last time.
    public func close(_ context: Context) async throws {
        let timer = timer.withLock { timer in
            defer { timer = nil }
            return timer
        }
        timer?.cancel()
        try await cleanUp(context, within: Self.closeTimeout, clock: clock) { _ in await self.dump() }
        client.close()
    }

    // MARK: - Internal

    private var source: String { sourceSetting() ?? info()?.name ?? "default" }

    private func checkSource(_ context: Context) throws(ApplicationError) {
        let source = source
        guard (1...255).contains(source.utf8.count), !source.begins(with: "AWS/"), !source.begins(with: ":") else {
            throw .config(
                code: "BAD_SOURCE", key: "source",
                "'source' is '\(source.shortened)'; expected a namespace of at most 255 bytes that does not begin with AWS/",
                traceId: context.traceId)
        }
    }

    private func save(_ counters: [Counter]) async throws {
        let (now, instance) = (clock.now, instanceSetting() ?? info()?.contextId ?? "default")
        let data = counters.compactMap { CloudWatchMetric.datum($0, instance: instance, now: now) }
        for start in stride(from: 0, to: data.count, by: Self.batchSize) {
            let batch = Array(data[start..<min(start + Self.batchSize, data.count)])
            _ = try await client.call(
                .empty, "PutMetricData", ["Namespace": .string(source), "MetricData": .array(batch)])
        }
    }
}

/// Metrics in the format of CloudWatch.
enum CloudWatchMetric {
    /// Returns the metric of a counter; nil if CloudWatch does not accept its value.
    static func datum(_ counter: Counter, instance: String, now: Date) -> AnyValue? {
        guard let name = name(counter.name) else { return nil }
        var datum: AnyValueMap = [
            "MetricName": .string(name), "Timestamp": .string(ISODate.format(now)),
            "Dimensions": [["Name": "InstanceID", "Value": .string(Self.name(instance) ?? "default")]],
        ]
        func unit(_ unit: CloudWatchUnit) { datum["Unit"] = .string(unit.rawValue) }
        switch counter.type {
        case .increment:
            guard let value = number(counter.count.map(Double.init)) else { return nil }
            datum["Value"] = value
            unit(.count)
        case .interval, .statistics:
            guard let count = counter.count, count > 0, let average = counter.average,
                let total = number(average * Double(count)), let largest = number(counter.max),
                let smallest = number(counter.min)
            else { return nil }
            datum["StatisticValues"] = [
                "SampleCount": .integer(Int64(count)), "Maximum": largest, "Minimum": smallest, "Sum": total,
            ]
            unit(counter.type == .interval ? .milliseconds : .none)
        case .lastValue:
            guard let value = number(counter.last) else { return nil }
            datum["Value"] = value
            unit(.none)
        case .timestamp:
            guard let time = counter.time else { return nil }
            datum["Value"] = .integer(ISODate.milliseconds(time))
            unit(.milliseconds)
        }
        return .map(datum)
    }

    // MARK: - Internal

    /// At most 255 printable ASCII characters; the first one is not a colon.
    private static func name(_ text: String) -> String? {
        var bytes = text.utf8.prefix(255).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "_") }
        if bytes.first == UInt8(ascii: ":") { bytes[0] = UInt8(ascii: "_") }
        return bytes.allSatisfy({ $0 == 0x20 }) ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// CloudWatch rejects values that are not finite or larger than 2^360.
    private static func number(_ value: Double?) -> AnyValue? {
        guard let value, value.isFinite, abs(value) <= 0x1p360 else { return nil }
        return .double(value)
    }
}
#endif
