#if PIP_AMQP
import FoundationEssentials

/// The queues of an AMQP 1.0 broker.
///
/// The broker delivers at most `options.prefetch` unsettled messages. Locks, redelivery after a lock has expired, and
/// delivery counts are local.
final class AMQPMessageConnector: MessageConnector, Component {
    /// The driver's application properties.
    enum Name {
        static let type = "message_type"
        /// The reason for a dead letter as JSON, its time, and the number of its deliveries.
        static let error = "x-error"
        static let deadTime = "x-dead-time"
        static let deliveries = "x-deliveries"
        static let marker = "x-marker"
    }

    private let prefetch = Setting(
        "options.prefetch", default: 100, in: 1...10_000,
        "The maximum number of unsettled messages")
    private let autosubscribe = Setting(
        "options.autosubscribe", default: false,
        "True to subscribe when the queue is opened, instead of when a message is first requested")
    private let isPersistent = Setting(
        "options.persistent", default: true, "True for durable messages, which survive a restart of the broker")
    private let priority = Setting<Int?>(
        "options.priority", default: nil, in: 0...9, "The priority of messages, from 0 to 9; by default the broker's")
    private let timeToLive = Setting(
        "options.time_to_live", default: Duration.zero, in: Duration.zero...Duration.milliseconds(4_294_967_295),
        "The time to live of a message at the broker, in ms; 0 for no expiration")
    private let addressPrefixSetting = Setting(
        "options.address_prefix", default: "/queue/",
        "The prefix of the queue's name in its address; RabbitMQ creates a missing queue for /queue/, but not for "
            + "/amq/queue/; 'none' for brokers that use plain names")
    private let topicPrefixSetting = Setting(
        "options.topic_prefix", default: "/topic/",
        "The prefix of the topic's name in its address; 'none' for no prefix")
    private let deadQueue = Setting<String?>(
        "options.dead_queue", default: nil, "The dead-letter queue; by default the queue's name with '.dead'")
    private let connection: @Sendable () throws(ApplicationError) -> AMQPConnection
    private let clock = ClockSlot()
    private let logger = CompositeLogger()
    /// Only one task at a time reads the dead letters.
    private let reading = Bulkhead(limit: 1, maxWaiting: 1000)

    private struct OpenQueue: Sendable {
        let inbox: AMQPInbox
        let options: MessageQueueOptions
        let dead: String
        var receiver: Task<any AMQPReceiver, any Error>?
        /// The number of dead letters added since the oldest ones were last removed.
        var newDeadLetters = 0
    }

    private let queues = Locked<[ScalarText: OpenQueue]>([:])

    init(_ connection: @escaping @Sendable () throws(ApplicationError) -> AMQPConnection) {
        self.connection = connection
    }

    var capabilities: MessagingCapabilities {
        var capabilities = MessagingCapabilities.all(isDurable: isPersistent())
        // AMQP 1.0 cannot count the messages of a queue, and RabbitMQ does not support groups.
        (capabilities.canMessageCount, capabilities.canGroup) = (false, false)
        return capabilities
    }

    /// Checks the settings of a queue.
    /// - Throws: Misconfiguration `BAD_QUEUE_NAME`.
    func check(_ context: Context, _ queue: String, topic: String?) throws(ApplicationError) {
        try check(context, name: queue, key: "queue", addressPrefix())
        try check(context, name: deadQueue() ?? queue + ".dead", key: "options.dead_queue", addressPrefix())
        if let topic { try check(context, name: topic, key: "topic", topicPrefix()) }
    }

    func subscribe(_ context: Context, _ queue: String, _ options: MessageQueueOptions) async throws {
        try check(context, queue, topic: options.topic)
        let inbox = AMQPInbox(queue, prefetch: prefetch(), clock: clock(), logger: logger)
        let dead = deadQueue() ?? queue + ".dead"
        let old = queues.withLock { queues in
            queues.updateValue(OpenQueue(inbox: inbox, options: options, dead: dead), forKey: ScalarText(queue))
        }
        if let old { await end(context, old) }
        guard autosubscribe() else { return }
        do {
            _ = try await receiver(context, queue)
        } catch {
            try await unsubscribe(context, queue)
            throw error
        }
    }

    /// Stops using a queue. The broker redelivers unsettled messages.
    func unsubscribe(_ context: Context, _ queue: String) async throws {
        guard let open = queues.withLock({ $0.removeValue(forKey: ScalarText(queue)) }) else { return }
        await end(context, open)
    }

    func publish(
        _ context: Context, _ message: MessageEnvelope, to address: MessageAddress, timeout: Duration
    ) async throws {
        let target: String
        switch address {
        case .queue(let name):
            _ = try open(context, name)
            target = addressPrefix() + name
        case .topic(let name): target = topicPrefix() + name
        }
        var sent = AMQPMessage(message, type: .subject)
        // RabbitMQ drops the subject.
        if let type = message.messageType { sent.properties[Name.type] = .string(type) }
        sent.isDurable = isPersistent()
        sent.priority = priority().flatMap { UInt8(exactly: $0) }
        if timeToLive() > .zero { sent.timeToLive = UInt32(clamping: timeToLive().wholeMilliseconds) }
        try await connection().send(context, sent, to: target)
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
        switch settlement {
        case .renew, .abandon: try await open.inbox.buffer.settle(context, reference, settlement)
        case .complete: try await accept(context, reference, open) { _, _ in }
        case .deadLetter(let error):
            try await accept(context, reference, open) { original, message in
                var copy = copy(of: original.message, message)
                // A dead letter does not expire.
                copy.timeToLive = nil
                copy.properties[Name.error] = .string(Self.json(error))
                copy.properties[Name.deadTime] = .string(ISODate.format(clock.now))
                copy.properties[Name.deliveries] = .int(Int32(clamping: message.deliveryCount))
                try await connection().send(context, copy, to: addressPrefix() + open.dead)
            }
            await removeExcess(context, reference.queue, open.options.maxDeadLetters)
        }
    }

    /// - Throws: Unsupported `NOT_SUPPORTED`.
    func readCount(_ context: Context, _ queue: String) async throws -> Int {
        throw ApplicationError.unsupported(
            code: "NOT_SUPPORTED", "AMQP 1.0 can't tell how many messages the queue '\(queue)' has",
            traceId: context.traceId, details: ["queue": .string(queue)])
    }

    /// Returns the delivered messages that wait locally, at most `options.prefetch`.
    func peek(_ context: Context, _ queue: String, _ limit: Int) async throws -> [MessageEnvelope] {
        let inbox = try open(context, queue).inbox
        _ = try await receiver(context, queue)
        return inbox.buffer.peek(context, limit)
    }

    /// Accepts all messages that arrive, until none has arrived for a while.
    func clear(_ context: Context, _ queue: String) async throws {
        let inbox = try open(context, queue).inbox
        let receiver = try await receiver(context, queue)
        // Bounded, in case others continue sending.
        let end = clock.uptime + .seconds(30)
        var quietTurns = 0
        while quietTurns < 2, clock.uptime < end {
            let messages = inbox.buffer.takeAll()
            guard !messages.isEmpty else {
                quietTurns += 1
                try await clock.sleep(for: .milliseconds(50))
                continue
            }
            quietTurns = 0
            for message in messages {
                guard let original = inbox.original(of: message) else { continue }
                inbox.forget(message)
                if case .failure(let failure) = await receiver.settle(
                    original.id, .accepted, deadline: context.deadline)
                {
                    throw failure.error(context, AMQPConnection.broker, "clear")
                }
            }
        }
    }

    // MARK: - Dead letters

    func readDeadLetters(_ context: Context, _ queue: String, _ limit: Int) async throws -> [DeadLetter] {
        guard limit > 0 else { return [] }
        return try await scan(context, queue, keeping: limit)
    }

    func replayDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int {
        try await take(context, queue, ids) { message in
            var copy = message
            copy.annotations = AMQPMap()
            for name in [Name.error, Name.deadTime, Name.deliveries] { copy.properties[name] = nil }
            copy.isDurable = self.isPersistent()
            try await self.connection().send(context, copy, to: self.addressPrefix() + queue)
        }
    }

    func removeDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int {
        try await take(context, queue, ids) { _ in }
    }

    // MARK: - Internal

    /// The number of unsettled messages of a queue, for tests.
    func unsettledCount(_ queue: String) -> Int { queues.current[ScalarText(queue)]?.inbox.unsettledCount ?? 0 }

    private func addressPrefix() -> String { Self.prefix(addressPrefixSetting()) }
    private func topicPrefix() -> String { Self.prefix(topicPrefixSetting()) }

    /// Returns a configured prefix; empty for `none`, because an empty setting would select the default.
    private static func prefix(_ setting: String) -> String { setting.isSame(as: "none") ? "" : setting }

    private func check(_ context: Context, name: String, key: String, _ prefix: String) throws(ApplicationError) {
        let problem: String? =
            name.isEmpty
            ? "it is empty"
            : name.utf8.count > 255
                ? "it has more than 255 bytes"
                : name.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F || $0 == "/" }
                    ? "it has a slash or a control character"
                    // RabbitMQ misreads é, and closes the shared connection for most other characters.
                    : prefix.begins(with: "/") && !name.utf8.allSatisfy { $0 < 0x80 }
                        ? "RabbitMQ accepts ASCII only" : nil
        guard let problem else { return }
        throw .config(
            code: "BAD_QUEUE_NAME", key: key,
            "'\(key)' is '\(name.shortened)', which can't be a part of an address: \(problem); expected 1 to 255 bytes "
                + "without slashes and control characters, and only ASCII for RabbitMQ", traceId: context.traceId)
    }

    private func open(_ context: Context, _ queue: String) throws(ApplicationError) -> OpenQueue {
        let queues = queues.current
        if let open = queues[ScalarText(queue)] { return open }
        throw .unknownQueue(context, queue, among: queues.keys.map(\.text))
    }

    private func end(_ context: Context, _ open: OpenQueue) async {
        // First, because waiting receivers must not prevent the queue from closing.
        open.inbox.buffer.close(context, all: true)
        // A broker that does not respond must not prevent it either.
        open.receiver?.cancel()
        if let receiver = try? await open.receiver?.value { await receiver.close() }
        open.inbox.drop()
    }

    /// Returns the receiver. The first call opens it; after an error, the next call retries.
    private func receiver(_ context: Context, _ queue: String) async throws -> any AMQPReceiver {
        let task = try queues.withLock {
            queues throws(ApplicationError) -> Task<any AMQPReceiver, any Error> in
            // The queue was closed meanwhile.
            guard let open = queues[ScalarText(queue)] else { throw .queueNotOpened(context, queue) }
            if let task = open.receiver { return task }
            let task = Task { [self] in try await openReceiver(queue, open) }
            queues[ScalarText(queue)]?.receiver = task
            return task
        }
        let (results, feed) = AsyncStream<Result<any AMQPReceiver, any Error>>.makeStream()
        Task {
            feed.yield(await task.result)
            feed.finish()
        }
        // Cancellation ends the wait but not the task, because other callers wait for it too.
        for await result in results {
            if case .failure = result { forgetReceiver(queue, task) }
            return try result.get()
        }
        throw CancellationError()
    }

    private func forgetReceiver(_ queue: String, _ task: Task<any AMQPReceiver, any Error>?) {
        queues.withLock { queues in
            guard task == nil || queues[ScalarText(queue)]?.receiver == task else { return }
            queues[ScalarText(queue)]?.receiver = nil
        }
    }

    private func openReceiver(_ queue: String, _ open: OpenQueue) async throws -> any AMQPReceiver {
        let client = try connection().client(.empty)
        var source = AMQPSource(address: open.options.topic.map { topicPrefix() + $0 } ?? addressPrefix() + queue)
        source.prefetch = prefetch()
        source.isDurable = open.options.topic == nil
        let listener = AMQPListener(
            onDelivery: { [weak inbox = open.inbox] in inbox?.accept($0) },
            onLoss: { [weak inbox = open.inbox] _ in inbox?.drop() },
            onEnd: { [weak self, weak inbox = open.inbox, logger] failure in
                inbox?.drop()
                // The next call opens a new one.
                self?.forgetReceiver(queue, nil)
                if failure == .closed { return }
                logger.error(
                    .empty, error: failure.error(.empty, AMQPConnection.broker, "receive from \(queue)"),
                    "Nothing is received from the queue '\(queue)' until it is asked for again")
            })
        switch await client.receive(from: source, deadline: nil, listener) {
        case .success(let receiver): return receiver
        case .failure(let failure):
            throw failure.error(.empty, AMQPConnection.broker, "receive from \(source.address)")
        }
    }

    /// Accepts a message after the operation that must precede it.
    private func accept(
        _ context: Context, _ reference: MessageReference, _ open: OpenQueue,
        _ before: (AMQPInbox.Original, MessageEnvelope) async throws -> Void
    ) async throws {
        try await open.inbox.buffer.settle(context, reference) { message in
            guard let original = open.inbox.original(of: message) else {
                throw ApplicationError.lockExpired(context, reference.queue)
            }
            try await before(original, message)
            let receiver = try await receiver(context, reference.queue)
            switch await receiver.settle(original.id, .accepted, deadline: context.deadline) {
            case .success: break
            case .failure(.lost): throw ApplicationError.lockExpired(context, reference.queue)
            case .failure(let failure): throw failure.error(context, AMQPConnection.broker, "settle a message")
            }
            open.inbox.forget(message)
        }
    }

    /// Returns the original message with its payload.
    private func copy(of original: AMQPMessage, _ message: MessageEnvelope) -> AMQPMessage {
        var copy = original
        copy.annotations = AMQPMap()
        (copy.deliveryCount, copy.isFirstAcquirer, copy.isDurable) = (0, nil, isPersistent())
        if let payload = message.message, copy.body == .value(.null) { copy.body = .data(payload) }
        return copy
    }

    private static func json(_ error: ErrorDescription) -> String {
        var error = error
        error.stackTrace = nil
        let bytes = (try? AnyValue(encoding: error)).map { JSONWriter.bytes(of: $0) } ?? []
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Converts a message to a dead letter.
    private static func deadLetter(_ message: AMQPMessage) -> DeadLetter {
        var envelope = message.envelope(type: .subject)
        if let type = message.properties[Name.type]?.text { envelope.messageType = type }
        envelope.deliveryCount = message.properties[Name.deliveries]?.integer.map { Int(clamping: $0) } ?? 0
        let value = message.properties[Name.error]?.text.flatMap { try? JSONParser.parse(Array($0.utf8)) }
        let time = message.properties[Name.deadTime]?.text.flatMap { ISODate.parse($0) }
        return DeadLetter(
            message: envelope, error: value.flatMap { ErrorDescription($0) } ?? MessageQueueEngine.reason(nil),
            time: time ?? envelope.sentTime ?? Date(timeIntervalSince1970: 0))
    }

    /// Reads all dead letters, and removes the oldest beyond the limit.
    private func scan(_ context: Context, _ queue: String, keeping count: Int) async throws -> [DeadLetter] {
        let limit = try open(context, queue).options.maxDeadLetters
        var kept: [(AMQPDeliveryID, DeadLetter?)] = []
        try await forEach(context, queue) { message, id, receiver in
            kept.append((id, kept.count < count + limit ? Self.deadLetter(message) : nil))
            if kept.count > limit {
                _ = await receiver.settle(kept.removeFirst().0, .accepted, deadline: nil)
            }
        }
        return kept.prefix(count).compactMap { $0.1 }
    }

    private func take(
        _ context: Context, _ queue: String, _ ids: [String]?, _ body: (AMQPMessage) async throws -> Void
    ) async throws -> Int {
        let ids = ids.map { Set($0.map { ScalarText($0) }) }
        var count = 0
        try await forEach(context, queue) { message, id, receiver in
            guard ids?.contains(ScalarText(message.messageId.identifier ?? "")) ?? true else { return }
            try await body(message)
            if case .failure(let failure) = await receiver.settle(id, .accepted, deadline: nil) {
                throw failure.error(context, AMQPConnection.broker, "settle a dead letter")
            }
            count += 1
        }
        return count
    }

    private func forEach(
        _ context: Context, _ queue: String,
        _ body: (AMQPMessage, AMQPDeliveryID, any AMQPReceiver) async throws -> Void
    ) async throws {
        let open = try open(context, queue)
        let scan = AMQPDeadLetterScan(
            connection: try connection(), address: addressPrefix() + open.dead, limit: open.options.maxDeadLetters,
            clock: clock())
        try await reading.run(context, name: "Reading the dead letters of '\(queue)'") {
            try await scan.forEach(context, body)
        }
    }

    /// Removes the oldest dead letters. Runs only occasionally, because it reads all of them.
    private func removeExcess(_ context: Context, _ queue: String, _ limit: Int) async {
        let isDue = queues.withLock { queues -> Bool in
            let count = (queues[ScalarText(queue)]?.newDeadLetters ?? 0) + 1
            let isDue = count > max(8, limit / 2)
            queues[ScalarText(queue)]?.newDeadLetters = isDue ? 0 : count
            return isDue
        }
        guard isDue else { return }
        do {
            _ = try await scan(context, queue, keeping: 0)
        } catch {
            logger.warn(context, "The oldest dead letters of the queue '\(queue)' can't be removed now: \(error)")
        }
    }
}
#endif
