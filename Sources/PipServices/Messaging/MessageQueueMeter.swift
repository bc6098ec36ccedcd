import FoundationEssentials

/// Counts and traces the operations of a queue, under the same names for all queues:
///
/// - `queue.<name>.sent_messages`, `received_messages`, `abandoned_messages`, `dead_messages`: numbers of messages.
/// - `queue.<name>.depth`: the number of messages waiting to be received, updated within a second of a change.
/// - `queue.<name>.send_time`: the duration of `send`, in ms.
/// - `queue.<name>.wait_time`: the time from sending to the first delivery, in ms.
/// - `queue.<name>.handle_time`: the duration of a handler, in ms.
///
/// The component in traces is `queue.<name>`; the operations are `send`, `receive` and `handle`.
///
/// Without counters and tracers in the service, the overhead is negligible.
final class MessageQueueMeter: Component {
    private struct Names: Sendable {
        let queue: String
        let component: String
        let depth: String
        let sendTime: String
        let waitTime: String
        let handleTime: String

        init(_ queue: String) {
            self.queue = queue
            component = "queue.\(queue)"
            depth = component + ".depth"
            sendTime = component + ".send_time"
            waitTime = component + ".wait_time"
            handleTime = component + ".handle_time"
        }

        func counter(_ event: Event) -> String { "\(component).\(event.rawValue)" }
    }

    /// An event of a message.
    enum Event: String {
        case sent = "sent_messages"
        case received = "received_messages"
        case abandoned = "abandoned_messages"
        case dead = "dead_messages"
    }

    /// A scheduled query of the queue's depth.
    private struct Reading: Sendable {
        let task: Task<Void, Never>
        /// True if the queue has changed since the query started.
        var isOutdated = false
    }

    /// The delay of a query after a change, so that the broker is not queried for each message.
    private static let depthInterval = Duration.seconds(1)

    private let counters = CompositeCounters()
    private let tracer = CompositeTracer()
    private let clock = ClockSlot()
    private let names = Locked<Names?>(nil)
    private let reading = Locked<Reading?>(nil)

    /// True if there are neither counters nor tracers.
    var isIdle: Bool { counters.isIdle && tracer.isIdle }

    /// Counts an event.
    func count(_ queue: String, _ event: Event) {
        if !counters.isIdle { counters.incrementOne(names(queue).counter(event)) }
    }

    /// Sends a message with counters and a trace.
    func send(_ context: Context, _ queue: String, _ body: () async throws -> Void) async throws {
        guard !isIdle else { return try await body() }
        let (names, start) = (names(queue), clock.uptime)
        func end(_ error: (any Error)?) {
            let duration = clock.uptime - start
            counters.update(names.sendTime, .interval(duration.milliseconds))
            tracer.record(context, component: names.component, operation: "send", error: error, duration: duration)
        }
        do {
            try await body()
        } catch {
            end(error)
            throw error
        }
        count(queue, .sent)
        end(nil)
    }

    /// Counts and traces a received message. The trace starts at the sending time.
    func noteReceived(_ context: Context, _ queue: String, _ message: MessageEnvelope) {
        guard !isIdle else { return }
        let names = names(queue)
        count(queue, .received)
        // The clocks of two machines may differ, and a clock may be set back.
        let age = message.sentTime.map { clock.now.timeIntervalSince($0) } ?? 0
        let wait = Duration.seconds(age > 0 ? min(age, 3e9) : 0)
        if message.deliveryCount <= 1 { counters.update(names.waitTime, .interval(wait.milliseconds)) }
        tracer.record(context, component: names.component, operation: "receive", error: nil, duration: wait)
    }

    /// Starts measuring a handler; nil without counters and tracers.
    func beginHandling() -> Duration? { isIdle ? nil : clock.uptime }

    /// Counts and traces a finished handler.
    func endHandling(_ context: Context, _ queue: String, _ start: Duration?, _ error: (any Error)?) {
        guard let start else { return }
        let (names, duration) = (names(queue), clock.uptime - start)
        counters.update(names.handleTime, .interval(duration.milliseconds))
        tracer.record(context, component: names.component, operation: "handle", error: error, duration: duration)
    }

    /// Schedules a query of the depth, once for all changes until then.
    func noteDepth(_ queue: String, _ read: @escaping @Sendable () async throws -> Int) {
        guard !counters.isIdle else { return }
        let name = names(queue).depth
        reading.withLock { reading in
            guard reading == nil else {
                reading?.isOutdated = true
                return
            }
            let task = Task { [weak self, clock, counters] in
                while (try? await clock.sleep(for: Self.depthInterval)) != nil {
                    self?.reading.withLock { $0?.isOutdated = false }
                    if let depth = try? await read() { counters.last(name, Double(depth)) }
                    guard self?.endsReading() == false else { return }
                }
            }
            reading = Reading(task: task)
        }
    }

    /// Cancels the scheduled query.
    func stop() {
        let last = reading.withLock { reading in
            defer { reading = nil }
            return reading
        }
        last?.task.cancel()
    }

    // MARK: - Internal

    private func endsReading() -> Bool {
        reading.withLock { reading in
            guard let current = reading, !Task.isCancelled else { return true }
            if !current.isOutdated { reading = nil }
            return !current.isOutdated
        }
    }

    private func names(_ queue: String) -> Names {
        names.withLock { names in
            if let names, names.queue.isSame(as: queue) { return names }
            let new = Names(queue)
            names = new
            return new
        }
    }
}
