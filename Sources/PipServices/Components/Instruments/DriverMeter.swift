import Synchronization

/// Counters and logs for the connection of a driver, with the same names for all drivers:
///
/// - `<driver>.<connection>.call_time`: the duration of calls, in ms.
/// - `<driver>.<connection>.in_flight`: the number of calls in flight.
/// - `<driver>.<connection>.queue_depth`: the number of calls that wait to be sent.
/// - `<driver>.<connection>.reconnects`: the number of reconnections.
/// - `<driver>.<connection>.breaker_state`: 0 for closed, 1 for half-open, 2 for open.
///
/// Counters with labels count them as `driver.<kind>`, with the labels `driver` and `connection`.
///
/// `<connection>` is the name of the component. If the service has no counters, the cost per call is one atomic load.
final class DriverMeter: Component {
    private struct Names: Sendable {
        let callTime: LabelledName
        let inFlight: LabelledName
        let queueDepth: LabelledName
        let reconnects: LabelledName
        let breakerState: LabelledName

        init(_ driver: String, _ connection: String) {
            func name(_ kind: String) -> LabelledName {
                LabelledName(
                    "driver.\(kind)", [("driver", driver), ("connection", connection)],
                    plain: "\(driver).\(connection).\(kind)")
            }
            callTime = name("call_time")
            inFlight = name("in_flight")
            queueDepth = name("queue_depth")
            reconnects = name("reconnects")
            breakerState = name("breaker_state")
        }
    }

    private let driver: String
    private let counters = CompositeCounters()
    private let logger = CompositeLogger()
    private let name = NameSlot()
    private let clock = ClockSlot()
    private let names = Locked<Names?>(nil)
    private let running = Atomic<Int>(0)
    /// The lost peers, with the time of the loss.
    private let lost = Locked<[ScalarText: Duration]>([:])

    /// - Parameter driver: the first part of all names, such as `redis`.
    init(_ driver: String) { self.driver = driver }

    /// True if the service has no counters.
    var isIdle: Bool { counters.isIdle }

    /// Runs and measures a call.
    /// - Parameter queueDepth: the number of calls that wait to be sent.
    func measure<Result>(
        queueDepth: @autoclosure () -> Int, isolation: isolated (any Actor)? = #isolation,
        _ call: () async throws -> Result
    ) async rethrows -> Result {
        if counters.isIdle { return try await call() }
        let (names, start) = (currentNames, clock.uptime)
        counters.update(names.inFlight, .last(Double(running.wrappingAdd(1, ordering: .relaxed).newValue)))
        counters.update(names.queueDepth, .last(Double(queueDepth())))
        defer {
            counters.update(names.inFlight, .last(Double(running.wrappingSubtract(1, ordering: .relaxed).newValue)))
            counters.update(names.queueDepth, .last(Double(queueDepth())))
            counters.update(names.callTime, .interval((clock.uptime - start).milliseconds))
        }
        return try await call()
    }

    /// Counts reconnections.
    func noteReconnects(_ count: Int = 1) {
        if count > 0, !counters.isIdle { counters.update(currentNames.reconnects, .increment(count)) }
    }

    /// Records the state of a circuit breaker.
    /// - Parameter peer: a part of the name, if a connection has several breakers.
    func noteBreaker(_ state: CircuitBreaker.State, peer: String? = nil) {
        guard !counters.isIdle else { return }
        let value: Double =
            switch state {
            case .closed: 0
            case .halfOpen: 1
            case .open: 2
            }
        counters.update((peer.map { Names(driver, $0) } ?? currentNames).breakerState, .last(value))
    }

    /// Logs that a peer can't be reached, once until ``noteRecovery(of:)``.
    /// - Parameter reason: must not contain secrets.
    func noteLoss(of peer: String, _ reason: String) {
        let now = clock.uptime
        let isNew = lost.withLock { lost in
            guard lost[ScalarText(peer)] == nil else { return false }
            lost[ScalarText(peer)] = now
            return true
        }
        guard isNew else { return }
        logger.warn(
            .empty, "\(peer) is lost: \(reason)",
            ["driver": .string(driver), "connection": .string(name()), "peer": .string(peer)])
    }

    /// Logs once that a lost peer can be reached again.
    func noteRecovery(of peer: String) {
        let now = clock.uptime
        guard let since = lost.withLock({ $0.removeValue(forKey: ScalarText(peer)) }) else { return }
        logger.info(
            .empty, "\(peer) is back after \((now - since).wholeMilliseconds) ms",
            ["driver": .string(driver), "connection": .string(name()), "peer": .string(peer)])
    }

    // MARK: - Internal

    private var currentNames: Names {
        names.withLock { names in
            if let names { return names }
            let new = Names(driver, name())
            names = new
            return new
        }
    }
}
