/// The common implementation of queues: settings, counters, and delivery on a ``MessageConnector``.
///
/// It provides the same behaviour for all brokers: it renews locks while a handler runs, redelivers a message with
/// back-off if its handler fails, and dead-letters it with the error after `options.max_deliveries`.
///
/// It counts messages, measures wait and handling times, and traces sending, receiving and handling: docs/messaging.md
/// lists the names.
public final class MessageQueueEngine: Component {
    private let queue = Setting<String?>(
        "queue", aliases: ["name", "id"], default: nil, "The queue's name; by default the name in the descriptor")
    private let topic = Setting<String?>(
        "topic", default: nil,
        "A topic: messages are sent to all queues with this topic, and the queue receives their messages")
    private let lockTimeout = Setting(
        "options.lock_timeout", default: Duration.seconds(30), in: Duration.milliseconds(1)...,
        "How long a message is locked for its receiver, in ms; then it is redelivered")
    private let handlerTimeout = Setting(
        "options.handler_timeout", default: Duration.seconds(300), in: Duration.zero...,
        "The timeout of a handler, in ms; the message is then redelivered. 0 for no limit")
    private let maxDeliveries = Setting(
        "options.max_deliveries", default: 5, in: 1...,
        "The maximum number of deliveries of a message before it is dead-lettered")
    private let redeliveryDelay = Setting(
        "options.redelivery_delay", default: Duration.seconds(1), in: Duration.zero...,
        "The back-off before a failed message is redelivered, in ms; it doubles with each delivery; 0 for none")
    private let maxRedeliveryDelay = Setting(
        "options.max_redelivery_delay", default: Duration.seconds(60), in: Duration.zero...,
        "The maximum back-off, in ms; 0 for none")
    private let maxSize = Setting(
        "options.max_size", default: 10_000, in: 1..., "The maximum number of messages in the queue; then senders wait")
    private let sendTimeout = Setting(
        "options.send_timeout", default: Duration.seconds(30), in: Duration.zero...,
        "How long a sender waits for space in a full queue, in ms; 0 for no wait")
    private let maxMessageSize = Setting(
        "options.max_message_size", default: 1 << 20, in: 1..., "The maximum size of a payload, in bytes")
    private let maxDeadLetters = Setting(
        "options.max_dead_letters", default: 1_000, in: 1...,
        "The maximum number of dead letters; then the oldest is dropped")
    private let listenInterval = Setting(
        "options.listen_interval", aliases: ["listen_interval"], default: Duration.seconds(30),
        in: Duration.milliseconds(1)...,
        "How long each receive of `listen` and `beginListen` waits for a message, in ms; a message ends the wait")
    private let logger = CompositeLogger()
    private let meter = MessageQueueMeter()
    private let clock = ClockSlot()
    private let random = RandomSlot()
    private let ownName: String
    private let connect: @Sendable () throws(ApplicationError) -> any MessageConnector

    private struct State: Sendable {
        var isOpen = false
        var lastReceive = 0
        /// The pending receive calls.
        var receives: [Int: Task<MessageEnvelope?, any Error>] = [:]
        var consumers: [MessageConsumer] = []
    }

    private let state = Locked(State())

    /// Creates an engine.
    ///
    /// - Parameters:
    ///   - name: the queue's name; the setting `queue` or `name` replaces it.
    ///   - connect: returns the connector; called for each operation.
    public init(name: String, _ connect: @escaping @Sendable () throws(ApplicationError) -> any MessageConnector) {
        ownName = name
        self.connect = connect
    }

    /// The queue's name.
    public var name: String { queue() ?? ownName }

    /// The features of the connector; none before the queue is linked.
    public var capabilities: MessagingCapabilities { (try? connect())?.capabilities ?? MessagingCapabilities() }

    /// True while the queue is open.
    public var isOpen: Bool { state.withLock { $0.isOpen } }

    // MARK: - Internal

    /// The topic; nil if there is none.
    var topicName: String? { topic() }

    func open(_ context: Context) async throws {
        guard !isOpen else { return }
        try await connect().subscribe(
            context, name,
            MessageQueueOptions(topic: topic(), maxSize: maxSize(), maxDeadLetters: maxDeadLetters()))
        state.withLock { $0.isOpen = true }
    }

    func close(_ context: Context) async throws {
        let consumers = takeConsumers()
        for consumer in consumers { consumer.cancel() }
        // Before the queue counts as closed, because messages in flight return to it.
        for consumer in consumers { await consumer.waitUntilStopped() }
        let (wasOpen, receives) = state.withLock { state in
            defer { (state.isOpen, state.receives) = (false, [:]) }
            return (state.isOpen, Array(state.receives.values))
        }
        for receive in receives { receive.cancel() }
        meter.stop()
        if wasOpen { try await connect().unsubscribe(context, name) }
    }

    func clear(_ context: Context) async throws { try await connector(context).clear(context, name) }

    func readMessageCount(_ context: Context) async throws -> Int {
        try await connector(context).readCount(context, name)
    }

    func send(_ context: Context, _ message: MessageEnvelope) async throws {
        let connector = try connector(context)
        guard message.message?.count ?? 0 <= maxMessageSize() else {
            throw ApplicationError.messageTooLarge(context, message, name, maxMessageSize())
        }
        var message = message
        message.sentTime = clock.now
        if message.traceParent == nil { message.traceParent = context.traceParent?.child(random) }
        let address = topic().map { MessageAddress.topic($0) } ?? .queue(name)
        var span = context
        span.traceParent = message.traceParent ?? context.traceParent
        let sent = message
        try await meter.send(span, name) {
            try await connector.publish(context, sent, to: address, timeout: sendTimeout())
        }
        noteDepth(connector)
        logger.debug(context, "Sent message \(message.messageId) to \(name)")
    }

    func peekBatch(_ context: Context, _ limit: Int) async throws -> [MessageEnvelope] {
        try await connector(context).peek(context, name, max(0, limit))
    }

    func readDeadLetters(_ context: Context, _ limit: Int) async throws -> [DeadLetter] {
        try await connector(context).readDeadLetters(context, name, max(0, limit))
    }

    func replayDeadLetters(_ context: Context, ids: [String]?) async throws -> Int {
        try await connector(context).replayDeadLetters(context, name, ids: ids)
    }

    func removeDeadLetters(_ context: Context, ids: [String]?) async throws -> Int {
        try await connector(context).removeDeadLetters(context, name, ids: ids)
    }

    func receive(_ context: Context, waitTimeout: Duration) async throws -> MessageEnvelope? {
        let end = clock.uptime.adding(timeout: waitTimeout)
        var wait = waitTimeout
        while true {
            guard let message = try await receiveNext(context, wait) else { return nil }
            guard let reason = unacceptable(context, message) else {
                meter.noteReceived(traceContext(message), name, message)
                // The queue may have been closed in the meantime.
                noteDepth(try connector(context))
                logger.debug(context, "Received message \(message.messageId) from \(name)")
                return message
            }
            logger.error(context, error: reason, "The queue \(name) gives up message \(message.messageId)")
            try await settle(context, message, .deadLetter(ErrorDescription(reason)))
            wait = end - clock.uptime
        }
    }

    func settle(_ context: Context, _ message: MessageEnvelope, _ settlement: MessageSettlement) async throws {
        let connector = try connector(context)
        guard let reference = message.reference, reference.queue.isSame(as: name) else {
            throw ApplicationError.notReceived(context, message, name)
        }
        try await connector.settle(context, message, reference, settlement)
        switch settlement {
        case .abandon: meter.count(name, .abandoned)
        case .deadLetter: meter.count(name, .dead)
        case .complete: break
        case .renew: return
        }
        noteDepth(connector)
    }

    /// The reason stored in a dead letter.
    static func reason(_ error: (any Error)?) -> ErrorDescription {
        ErrorDescription(
            error
                ?? ApplicationError.unknown(code: "MOVED_TO_DEAD_LETTER", "The receiver dead-lettered the message"))
    }

    func consume(
        _ context: Context, _ queue: any MessageQueue, _ receiver: any MessageReceiver, concurrency: Int
    ) throws -> MessageConsumer {
        _ = try connector(context)
        let consumer = MessageConsumer(
            queue, receiver, concurrency: concurrency, wait: listenInterval(), clock: clock(), random: random(),
            logger: logger)
        state.withLock { state in
            state.consumers.removeAll { $0.isStopped }
            state.consumers.append(consumer)
        }
        consumer.start(context)
        return consumer
    }

    func endListen() async {
        let consumers = takeConsumers()
        for consumer in consumers { consumer.stop() }
        for consumer in consumers { await consumer.waitUntilStopped() }
    }

    private func takeConsumers() -> [MessageConsumer] {
        state.withLock { state in
            defer { state.consumers = [] }
            return state.consumers
        }
    }

    // MARK: - Handling

    private enum Outcome: Sendable {
        case returned
        case failed(any Error)
        case cancelled
        case lockLost

        /// The error for the handler's trace.
        var error: (any Error)? {
            switch self {
            case .returned: nil
            case .failed(let error): error
            case .cancelled, .lockLost: CancellationError()
            }
        }
    }

    func handle(
        _ context: Context, _ message: MessageEnvelope,
        _ body: @escaping @Sendable (Context, MessageEnvelope) async throws -> Void
    ) async -> Bool {
        guard message.reference?.queue.isSame(as: name) ?? false else {
            let error = ApplicationError.notReceived(context, message, name)
            logger.error(context, error: error, "Message \(message.messageId) of \(name) can't be handled")
            return false
        }
        let (inner, start) = (handlerContext(message), meter.beginHandling())
        let outcome = await run(inner, message, body)
        meter.endHandling(inner, name, start, outcome.error)
        // Settling is independent of the handler's deadline and of the caller's cancellation.
        var settling = inner
        settling.deadline = nil
        return await Task { [settling] in await end(settling, message, outcome) }.value
    }

    /// The context of a handler, which continues the sender's trace.
    private func handlerContext(_ message: MessageEnvelope) -> Context {
        var context = traceContext(message)
        context.traceId = context.traceId ?? IdGenerator.nextLong(random())
        context.deadline = clock.uptime.adding(timeout: handlerTimeout().asLimit)
        return context
    }

    /// The sender's trace.
    private func traceContext(_ message: MessageEnvelope) -> Context {
        var context = Context(traceId: message.traceId ?? message.traceParent?.traceId)
        context.traceParent = message.traceParent
        return context
    }

    private func run(
        _ context: Context, _ message: MessageEnvelope,
        _ body: @escaping @Sendable (Context, MessageEnvelope) async throws -> Void
    ) async -> Outcome {
        let (outcomes, end) = AsyncStream<Outcome>.makeStream(bufferingPolicy: .bufferingOldest(1))
        let work = Task {
            do {
                try await context.bind { try await body(context, message) }
                end.yield(.returned)
            } catch {
                end.yield(Task.isCancelled ? .cancelled : .failed(error))
            }
        }
        let timer = Task { [clock = clock(), timeout = handlerTimeout(), name] in
            try await clock.sleep(for: timeout.asLimit)
            end.yield(
                .failed(
                    ApplicationError.connection(
                        code: "HANDLER_TIMEOUT",
                        "The handler of the queue '\(name)' did not end within \(timeout.settingText) ms, as"
                            + " 'options.handler_timeout' says", traceId: context.traceId)))
        }
        let renewal = Task { if await renewLock(context, message) { end.yield(.lockLost) } }
        defer {
            timer.cancel()
            renewal.cancel()
            // A handler that ignores cancellation is abandoned.
            work.cancel()
        }
        var iterator = outcomes.makeAsyncIterator()
        // A cancelled caller receives nil from the stream.
        return await iterator.next() ?? .cancelled
    }

    /// Renews a message's lock every third of the lock time. Returns true if the lock is lost, false if the task is
    /// cancelled or the handler settled the message.
    private func renewLock(_ context: Context, _ message: MessageEnvelope) async -> Bool {
        let timeout = lockTimeout()
        while (try? await clock.sleep(for: max(timeout / 3, .milliseconds(1)).asSleep)) != nil {
            do {
                try await settle(context, message, .renew(timeout))
            } catch let error as ApplicationError where error.isLockLost {
                return true
            } catch let error as ApplicationError where error.code == "ALREADY_SETTLED" {
                return false
            } catch {
                // The broker is currently unreachable. Further attempts follow before the lock expires.
                logger.warn(
                    context, "The lock of message \(message.messageId) of \(name) can't be renewed now: \(error)")
            }
        }
        return false
    }

    /// Settles a message after its handler ended. True if the handler returned and the message is settled.
    private func end(_ context: Context, _ message: MessageEnvelope, _ outcome: Outcome) async -> Bool {
        switch outcome {
        case .returned: return await trySettle(context, message, .complete)
        case .cancelled: await trySettle(context, message, .abandon(delay: .zero))
        case .lockLost:
            logger.warn(
                context,
                "The lock of message \(message.messageId) of \(name) was lost while its handler ran; the message is"
                    + " delivered again")
        case .failed(let error):
            if isPoison(error) || message.deliveryCount >= maxDeliveries() {
                logger.error(context, error: error, "The queue \(name) gives up message \(message.messageId)")
                await trySettle(context, message, .deadLetter(ErrorDescription(error)))
            } else {
                let delay = backOff.pause(before: message.deliveryCount - 1, random())
                logger.error(
                    context, error: error,
                    "The handler of message \(message.messageId) of \(name) failed; the message is delivered again",
                    ["delivery": .integer(Int64(message.deliveryCount))])
                await trySettle(context, message, .abandon(delay: delay))
            }
        }
        return false
    }

    /// Settles a message unless its handler did.
    @discardableResult
    private func trySettle(
        _ context: Context, _ message: MessageEnvelope, _ settlement: MessageSettlement
    ) async -> Bool {
        do {
            try await settle(context, message, settlement)
            return true
        } catch let error as ApplicationError where error.code == "ALREADY_SETTLED" {
            return true
        } catch {
            // Its lock expires, and it is delivered again.
            logger.error(context, error: error, "Message \(message.messageId) of \(name) can't be settled")
            return false
        }
    }

    private var backOff: RetryPolicy { RetryPolicy(delay: redeliveryDelay(), maxDelay: maxRedeliveryDelay()) }

    private func isPoison(_ error: any Error) -> Bool { (error as? ApplicationError)?.code == "BAD_MESSAGE" }

    /// Returns the reason that a message must not be delivered; nil if it can.
    private func unacceptable(_ context: Context, _ message: MessageEnvelope) -> ApplicationError? {
        if let defect = message.defect { return defect.applicationError }
        if message.deliveryCount > maxDeliveries() {
            return .tooManyDeliveries(context, message, name, maxDeliveries())
        }
        guard message.message?.count ?? 0 <= maxMessageSize() else {
            return .messageTooLarge(context, message, name, maxMessageSize())
        }
        return nil
    }

    /// Waits for a message in a task that ``close(_:)`` can cancel.
    private func receiveNext(_ context: Context, _ wait: Duration) async throws -> MessageEnvelope? {
        let connector = try connector(context)
        let (name, lock) = (name, lockTimeout())
        // Without a wait, nothing needs cancelling.
        guard wait > .zero else { return try await connector.receive(context, name, wait: .zero, lock: lock) }
        try Task.checkCancellation()
        let receive = Task { try await connector.receive(context, name, wait: wait, lock: lock) }
        let number = state.withLock { state -> Int? in
            guard state.isOpen else { return nil }
            state.lastReceive += 1
            state.receives[state.lastReceive] = receive
            return state.lastReceive
        }
        if number == nil { receive.cancel() }
        defer {
            if let number { state.withLock { _ = $0.receives.removeValue(forKey: number) } }
        }
        do {
            return try await withTaskCancellationHandler {
                try await receive.value
            } onCancel: {
                receive.cancel()
            }
        } catch  where !Task.isCancelled && !isOpen {
            // Cancelled by `close`, or the connector has already closed the queue.
            throw ApplicationError.queueNotOpened(context, name)
        }
    }

    private func connector(_ context: Context) throws(ApplicationError) -> any MessageConnector {
        guard isOpen else { throw .queueNotOpened(context, name) }
        return try connect()
    }

    private func noteDepth(_ connector: @autoclosure () throws -> any MessageConnector) {
        guard !meter.isIdle, let connector = try? connector(), connector.capabilities.canMessageCount else { return }
        meter.noteDepth(name) { [name] in try await connector.readCount(.empty, name) }
    }
}
