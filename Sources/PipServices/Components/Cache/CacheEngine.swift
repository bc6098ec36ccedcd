import Synchronization

/// The common engine of caches: the single-flight of ``Cache/getOrCompute(_:_:as:timeout:staleFor:_:)``, stale values
/// for failed computations, and counters.
///
/// A cache holds it as a child component: `let engine = CacheEngine()`. Its keys are in the section `options` of its
/// owner. It counts `cache.<name>.hits`, `.misses`, `.evictions`, `.errors` and `.stale_hits`, where `<name>` is the
/// name of the owner.
public final class CacheEngine: Component {
    private let jitter = Setting(
        "options.ttl_jitter", default: 10, in: 0...100,
        "The maximum percentage by which the time to live of a computed value is randomly shortened, so that values "
            + "computed together do not expire together; 0 for none")
    private let maxStale = Setting(
        "options.max_stale", default: 1000, in: 0...,
        "The maximum number of stale values kept in this process, in case recomputing them fails; 0 for no limit")
    private let clockSlot = ClockSlot()
    private let random = RandomSlot()
    private let counters = CompositeCounters()
    private let name = NameSlot()

    private struct FlightKey: Hashable {
        let key: ScalarText
        let type: ObjectIdentifier
    }

    private typealias Outcome = Result<any Sendable, any Error>

    private struct Flight {
        let id: Int
        let task: Task<Outcome, Never>
        var waiters = 1
    }

    private struct Flights {
        var lastId = 0
        var all: [FlightKey: Flight] = [:]
    }

    private let flights = Locked(Flights())
    /// True after the first computation, see ``hasStale``.
    private let hasFlights = Atomic<Bool>(false)
    private let stale = Locked(ExpiringTable<any Sendable>())
    /// True after the first stale value, so that caches without stale values skip the look-up.
    private let hasStale = Atomic<Bool>(false)

    /// Creates an engine.
    public init() {}

    /// The clock of the service.
    public var clock: any ClockSource { clockSlot() }

    /// The number of values being computed.
    public var computing: Int { flights.withLock { $0.all.count } }

    /// The number of callers that wait for values being computed.
    public var waiting: Int { flights.withLock { $0.all.values.reduce(0) { $0 + $1.waiters } } }

    /// Counts a look-up.
    public func noteLookup(isHit: Bool) { count(isHit ? "hits" : "misses", 1) }

    /// Counts evicted values.
    public func noteEvictions(_ number: Int) { count("evictions", number) }

    /// Counts a failed operation of the cache.
    public func noteError() { count("errors", 1) }

    /// Discards the stale value and the computation of a key that is removed or replaced. The callers of a running
    /// computation still receive its result, but it is not stored.
    public func forget(_ key: String) {
        if hasFlights.load(ordering: .acquiring) {
            flights.withLock { flights in
                for other in flights.all.keys where other.key == ScalarText(key) { flights.all[other] = nil }
            }
        }
        if hasStale.load(ordering: .acquiring) { stale.displace { $0.remove(key) } }
    }

    // MARK: - Internal

    private func count(_ what: String, _ number: Int) {
        guard number > 0, !counters.isIdle else { return }
        counters.increment("cache.\(name()).\(what)", number)
    }

    /// Returns the time to live of a computed value; zero for no limit.
    func jittered(_ timeout: Duration) -> Duration {
        guard timeout > .zero else { return .zero }
        let part = Double(jitter()) / 100
        guard part > 0 else { return timeout }
        // No limit is represented by a century, which jitter does not change in practice.
        return max(timeout.asSleep * (1 - part * random.nextFraction()), .milliseconds(1))
    }

    /// Keeps a value until `time` after it expires.
    func keepStale(_ key: String, _ value: any Sendable, for time: Duration) {
        let (now, limit) = (clock.uptime, maxStale() > 0 ? maxStale() : .max)
        hasStale.store(true, ordering: .releasing)
        stale.displace { table in
            let displaced = table.set(key, value, until: now.adding(timeout: time), at: now)
            return (displaced, table.count > limit ? table.removeFirst() : nil)
        }
    }

    /// Returns the value to use instead of one that could not be computed.
    func staleValue<Value>(_ key: String, as type: Value.Type) -> Value? {
        let now = clock.uptime
        guard let value = stale.withLock({ $0.value(key, at: now) }) as? Value else { return nil }
        count("stale_hits", 1)
        return value
    }

    /// Computes a value or joins the computation of another caller. It continues while a caller waits for it.
    ///
    /// - Parameter compute: computes the value. `isCurrent` returns false after the key was removed or replaced.
    /// - Throws: the error of `compute`; NoResponse `TIMEOUT` at the deadline of the context; `CancellationError`.
    func shared<Value: Sendable>(
        _ context: Context, _ key: String,
        _ compute: @escaping @Sendable (Context, _ isCurrent: @Sendable () -> Bool) async throws -> Value
    ) async throws -> Value {
        hasFlights.store(true, ordering: .releasing)
        let flightKey = FlightKey(key: ScalarText(key), type: ObjectIdentifier(Value.self))
        var own = context
        // The result is shared, so the deadline of the first caller does not apply.
        own.deadline = nil
        let (id, task) = flights.withLock { [own] flights -> (Int, Task<Outcome, Never>) in
            if var flight = flights.all[flightKey] {
                flight.waiters += 1
                flights.all[flightKey] = flight
                return (flight.id, flight.task)
            }
            flights.lastId &+= 1
            let id = flights.lastId
            // Unstructured: the cancellation of the first caller must not reach it.
            let task = Task { [self] () -> Outcome in
                let outcome: Outcome
                do {
                    outcome = .success(
                        try await compute(own) { self.flights.withLock { $0.all[flightKey]?.id == id } })
                } catch {
                    outcome = .failure(error)
                }
                end(flightKey, id)
                return outcome
            }
            flights.all[flightKey] = Flight(id: id, task: task)
            return (id, task)
        }
        defer { leave(flightKey, id) }
        guard let outcome = try await wait(for: task, context) else {
            try Task.checkCancellation()
            throw ApplicationError.connection(
                code: "TIMEOUT", "The value of '\(key)' was not computed in time", traceId: context.traceId,
                details: ["key": .string(key)])
        }
        guard let value = try outcome.get() as? Value else {
            throw ApplicationError.internal(code: "WRONG_TYPE", "The value of '\(key)' has another type")
        }
        return value
    }

    private func wait(for task: Task<Outcome, Never>, _ context: Context) async throws -> Outcome? {
        guard let deadline = context.deadline else { return await sharedValue(of: task) }
        let left = deadline - clock.uptime
        guard left > .zero else { return nil }
        return try await withTimeout(left.asSleep, clock: clock) { await sharedValue(of: task) } ?? nil
    }

    private func end(_ key: FlightKey, _ id: Int) {
        flights.withLock { flights in
            if flights.all[key]?.id == id { flights.all[key] = nil }
        }
    }

    /// Cancels the computation if nobody waits for it.
    private func leave(_ key: FlightKey, _ id: Int) {
        let unused = flights.withLock { flights -> Task<Outcome, Never>? in
            guard var flight = flights.all[key], flight.id == id else { return nil }
            flight.waiters -= 1
            flights.all[key] = flight.waiters > 0 ? flight : nil
            return flight.waiters > 0 ? nil : flight.task
        }
        unused?.cancel()
    }
}
