#if PIP_AZURE
import FoundationEssentials

/// Azure Service Bus as a broker: ``ServiceBusMessageQueue`` and ``ServiceBusMessageTopic`` are queues on it.
///
/// Locks, redelivery and delivery counts are those of the broker; a message that awaits redelivery stays locked.
final class ServiceBusConnector: MessageConnector, Component {
    private let queueName = Setting<String?>(
        "connection.queue", default: nil, "The queue's name in Service Bus; by default `queue`")
    private let topicName = Setting<String?>(
        "connection.topic", default: nil, "The topic's name in Service Bus; by default `topic`, otherwise `queue`")
    private let subscription = Setting<String?>(
        "subscription", aliases: ["connection.subscription"], default: nil,
        "The topic's subscription from which messages are received; it must exist")
    private let prefetch = Setting(
        "options.prefetch", default: 0, in: 0...5_000,
        "The number of messages that the broker locks for this process in advance; 0 for none")
    private let clock = ClockSlot()
    private let logger = CompositeLogger()
    private let client = ServiceBusClient()
    private let receipts = MessageReceipts()
    private let isTopic: Bool
    private let queues = Locked<[ScalarText: Queue]>([:])

    private struct Queue: Sendable {
        /// The entities to which messages are sent and from which they are received.
        let target: String
        let source: String?
        let maxDeadLetters: Int
        let inbox: ServiceBusInbox
        let link: ReceiverSlot
    }

    /// The receiver of a queue, used by its inbox.
    private final class ReceiverSlot: Sendable {
        let receiver = Locked<(any AMQPReceiver)?>(nil)
        let opening = Locked<Task<any AMQPReceiver, any Error>?>(nil)
    }

    /// The timeout for draining credit.
    private static let drainTime = Duration.seconds(5)
    /// The maximum number of messages in a scan.
    private static let scanLimit = 10_000
    private static let page = 100

    /// - Parameter isTopic: true for a topic and its subscription.
    init(isTopic: Bool) { self.isTopic = isTopic }

    var capabilities: MessagingCapabilities {
        MessagingCapabilities(
            canSend: true, canReceive: true, canPeek: true, canPeekBatch: true, canRenewLock: true, canAbandon: true,
            canDeadLetter: true, canClear: true, canReplay: true, isDurable: true)
    }

    /// Checks the names and the connection. The connection is not checked if a part of it comes from a discovery
    /// service or a credential store.
    /// - Throws: Misconfiguration `BAD_QUEUE_NAME`, `NO_TOPICS`, and those of ``ServiceBusClient/open(_:entities:)``.
    func check(_ context: Context, queue: String, topic: String?) async throws {
        try Self.check(entity(queue, topic), key: isTopic ? "topic" : "queue", context)
        if let subscription = subscription() { try Self.check(subscription, key: "subscription", context) }
        try checkTopic(context, topic)
        try await client.checkConfiguration(context)
    }

    func subscribe(_ context: Context, _ queue: String, _ options: MessageQueueOptions) async throws {
        try checkTopic(context, options.topic)
        let params = try await client.resolver.resolve(context)
        let target = isTopic || queueName() != nil ? entity(queue, options.topic) : params.queue ?? queue
        try Self.check(target, key: isTopic ? "topic" : "queue", context)
        let source = isTopic ? subscription().map { "\(target)/Subscriptions/\($0)" } : target
        try await client.open(context, entities: source == nil || source == target ? [target] : [target, source ?? ""])
        let link = ReceiverSlot()
        let inbox = ServiceBusInbox(
            entity: source ?? target, prefetch: prefetch(), clock: clock(), logger: logger,
            ask: { link.receiver.current?.add(credit: $0) },
            giveBack: { id, outcome in
                guard let receiver = link.receiver.current else { return }
                Task { _ = await receiver.settle(id, outcome, deadline: nil) }
            },
            renew: { [client] tokens in
                try await Self.renew(client, source ?? target, tokens)
            })
        let opened = Queue(
            target: target, source: source, maxDeadLetters: options.maxDeadLetters, inbox: inbox, link: link)
        do {
            // A missing queue causes an error at opening instead of at the first message.
            if source != nil { _ = try await receiver(context, opened) }
        } catch {
            await client.close()
            throw error
        }
        queues.withLock { $0[ScalarText(queue)] = opened }
    }

    /// Stops using a queue. Messages that were not settled are released.
    func unsubscribe(_ context: Context, _ queue: String) async throws {
        let (opened, isLast) = queues.withLock { queues in
            (queues.removeValue(forKey: ScalarText(queue)), queues.isEmpty)
        }
        if let opened {
            var ready = opened.inbox.close()
            if let receiver = opened.link.receiver.current {
                let end = clock.uptime + Self.drainTime
                // Messages in transit would stay locked after the link is closed.
                if opened.inbox.hasCredit {
                    _ = await receiver.drain(deadline: end)
                    ready += opened.inbox.close()
                }
                await withTaskGroup(of: Void.self) { group in
                    for id in ready { group.addTask { _ = await receiver.settle(id, .released, deadline: end) } }
                }
                await receiver.close()
            }
        }
        if isLast { await client.close() }
    }

    func publish(
        _ context: Context, _ message: MessageEnvelope, to address: MessageAddress, timeout: Duration
    ) async throws {
        let queue: String
        switch address {
        case .queue(let name): queue = name
        case .topic(let name):
            queue = queues.withLock { queues in
                queues.first { entity($0.key.text, name).isSame(as: $0.value.target) }?.key.text ?? name
            }
        }
        let target = try open(context, queue).target
        try await client.send(context, AMQPMessage(message, type: .contentType), to: target, queue: queue)
    }

    /// Sends a message that becomes available at a given time.
    /// - Returns: its sequence number, for cancelling it.
    func schedule(_ context: Context, _ message: MessageEnvelope, _ queue: String, at time: Date) async throws -> Int64
    {
        var sent = AMQPMessage(message, type: .contentType)
        sent.annotations = .symbols([
            "x-opt-scheduled-enqueue-time": .timestamp(AMQPMessage.milliseconds(time))
        ])
        var entry: AMQPMap = ["message-id": .string(message.messageId), "message": .binary(sent.encoded)]
        if let group = message.group { entry["session-id"] = .string(group) }
        let target = try open(context, queue).target
        let response = try await client.manage(
            context, target, "schedule-message", ["messages": .list([.map(entry)])])
        guard let number = response?["sequence-numbers"]?.list?.first?.integer else {
            throw ApplicationError.connection(
                code: "BAD_RESPONSE", "Service Bus sent a response to 'schedule-message' that can't be read",
                traceId: context.traceId)
        }
        return number
    }

    /// Cancels a scheduled message.
    func cancelScheduled(_ context: Context, _ queue: String, _ number: Int64) async throws {
        let target = try open(context, queue).target
        _ = try await client.manage(
            context, target, "cancel-scheduled-message", ["sequence-numbers": .array([.long(number)])])
    }

    func receive(
        _ context: Context, _ queue: String, wait: Duration, lock: Duration
    ) async throws -> MessageEnvelope? {
        let end = clock.uptime.adding(timeout: wait)
        let opened = try open(context, queue)
        let inbox = opened.inbox
        var isLast = false
        while true {
            let receiver = try await receiver(context, opened)
            if let (held, _) = inbox.take(lock: lock) { return envelope(held, queue, lock) }
            if isLast { return nil }
            let left = end - clock.uptime
            if left > .zero {
                if await inbox.wait(left) { continue }
                if inbox.isClosed { throw ApplicationError.queueNotOpened(context, queue) }
            }
            isLast = true
            if Task.isCancelled {
                // Runs in the background, because no caller waits for it.
                Task.detached { [self] in
                    await drain(inbox, receiver)
                    inbox.releaseSurplus()
                }
                throw CancellationError()
            }
            if wait <= .zero {
                if inbox.beginPoll() { await endDrain(inbox, receiver) }
            } else {
                await drain(inbox, receiver)
            }
        }
    }

    func settle(
        _ context: Context, _ message: MessageEnvelope, _ reference: MessageReference, _ settlement: MessageSettlement
    ) async throws {
        let opened = try open(context, reference.queue)
        let inbox = opened.inbox
        if case .renew(let time) = settlement {
            let receipt = try receipts.receipt(context, reference, clock.uptime)
            guard inbox.extend(Int(receipt) ?? 0, by: time) else {
                throw ApplicationError.lockExpired(context, reference.queue)
            }
            return receipts.renew(reference, until: clock.uptime.adding(timeout: time))
        }
        // No other caller can settle it meanwhile; a failed settlement can be retried.
        let delivery = try receipts.take(context, reference, clock.uptime)
        guard let held = inbox.remove(Int(delivery.receipt) ?? 0) else {
            receipts.restore(delivery, reference)
            throw ApplicationError.lockExpired(context, reference.queue)
        }
        let outcome: AMQPOutcome
        switch settlement {
        case .abandon(let delay) where delay > .zero: return inbox.abandon(held, after: delay)
        case .abandon: outcome = .modified(hasFailed: true, isUndeliverable: false)
        case .deadLetter(let error):
            outcome = .rejected(
                AMQPCondition(name: "com.microsoft:dead-letter", text: ""),
                info: .symbols([
                    "DeadLetterReason": .string(Self.cut(error.code, 200)),
                    "DeadLetterErrorDescription": .string(Self.cut(error.message, 1_000)),
                ]))
        case .complete, .renew: outcome = .accepted
        }
        let receiver = try await receiver(context, opened)
        switch await receiver.settle(held.id, outcome, deadline: context.deadline) {
        case .success(.rejected(let condition?, _)) where outcome == .accepted || condition.isLockLost:
            guard condition.isLockLost else {
                receipts.restore(delivery, reference)
                inbox.restore(held)
                throw AMQPFailure.refused(condition).error(context, ServiceBusClient.broker, "settle a message")
            }
            receipts.restore(delivery, reference)
            throw ApplicationError.lockExpired(context, reference.queue)
        case .success: break
        case .failure(.lost):
            receipts.restore(delivery, reference)
            throw ApplicationError.lockExpired(context, reference.queue)
        case .failure(let failure):
            receipts.restore(delivery, reference)
            inbox.restore(held)
            throw failure.error(context, ServiceBusClient.broker, "settle a message")
        }
        if case .deadLetter = settlement { await removeExcess(context, opened) }
    }

    /// - Throws: Unsupported `NOT_SUPPORTED`.
    func readCount(_ context: Context, _ queue: String) async throws -> Int {
        throw ApplicationError.unsupported(
            code: "NOT_SUPPORTED", "Service Bus does not tell over AMQP how many messages the queue '\(queue)' has",
            traceId: context.traceId, details: ["queue": .string(queue)])
    }

    func peek(_ context: Context, _ queue: String, _ limit: Int) async throws -> [MessageEnvelope] {
        let opened = try open(context, queue)
        guard limit > 0 else { return [] }
        return try await peekEntity(context, source(context, opened), limit).map { $0.envelope(type: .contentType) }
    }

    func clear(_ context: Context, _ queue: String) async throws {
        let opened = try open(context, queue)
        let held = opened.inbox.removeAll()
        receipts.removeAll(of: queue)
        let receiver = try await receiver(context, opened)
        for held in held { _ = await receiver.settle(held.id, .accepted, deadline: context.deadline) }
        _ = try await takeEach(context, try source(context, opened)) { _ in true }
    }

    // MARK: - Dead letters

    func readDeadLetters(_ context: Context, _ queue: String, _ limit: Int) async throws -> [DeadLetter] {
        let opened = try open(context, queue)
        guard limit > 0 else { return [] }
        let dead = try deadSource(context, opened)
        var letters = try await peekEntity(context, dead, Self.scanLimit)
        let excess = letters.count - opened.maxDeadLetters
        if excess > 0 {
            try await removeOldest(context, dead, excess)
            letters.removeFirst(excess)
        }
        return letters.prefix(limit).map(Self.deadLetter)
    }

    func replayDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int {
        let opened = try open(context, queue)
        return try await takeEach(context, try deadSource(context, opened)) { message in
            guard Self.isChosen(message, ids) else { return false }
            var copy = message
            (copy.annotations, copy.deliveryCount) = (AMQPMap(), 0)
            for name in ["DeadLetterReason", "DeadLetterErrorDescription"] { copy.properties[name] = nil }
            try await self.client.send(context, copy, to: opened.target, queue: queue)
            return true
        }
    }

    func removeDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int {
        try await takeEach(context, try deadSource(context, try open(context, queue))) { Self.isChosen($0, ids) }
    }

    // MARK: - Internal

    private static func isChosen(_ message: AMQPMessage, _ ids: [String]?) -> Bool {
        ids?.contains(sameAs: message.messageId.identifier ?? "") ?? true
    }

    private static func cut(_ text: String, _ count: Int) -> String { String(text.unicodeScalars.prefix(count)) }

    private func checkTopic(_ context: Context, _ topic: String?) throws(ApplicationError) {
        guard !isTopic, let topic else { return }
        throw .config(
            code: "NO_TOPICS", key: "topic",
            "'topic' is '\(topic.shortened)', and this is a queue of Service Bus; expected no topic, or the descriptor "
                + "pip-services:message-queue:servicebus-message-topic:*:1.0", traceId: context.traceId)
    }

    private func entity(_ queue: String, _ topic: String?) -> String {
        isTopic ? topicName() ?? topic ?? queue : queueName() ?? queue
    }

    /// - Throws: Misconfiguration `BAD_QUEUE_NAME`.
    private static func check(_ name: String, key: String, _ context: Context) throws(ApplicationError) {
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: "-_./".utf8.contains(byte)
            }
        }
        guard isName, !name.isEmpty, name.utf8.count <= 260, !name.begins(with: "/"), !name.ends(with: "/") else {
            throw .config(
                code: "BAD_QUEUE_NAME", key: key,
                "'\(key)' is '\(name.shortened)'; expected 1 to 260 letters, digits, - . _ and /",
                traceId: context.traceId)
        }
    }

    private func open(_ context: Context, _ queue: String) throws(ApplicationError) -> Queue {
        let queues = queues.current
        if let opened = queues[ScalarText(queue)] { return opened }
        throw .unknownQueue(context, queue, among: queues.keys.map(\.text))
    }

    private func source(_ context: Context, _ opened: Queue) throws(ApplicationError) -> String {
        if let source = opened.source { return source }
        throw .unsupported(
            code: "NOT_SUPPORTED",
            "Nothing can be received from the topic '\(opened.target)': 'subscription' is not set",
            traceId: context.traceId)
    }

    private func deadSource(_ context: Context, _ opened: Queue) throws(ApplicationError) -> String {
        try source(context, opened) + "/$DeadLetterQueue"
    }

    private func envelope(_ held: ServiceBusInbox.Held, _ queue: String, _ lock: Duration) -> MessageEnvelope {
        var envelope = held.envelope
        envelope.deliveryCount += 1
        let now = clock.uptime
        envelope.reference = receipts.add(
            String(held.id.number), queue: queue, until: now.adding(timeout: lock), now: now)
        return envelope
    }

    /// Returns the receiver; opens it on the first call, and again after the broker has closed it.
    private func receiver(_ context: Context, _ opened: Queue) async throws -> any AMQPReceiver {
        let source = try source(context, opened)
        if let receiver = opened.link.receiver.current { return receiver }
        let task = opened.link.opening.withLock { opening in
            if let task = opening { return task }
            let task = Task { [self] in try await openReceiver(source, opened) }
            opening = task
            return task
        }
        let result = await task.result
        opened.link.opening.withLock { opening in if opening == task { opening = nil } }
        return try result.get()
    }

    private func openReceiver(_ source: String, _ opened: Queue) async throws -> any AMQPReceiver {
        let client = try client.client(.empty)
        let listener = AMQPListener(
            onDelivery: { [weak inbox = opened.inbox] in inbox?.accept($0) },
            onLoss: { [weak inbox = opened.inbox] _ in inbox?.lose() },
            onEnd: { [weak link = opened.link, weak inbox = opened.inbox] _ in
                // The next call opens a new one.
                link?.receiver.withLock { $0 = nil }
                inbox?.end()
            })
        var place = AMQPSource(address: source)
        place.settlesSecond = true
        switch await client.receive(from: place, deadline: nil, listener) {
        case .success(let receiver):
            opened.link.receiver.withLock { $0 = receiver }
            opened.inbox.restart()
            return receiver
        case .failure(let failure):
            throw failure.error(.empty, ServiceBusClient.broker, "receive from \(source)")
        }
    }

    private func drain(_ inbox: ServiceBusInbox, _ receiver: any AMQPReceiver) async {
        if inbox.beginDrain() { await endDrain(inbox, receiver) }
    }

    private func endDrain(_ inbox: ServiceBusInbox, _ receiver: any AMQPReceiver) async {
        // In a separate task, because a cancelled caller must not leave credit at the broker.
        let end = clock.uptime + Self.drainTime
        let isDone = await Task { if case .success = await receiver.drain(deadline: end) { true } else { false } }.value
        inbox.endDrain(isDone)
    }

    private static func renew(
        _ client: ServiceBusClient, _ entity: String, _ tokens: [AMQPValue]
    ) async throws -> [Duration] {
        let response = try await client.manage(.empty, entity, "renew-lock", ["lock-tokens": .array(tokens)])
        return (response?["expirations"]?.list ?? []).compactMap { value in
            guard case .timestamp(let end) = value else { return nil }
            return ServiceBusInbox.lockTime(until: end, client.now)
        }
    }

    /// Returns the next messages of an entity without removing them.
    private func peekEntity(_ context: Context, _ entity: String, _ limit: Int) async throws -> [AMQPMessage] {
        var messages: [AMQPMessage] = []
        var next: Int64 = 0
        while messages.count < limit {
            let (count, first) = (min(Self.page, limit - messages.count), next)
            let response = try await client.manage(
                context, entity, "peek-message",
                ["from-sequence-number": .long(first), "message-count": .int(Int32(clamping: count))])
            let found = (response?["messages"]?.list ?? []).compactMap { $0.map?["message"]?.bytes }
            guard !found.isEmpty else { break }
            for bytes in found {
                let (message, _) = AMQPMessage.envelope(wire: bytes, type: .contentType)
                if let number = message.annotations["x-opt-sequence-number"]?.integer {
                    next = max(next, number.addingReportingOverflow(1).partialValue)
                }
                // Skips deferred and scheduled messages.
                if message.annotations["x-opt-message-state"]?.integer ?? 0 == 0 { messages.append(message) }
            }
            // A broker that does not number messages would return the same ones again.
            if found.count < count || next == first { break }
        }
        return messages
    }

    /// Receives the messages of an entity and removes those that `body` selects; the others are released.
    private func takeEach(
        _ context: Context, _ entity: String, limit: Int = ServiceBusConnector.scanLimit,
        _ body: (AMQPMessage) async throws -> Bool
    ) async throws -> Int {
        let client = try client.client(context)
        let (arrived, feed) = AsyncStream<AMQPDelivery?>.makeStream(bufferingPolicy: .bufferingOldest(2 * Self.page))
        var source = AMQPSource(address: entity)
        (source.isRenewed, source.settlesSecond) = (false, true)
        let listener = AMQPListener(
            onDelivery: { feed.yield($0) }, onLoss: { _ in feed.finish() }, onEnd: { _ in feed.finish() })
        switch await client.receive(from: source, deadline: context.deadline, listener) {
        case .failure(let failure): throw failure.error(context, ServiceBusClient.broker, "receive from \(entity)")
        case .success(let receiver):
            var (count, seen, kept) = (0, 0, [AMQPDeliveryID]())
            do {
                var iterator = arrived.makeAsyncIterator()
                while seen < limit {
                    receiver.add(credit: min(Self.page, limit - seen))
                    if case .failure(let failure) = await receiver.drain(deadline: clock.uptime + Self.drainTime) {
                        throw failure.error(context, ServiceBusClient.broker, "receive from \(entity)")
                    }
                    feed.yield(nil)
                    var found = 0
                    while let delivery = await iterator.next(), let delivery {
                        found += 1
                        let (message, _) = AMQPMessage.envelope(wire: delivery.message, type: .contentType)
                        guard !delivery.isOversized, try await body(message) else {
                            kept.append(delivery.id)
                            continue
                        }
                        if case .failure(let failure) = await receiver.settle(delivery.id, .accepted, deadline: nil) {
                            throw failure.error(context, ServiceBusClient.broker, "settle a message")
                        }
                        count += 1
                    }
                    if found == 0 { break }
                    seen += found
                }
            } catch {
                for id in kept { _ = await receiver.settle(id, .released, deadline: nil) }
                await receiver.close()
                throw error
            }
            for id in kept { _ = await receiver.settle(id, .released, deadline: nil) }
            await receiver.close()
            return count
        }
    }

    private func removeOldest(_ context: Context, _ dead: String, _ count: Int) async throws {
        _ = try await takeEach(context, dead, limit: count) { _ in true }
    }

    /// Limits the dead letters to twice the configured maximum; readers see only the configured maximum.
    private func removeExcess(_ context: Context, _ opened: Queue) async {
        guard let dead = opened.source.map({ $0 + "/$DeadLetterQueue" }),
            opened.inbox.isDeadLetterCheckDue(every: max(8, opened.maxDeadLetters / 2))
        else { return }
        do {
            let excess = try await peekEntity(context, dead, Self.scanLimit).count - opened.maxDeadLetters
            if excess > 0 { try await removeOldest(context, dead, excess) }
        } catch {
            logger.warn(context, "The oldest dead letters of '\(opened.target)' can't be removed now: \(error)")
        }
    }

    private static func deadLetter(_ message: AMQPMessage) -> DeadLetter {
        let envelope = message.envelope(type: .contentType)
        let error = ApplicationError.unknown(
            code: message.properties["DeadLetterReason"]?.text ?? "MOVED_TO_DEAD_LETTER",
            message.properties["DeadLetterErrorDescription"]?.text ?? "Service Bus gave the message up",
            traceId: envelope.traceId)
        var time = envelope.sentTime ?? Date(timeIntervalSince1970: 0)
        if case .timestamp(let at)? = message.annotations["x-opt-enqueued-time"] { time = AMQPMessage.date(at) }
        return DeadLetter(message: envelope, error: ErrorDescription(error), time: time)
    }
}

extension AMQPCondition {
    /// True if a settlement failed because the lock had expired.
    fileprivate var isLockLost: Bool {
        isOne(of: "com.microsoft:message-lock-lost", "com.microsoft:session-lock-lost", "amqp:not-found")
    }
}
#endif
