import FoundationEssentials

/// Counts and traces what a queue does, under the same names for all queues:
///
/// - `queue.<name>.sent_messages`, `received_messages`, `abandoned_messages`, `dead_messages`: how many there were.
/// - `queue.<name>.depth`: the messages that wait to be received; read within a second of any change.
/// - `queue.<name>.send_time`: how long a call of `send` took, in ms.
/// - `queue.<name>.wait_time`: how long a message was in the queue until its first delivery, in ms.
/// - `queue.<name>.handle_time`: how long a handler ran, in ms.
///
/// The component of traces is `queue.<name>`, and the operations are `send`, `receive` and `handle`.
///
/// Without counters and tracers in the service, a measurement costs nearly nothing.
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

    /// What happens to a message.
    enum Event: String {
        case sent = "sent_messages"
        case received = "received_messages"
        case abandoned = "abandoned_messages"
        case dead = "dead_messages"
    }

    /// The reading of the depth that is to come.
    private struct Reading: Sendable {
        let task: Task<Void, Never>
        /// True if something has changed since it began.
        var isOutdated = false
    }

    /// How long after a change the depth is read: a broker is not asked for each message.
    private static let depthInterval = Duration.seconds(1)

    private let counters = CompositeCounters()
    private let tracer = CompositeTracer()
    private let clock = ClockSlot()
    private let names = Locked<Names?>(nil)
    private let reading = Locked<Reading?>(nil)

    /// True if nobody counts or traces.
    var isIdle: Bool { counters.isIdle && tracer.isIdle }

    /// Counts something that happened to a message.
    func count(_ queue: String, _ event: Event) {
        if !counters.isIdle { counters.incrementOne(names(queue).counter(event)) }
    }

    /// Sends a message, counted and traced.
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

    /// Counts and traces that a message was received. The trace lasts from when it was sent.
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

    /// Starts to measure a handler; nil if nobody wants to know.
    func beginHandling() -> Duration? { isIdle ? nil : clock.uptime }

    /// Counts and traces a handler that ended.
    func endHandling(_ context: Context, _ queue: String, _ start: Duration?, _ error: (any Error)?) {
        guard let start else { return }
        let (names, duration) = (names(queue), clock.uptime - start)
        counters.update(names.handleTime, .interval(duration.milliseconds))
        tracer.record(context, component: names.component, operation: "handle", error: error, duration: duration)
    }

    /// Reads the depth soon, once for all changes until then.
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

    /// Ends the reading of the depth.
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
