#if PIP_ACTIVEMQ
import FoundationEssentials

/// The queues of a STOMP broker.
///
/// The broker delivers at most `options.prefetch` unacknowledged messages. Locks, and redelivery after a lock has
/// expired, are local. An abandoned message is replaced by a copy with a delivery count.
final class STOMPMessageConnector: MessageConnector, Component {
    private let prefetch = Setting(
        "options.prefetch", default: 100, in: 1...10_000,
        "The maximum number of unacknowledged messages")
    private let autosubscribe = Setting(
        "options.autosubscribe", default: false,
        "True to subscribe when the queue is opened, instead of when a message is first requested")
    private let isPersistent = Setting(
        "options.persistent", default: true, "True for durable messages, which survive a restart of the broker")
    private let priority = Setting<Int?>(
        "options.priority", default: nil, in: 0...9, "The priority of messages, from 0 to 9; by default the broker's")
    private let timeToLive = Setting(
        "options.time_to_live", default: Duration.zero, in: Duration.zero...,
        "The time to live of a message at the broker, in ms; 0 for no expiration")
    private let routing: any STOMPRouting
    private let connection: @Sendable () throws(ApplicationError) -> STOMPClient
    private let clock = ClockSlot()
    private let logger = CompositeLogger()
    /// Only one task at a time reads the dead letters.
    private let reading = Bulkhead(limit: 1, maxWaiting: 1000)

    private struct OpenQueue: Sendable {
        let inbox: STOMPInbox
        let options: MessageQueueOptions
        var receiver: Task<STOMPReceiver, any Error>?
        /// The receiver opened by the task.
        var opened: STOMPReceiver?
        /// The number of dead letters added since the oldest ones were last removed.
        var newDeadLetters = 0
    }

    private let queues = Locked<[ScalarText: OpenQueue]>([:])

    init(_ routing: any STOMPRouting, _ connection: @escaping @Sendable () throws(ApplicationError) -> STOMPClient) {
        self.routing = routing
        self.connection = connection
    }

    private var broker: STOMPBroker { routing.broker }
    private var frames: STOMPFrames { STOMPFrames(broker: broker, isPersistent: isPersistent()) }

    var capabilities: MessagingCapabilities {
        var capabilities = MessagingCapabilities.all(isDurable: isPersistent())
        // STOMP cannot count the messages of a queue.
        capabilities.canMessageCount = false
        capabilities.canGroup = broker == .activeMQ
        return capabilities
    }

    /// Checks the settings of a queue.
    /// - Throws: Misconfiguration `BAD_QUEUE_NAME`, `NO_QUEUE`.
    func check(_ context: Context, _ queue: String, topic: String?) throws(ApplicationError) {
        _ = try routing.route(context, queue, topic: topic)
    }

    func subscribe(_ context: Context, _ queue: String, _ options: MessageQueueOptions) async throws {
        let route = try routing.route(context, queue, topic: options.topic)
        let inbox = STOMPInbox(
            queue, route, broker, prefetch: prefetch(), clock: clock(), logger: logger
        ) { [logger, broker] in Self.noteOversized(logger, broker, "queue", queue, id: $0) }
        let old = queues.withLock { queues in
            queues.updateValue(OpenQueue(inbox: inbox, options: options), forKey: ScalarText(queue))
        }
        if let old { await end(context, old) }
        guard autosubscribe(), !route.subscriptions.isEmpty else { return }
        do {
            _ = try await receiver(context, queue)
        } catch {
            try await unsubscribe(context, queue)
            throw error
        }
    }

    /// Stops using a queue. The broker redelivers unacknowledged messages.
    func unsubscribe(_ context: Context, _ queue: String) async throws {
        guard let open = queues.withLock({ $0.removeValue(forKey: ScalarText(queue)) }) else { return }
        await end(context, open)
    }

    func publish(
        _ context: Context, _ message: MessageEnvelope, to address: MessageAddress, timeout: Duration
    ) async throws {
        let target: STOMPRoute.Target
        switch address {
        case .queue(let name): target = try open(context, name).inbox.route.target
        case .topic(let name):
            let route = queues.current.values.first { $0.options.topic.isSame(as: name) }?.inbox.route
            target = route?.target ?? STOMPRoute.Target(destination: broker.topic(name))
        }
        var headers = STOMPEnvelope.headers(message, broker)
        if let priority = priority() { headers.append("priority", String(priority)) }
        if timeToLive() > .zero {
            let (name, value) = broker.expiry(
                after: timeToLive(), nowMilliseconds: STOMPEnvelope.milliseconds(clock.now))
            headers.append(name, value)
        }
        try await connection().send(
            context, [frames.send(target, headers, message.message)], "send to \(target.destination)")
    }

    func receive(
        _ context: Context, _ queue: String, wait: Duration, lock: Duration
    ) async throws -> MessageEnvelope? {
        let inbox = try open(context, queue).inbox
        _ = try await receiver(context, queue)
        return try await inbox.buffer.receive(context, wait: wait, lock: lock)
    }

    func settle(
        _ context: Context, _ message: MessageEnvelope, _ reference: MessageReference, _ settlement: MessageSettlement
    ) async throws {
        let open = try open(context, reference.queue)
        let inbox = open.inbox
        switch settlement {
        case .renew: try await inbox.buffer.settle(context, reference, settlement)
        // A copy at the end of the queue would break the order of the group.
        case .abandon where message.group != nil && capabilities.canGroup:
            try await inbox.buffer.settle(context, reference, settlement)
        case .complete:
            try await end(context, reference, inbox) { original, _ in [[frames.acknowledge(original.headers)]] }
        case .abandon(let delay):
            try await end(context, reference, inbox) { original, message in
                let copy = copy(of: original, message, inbox.route, after: delay)
                return frames.replace(original.headers, by: copy)
            }
        case .deadLetter(let error):
            try await end(context, reference, inbox) { original, message in
                let target = STOMPRoute.Target(destination: inbox.route.dead)
                var headers = original.headers
                // A dead letter does not expire.
                headers[broker.expiryHeader] = nil
                let copy = frames.copy(
                    to: target, headers, message.message, deliveries: message.deliveryCount,
                    [
                        STOMPEnvelope.Name.error: STOMPEnvelope.error(error),
                        STOMPEnvelope.Name.deadTime: ISODate.format(clock.now),
                    ])
                return frames.replace(original.headers, by: copy)
            }
            await removeExcess(context, reference.queue, open.options.maxDeadLetters)
        }
    }

    /// - Throws: Unsupported `NOT_SUPPORTED`.
    func readCount(_ context: Context, _ queue: String) async throws -> Int {
        throw ApplicationError.unsupported(
            code: "NOT_SUPPORTED", "STOMP can't tell how many messages the queue '\(queue)' has",
            traceId: context.traceId, details: ["queue": .string(queue)])
    }

    /// Returns the delivered messages that wait locally, at most `options.prefetch`.
    func peek(_ context: Context, _ queue: String, _ limit: Int) async throws -> [MessageEnvelope] {
        let inbox = try open(context, queue).inbox
        _ = try await receiver(context, queue)
        return inbox.buffer.peek(context, limit)
    }

    /// Acknowledges all messages that arrive, until none has arrived for a while.
    func clear(_ context: Context, _ queue: String) async throws {
        let inbox = try open(context, queue).inbox
        let receiver = try await receiver(context, queue)
        // Bounded, in case others continue sending.
        let end = clock.uptime + receiver.engine.options.callTimeout
        var quietTurns = 0
        while quietTurns < 2, clock.uptime < end {
            let messages = inbox.buffer.takeAll()
            guard !messages.isEmpty else {
                quietTurns += 1
                try await clock.sleep(for: .milliseconds(50))
                continue
            }
            quietTurns = 0
            let originals = messages.compactMap { inbox.original(of: $0) }
            for (link, group) in Dictionary(grouping: originals, by: \.link) {
                let outcome = await receiver.engine.call(
                    group.map { frames.acknowledge($0.headers) }, link: link, deadline: context.deadline)
                if case .failure(let failure) = outcome {
                    // They are no longer local: the broker redelivers them.
                    try await connection().closeReceiver(receiver)
                    throw failure.error(context, broker.name, "clear")
                }
            }
            for message in messages { inbox.forget(message) }
        }
    }

    // MARK: - Dead letters

    func readDeadLetters(_ context: Context, _ queue: String, _ limit: Int) async throws -> [DeadLetter] {
        guard limit > 0 else { return [] }
        return try await scan(context, queue) { scan in
            let excess = try await scan.read(keeping: limit)
            // The first ones exceeded the limit, so read again to get others in their place.
            if excess { _ = try await scan.read(keeping: limit) }
            return scan.kept
        }
    }

    func replayDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int {
        let inbox = try open(context, queue).inbox
        return try await scan(context, queue) { [frames, logger] scan in
            try await scan.take(ids: ids, needsBodies: true) { frame in
                // Its payload was not read and must not be lost.
                guard !frame.isOversized else {
                    let id = STOMPEnvelope.envelope(frame, frames.broker).messageId
                    Self.noteOversized(logger, frames.broker, "dead letters of the queue", queue, id: id)
                    return nil
                }
                let copy = frames.copy(to: inbox.route.home, frame.headers, frame.body, deliveries: 0)
                return frames.replace(frame.headers, by: copy)
            }
        }
    }

    func removeDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int {
        try await scan(context, queue) { [frames] scan in
            try await scan.take(ids: ids, needsBodies: false) { frame in [[frames.acknowledge(frame.headers)]] }
        }
    }

    // MARK: - Internal

    /// The number of unacknowledged messages of a queue, for tests.
    func unacknowledgedCount(_ queue: String) -> Int {
        queues.current[ScalarText(queue)]?.inbox.unacknowledgedCount ?? 0
    }

    private func open(_ context: Context, _ queue: String) throws(ApplicationError) -> OpenQueue {
        let queues = queues.current
        if let open = queues[ScalarText(queue)] { return open }
        throw .unknownQueue(context, queue, among: queues.keys.map(\.text))
    }

    private static func noteOversized(
        _ logger: CompositeLogger, _ broker: STOMPBroker, _ place: String, _ queue: String, id: String
    ) {
        logger.error(
            .empty, error: nil,
            "\(broker.name) has a message in the \(place) '\(queue)' that is larger than 'options.max_frame_size' and "
                + "stays there", ["queue": .string(queue), "message_id": .string(id)])
    }

    private func end(_ context: Context, _ open: OpenQueue) async {
        // First, because waiting receivers must not prevent the queue from closing.
        open.inbox.buffer.close(context, all: true)
        // A broker that does not respond must not prevent it either.
        open.receiver?.cancel()
        if let receiver = try? await open.receiver?.value { try? await connection().closeReceiver(receiver) }
        open.inbox.drop()
    }

    /// Returns the receiving connection. The first call opens it; after an error, the next call retries.
    private func receiver(_ context: Context, _ queue: String) async throws -> STOMPReceiver {
        let inbox = try open(context, queue).inbox
        while true {
            let (task, opened) = try queues.withLock {
                queues throws(ApplicationError) -> (Task<STOMPReceiver, any Error>, STOMPReceiver?) in
                // The queue was closed meanwhile.
                guard let open = queues[ScalarText(queue)] else { throw .queueNotOpened(context, queue) }
                if let task = open.receiver { return (task, open.opened) }
                let task = Task { [self] in try await openReceiver(context, queue, inbox) }
                queues[ScalarText(queue)]?.receiver = task
                return (task, nil)
            }
            if let opened, !opened.engine.isClosed { return opened }
            let result = try await Self.result(of: task)
            if case .success(let receiver) = result, !receiver.engine.isClosed {
                queues.withLock { queues in
                    if queues[ScalarText(queue)]?.receiver == task { queues[ScalarText(queue)]?.opened = receiver }
                }
                return receiver
            }
            queues.withLock { queues in
                guard queues[ScalarText(queue)]?.receiver == task else { return }
                queues[ScalarText(queue)]?.receiver = nil
                queues[ScalarText(queue)]?.opened = nil
                // The connection was closed while the queue used it, and may be open again.
                inbox.drop()
            }
            _ = try result.get()
        }
    }

    /// Returns the result of a task that several callers await. Cancellation ends the wait but not the task.
    private static func result(
        of task: Task<STOMPReceiver, any Error>
    ) async throws -> Result<STOMPReceiver, any Error> {
        let (results, feed) = AsyncStream<Result<STOMPReceiver, any Error>>.makeStream()
        Task {
            feed.yield(await task.result)
            feed.finish()
        }
        for await result in results { return result }
        throw CancellationError()
    }

    private func openReceiver(_ context: Context, _ queue: String, _ inbox: STOMPInbox) async throws -> STOMPReceiver {
        let (client, route) = (try connection(), inbox.route)
        guard !route.subscriptions.isEmpty else {
            throw ApplicationError.unsupported(
                code: "NOT_SUPPORTED", "Nothing can be received from '\(queue)': 'options.no_queue' is true",
                traceId: context.traceId)
        }
        let receiver = try await client.openReceiver(context, "queue '\(queue)'", clientId: route.clientId)
        for headers in route.subscriptions {
            let listener = STOMPListener(
                onMessage: { [weak inbox] in inbox?.accept($0, $1) ?? true }, onLoss: { [weak inbox] in inbox?.drop() })
            let outcome = await receiver.engine.subscribe(
                frames.subscribe(headers, prefetch: prefetch()), deadline: context.deadline, listener)
            guard case .failure(let failure) = outcome else { continue }
            await client.closeReceiver(receiver)
            throw failure.error(context, broker.name, "subscribe to \(headers["destination"] ?? "")")
        }
        return receiver
    }

    /// Ends the delivery of a message with frames that are sent group by group.
    private func end(
        _ context: Context, _ reference: MessageReference, _ inbox: STOMPInbox,
        _ groups: (STOMPInbox.Original, MessageEnvelope) -> [[STOMPFrame]]
    ) async throws {
        try await inbox.buffer.settle(context, reference) { message in
            guard let original = inbox.original(of: message) else {
                throw ApplicationError.lockExpired(context, reference.queue)
            }
            let engine = try await receiver(context, reference.queue).engine
            for group in groups(original, message) {
                switch await engine.call(group, link: original.link, deadline: context.deadline) {
                case .success: continue
                case .failure(.lost): throw ApplicationError.lockExpired(context, reference.queue)
                case .failure(let failure): throw failure.error(context, broker.name, group.last?.command ?? "")
                }
            }
            inbox.forget(message)
        }
    }

    /// Returns the copy of a message for redelivery.
    private func copy(
        of original: STOMPInbox.Original, _ message: MessageEnvelope, _ route: STOMPRoute, after delay: Duration
    ) -> STOMPFrame {
        var (target, headers): (STOMPRoute.Target, STOMPHeaders) = (route.home, [:])
        if delay >= .milliseconds(1) {
            let time = STOMPEnvelope.milliseconds(clock.now).addingReportingOverflow(delay.wholeMilliseconds)
            headers.append(STOMPEnvelope.Name.notBefore, String(time.overflow ? .max : time.partialValue))
            headers.append(STOMPEnvelope.Name.delay, String(delay.wholeMilliseconds))
            if route.delaysAtBroker {
                let (wait, more) = broker.wait(delay, of: route)
                target = wait ?? target
                for header in more.list { headers.append(header.name, header.value) }
            }
        }
        return frames.copy(to: target, original.headers, message.message, deliveries: message.deliveryCount, headers)
    }

    private func scan<Result: Sendable>(
        _ context: Context, _ queue: String, _ body: (STOMPDeadLetterScan) async throws -> Result
    ) async throws -> Result {
        let open = try open(context, queue)
        let client = try connection()
        return try await reading.run(context, name: "Reading the dead letters of '\(queue)'") {
            let scan = STOMPDeadLetterScan(
                client: client, frames: frames, destination: open.inbox.route.dead,
                limit: open.options.maxDeadLetters, clock: clock())
            return try await scan.run(context, body)
        }
    }

    /// Removes the oldest dead letters. Runs only occasionally, because it needs a separate connection.
    private func removeExcess(_ context: Context, _ queue: String, _ limit: Int) async {
        let isDue = queues.withLock { queues -> Bool in
            let count = (queues[ScalarText(queue)]?.newDeadLetters ?? 0) + 1
            let isDue = count > max(8, limit / 2)
            queues[ScalarText(queue)]?.newDeadLetters = isDue ? 0 : count
            return isDue
        }
        guard isDue else { return }
        do {
            _ = try await scan(context, queue) { try await $0.read(keeping: 0) }
        } catch {
            logger.warn(context, "The oldest dead letters of the queue '\(queue)' can't be removed now: \(error)")
        }
    }
}
#endif
