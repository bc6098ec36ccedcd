#if PIP_REDIS
internal import FoundationEssentials

/// A message broker on Redis streams: ``RedisStreamMessageQueue`` is a queue on it.
///
/// It uses the service's ``RedisConnection`` if that exists; otherwise it opens its own. Each operation is one script
/// and therefore atomic. Keys are prefixed with `options.prefix`.
public final class RedisStreamConnector: MessageConnector, MessageQueueConnection, Component {
    private let prefix = Setting(
        "options.prefix", default: "queue:", "The prefix of the queues' keys in Redis")
    private let connector = RedisConnector()
    private let logger = CompositeLogger()
    private let clock = ClockSlot()

    /// A queue opened by this process.
    private struct OpenQueue: Sendable {
        var options: MessageQueueOptions
        let messages = RedisQueueSignals()
        let room = RedisQueueSignals()
        var subscription: RedisSubscription?
        var reader: Task<Void, Never>?
        /// The next search for pending messages of other programs.
        var nextSearch = Duration.zero

        func signalAll() {
            messages.signalAll()
            room.signalAll()
        }
    }

    private let queues = Locked<[ScalarText: OpenQueue]>([:])

    /// The maximum wait without a request to the server, in case a signal was lost.
    private static let longestWait = Duration.seconds(5)

    /// Creates a connector.
    public init() {}

    /// All capabilities.
    public var capabilities: MessagingCapabilities { .all(isDurable: true) }

    /// Creates a queue if it is missing, applies the options, and starts listening for its messages.
    /// - Throws: as ``RedisExecutor/execute(_:_:)``; InvalidState `NOT_OPENED` if the queue is closed during the call.
    public func subscribe(_ context: Context, _ queue: String, _ options: MessageQueueOptions) async throws {
        try await create(context, queue, options)
        let name = ScalarText(queue)
        let (open, isNew) = queues.withLock { queues in
            let isNew = queues[name] == nil
            var open = queues[name] ?? OpenQueue(options: options)
            open.options = options
            queues[name] = open
            return (open, isNew)
        }
        guard isNew else { return }
        let subscription: RedisSubscription
        do {
            subscription = try await connector.subscribe(context, channels: [keys(queue).channel], patterns: [])
        } catch {
            queues.withLock { if $0[name]?.messages === open.messages { $0[name] = nil } }
            throw error
        }
        let reader = Task.detached {
            for await notification in subscription {
                switch notification {
                case .message(_, let payload) where payload.elementsEqual("room".utf8): open.room.signalAll()
                case .message: open.messages.signalOne()
                case .interrupted: open.signalAll()
                }
            }
        }
        let isOpen = queues.withLock { queues in
            guard queues[name]?.messages === open.messages else { return false }
            queues[name]?.subscription = subscription
            queues[name]?.reader = reader
            return true
        }
        guard isOpen else {
            // The queue was closed in the meantime, and nothing else refers to the subscription.
            subscription.cancel()
            reader.cancel()
            throw ApplicationError.queueNotOpened(context, queue)
        }
        open.signalAll()
    }

    /// Unsubscribes from a queue. Its messages remain in Redis, and it stays subscribed to its topic.
    public func unsubscribe(_ context: Context, _ queue: String) async throws {
        let open = queues.withLock { $0.removeValue(forKey: ScalarText(queue)) }
        open?.subscription?.cancel()
        open?.reader?.cancel()
        open?.signalAll()
    }

    /// Sends a message. A message to a topic reaches all of its queues or none. Waits for room in a full queue.
    /// - Throws: TooManyRequests `QUEUE_FULL`; NotFound `UNKNOWN_QUEUE`; as ``RedisExecutor/execute(_:_:)``. After
    ///   `CONNECTION_LOST` and `NO_ANSWER`, whether the message was sent is unknown.
    public func publish(
        _ context: Context, _ message: MessageEnvelope, to address: MessageAddress, timeout: Duration
    ) async throws {
        let end = clock.uptime.adding(timeout: timeout)
        let bytes = JSONWriter.bytes(of: .map(message.toJSON()))
        var pause = Duration.milliseconds(50)
        while true {
            let names = try await targets(context, address)
            guard !names.isEmpty else { return }
            let signals = queues.withLock { $0[ScalarText(names[0])]?.room }
            let generation = signals?.generation ?? 0
            let result = try await send(context, bytes, message.group, to: names)
            if result == 0 { return }
            let name = names[min(max(Int(clamping: result.magnitude), 1), names.count) - 1]
            if result < 0 {
                // The server lost its data while the queue is open here.
                guard let options = queues.withLock({ $0[ScalarText(name)]?.options }) else {
                    throw ApplicationError.unknownQueue(context, name, among: try await readQueueNames(context))
                }
                try await create(context, name, options)
                continue
            }
            let left = end - clock.uptime
            guard left > .zero else {
                let size = try? await connector.execute(context, RedisCommand("HGET", keys(name).options, "size"))
                throw ApplicationError.queueFull(context, name, Int(size?.integer ?? 0))
            }
            // Queues of the topic that are not open here send no signal.
            let longest = min(left, signals == nil || names.count > 1 ? pause : Self.longestWait)
            await (signals ?? RedisQueueSignals()).wait(after: generation, atMost: longest, clock: clock())
            if signals != nil, queues.withLock({ $0[ScalarText(names[0])] == nil }) {
                throw ApplicationError.queueNotOpened(context, names[0])
            }
            pause = min(pause * 2, .seconds(1))
            try Task.checkCancellation()
        }
    }

    /// Receives and locks the next message; nil if none arrives in time.
    /// - Throws: NotFound `UNKNOWN_QUEUE`; `CancellationError`; as ``RedisExecutor/execute(_:_:)``.
    public func receive(
        _ context: Context, _ queue: String, wait: Duration, lock: Duration
    ) async throws -> MessageEnvelope? {
        let end = clock.uptime.adding(timeout: wait)
        while true {
            guard let signals = queues.withLock({ $0[ScalarText(queue)]?.messages }) else {
                throw ApplicationError.unknownQueue(context, queue, among: try await readQueueNames(context))
            }
            let generation = signals.generation
            switch try await receiveOnce(context, queue, lock) {
            case .message(let message): return message
            case .more: try Task.checkCancellation()
            case .none(let next):
                let left = end - clock.uptime
                guard left > .zero else { return nil }
                let longest = min(left, next ?? Self.longestWait, Self.longestWait)
                await signals.wait(after: generation, atMost: max(longest, .milliseconds(1)), clock: clock())
                try Task.checkCancellation()
            }
        }
    }

    /// Ends the delivery of a message, or extends its lock. Repeated if the connection is lost before the reply.
    /// - Throws: Conflict `LOCK_EXPIRED` or `ALREADY_SETTLED`; as ``RedisExecutor/execute(_:_:)``.
    public func settle(
        _ context: Context, _ message: MessageEnvelope, _ reference: MessageReference, _ settlement: MessageSettlement
    ) async throws {
        guard let token = RedisStreamToken(reference.token) else {
            throw ApplicationError.lockExpired(context, reference.queue)
        }
        let action: [String]
        switch settlement {
        case .complete: action = ["complete"]
        case .abandon(let delay): action = ["abandon", Self.milliseconds(max(delay, .zero))]
        case .renew(let time): action = ["renew", Self.milliseconds(time)]
        case .deadLetter(let error):
            let limit = queues.withLock { $0[ScalarText(reference.queue)]?.options.maxDeadLetters } ?? 1000
            let text = (try? AnyValue(encoding: error)).map { JSONWriter.bytes(of: $0) } ?? []
            action = [
                "dead", message.messageId, String(decoding: text, as: UTF8.self), ISODate.format(clock.now),
                String(max(1, limit)),
            ]
        }
        let result: Int64
        do {
            result = try await settle(context, reference.queue, token, action)
        } catch let error as ApplicationError where error.code == "CONNECTION_LOST" {
            // Repeat: what the first request did counts as settled.
            let again = try await settle(context, reference.queue, token, action)
            result = again == -2 ? 0 : again
        }
        if result == -1 { throw ApplicationError.lockExpired(context, reference.queue) }
        if result == -2 { throw ApplicationError.alreadySettled(context, reference.queue) }
        if result > 0 {
            logger.error(
                context, error: nil,
                "The queue \(reference.queue) has too many dead letters: the \(result) oldest are dropped")
        }
    }

    /// The number of messages waiting to be received.
    public func readCount(_ context: Context, _ queue: String) async throws -> Int {
        Int(clamping: try await run(context, RedisStreamScripts.count, queue).integer ?? 0)
    }

    /// Returns the next messages without removing them.
    public func peek(_ context: Context, _ queue: String, _ limit: Int) async throws -> [MessageEnvelope] {
        guard limit > 0 else { return [] }
        let reply = try await run(context, RedisStreamScripts.peek, queue, [String(limit)])
        return (reply.array ?? []).map { MessageEnvelope(wire: $0.bytes ?? []) }
    }

    /// Removes all messages except dead letters.
    public func clear(_ context: Context, _ queue: String) async throws {
        _ = try await run(context, RedisStreamScripts.clear, queue)
    }

    /// Returns the oldest dead letters.
    public func readDeadLetters(_ context: Context, _ queue: String, _ limit: Int) async throws -> [DeadLetter] {
        guard limit > 0 else { return [] }
        let command = RedisCommand("XRANGE", keys(queue).dead, "-", "+", "COUNT", String(limit))
        return (try await connector.execute(context, command).array ?? []).compactMap { entry in
            entry.array?.last?.array.map { Self.letter($0, queue) }
        }
    }

    /// Sends dead letters again, even to a full queue.
    public func replayDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int {
        try await takeDeadLetters(context, queue, ids, isReplay: true)
    }

    /// Removes dead letters.
    public func removeDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int {
        try await takeDeadLetters(context, queue, ids, isReplay: false)
    }

    /// The names of all queues.
    public func readQueueNames(_ context: Context) async throws -> [String] {
        let reply = try await connector.execute(context, RedisCommand("SMEMBERS", keys("").names))
        return (reply.array ?? []).compactMap(\.text).map { ScalarText($0) }.sorted().map(\.text)
    }

    /// Creates a queue. Does nothing if it exists.
    public func createQueue(_ context: Context, _ name: String) async throws {
        guard !(try await readQueueNames(context)).contains(sameAs: name) else { return }
        try await create(context, name, MessageQueueOptions())
    }

    /// Deletes a queue with its messages and dead letters. Does nothing if it is missing.
    public func deleteQueue(_ context: Context, _ name: String) async throws {
        _ = try await run(context, RedisStreamScripts.remove, name, [name, prefix()])
    }

    // MARK: - Internal

    /// The number of waiting calls.
    func waiterCount(_ queue: String) -> Int {
        queues.withLock { queues in
            guard let open = queues[ScalarText(queue)] else { return 0 }
            return open.messages.waiterCount + open.room.waiterCount
        }
    }

    private enum Received {
        case message(MessageEnvelope)
        /// More entries need to be checked.
        case more
        /// No message, with the time until there may be one; nil if unknown.
        case none(Duration?)
    }

    private func keys(_ queue: String) -> RedisStreamKeys { RedisStreamKeys(prefix: prefix(), queue: queue) }

    private func run(
        _ context: Context, _ script: RedisScript, _ queue: String, _ arguments: [String] = []
    ) async throws -> RedisReply {
        try await connector.run(
            context, script, keys: keys(queue).all, arguments: arguments.map { Array($0.utf8) })
    }

    private func create(_ context: Context, _ queue: String, _ options: MessageQueueOptions) async throws {
        let arguments = [queue, String(max(1, options.maxSize)), options.topic ?? "", prefix()]
        _ = try await run(context, RedisStreamScripts.create, queue, arguments)
    }

    private func targets(_ context: Context, _ address: MessageAddress) async throws -> [String] {
        switch address {
        case .queue(let name): return [name]
        case .topic(let topic):
            let command = RedisCommand("SMEMBERS", RedisStreamKeys.topic(prefix(), topic))
            let names = (try await connector.execute(context, command).array ?? []).compactMap(\.text)
            if !names.isEmpty { return names }
            // After the server lost its data, the queues open here still subscribe.
            let own = queues.withLock { queues in
                queues.filter { $0.value.options.topic.map { $0.isSame(as: topic) } ?? false }
            }
            for (name, queue) in own { try await create(context, name.text, queue.options) }
            return own.keys.map(\.text)
        }
    }

    private func send(_ context: Context, _ bytes: [UInt8], _ group: String?, to names: [String]) async throws -> Int {
        let all = names.map { keys($0) }
        let reply = try await connector.run(
            context, RedisStreamScripts.publish,
            keys: [keys("").names] + all.flatMap { [$0.stream, $0.options, $0.full, $0.channel] },
            arguments: [bytes, Array((group ?? "").utf8)] + names.map { Array($0.utf8) })
        guard let result = reply.integer else { throw RedisFailure.strange.error(context, "XADD") }
        return Int(clamping: result)
    }

    /// Requests a message. If the task is cancelled during the request, the message returns to the queue.
    private func receiveOnce(_ context: Context, _ queue: String, _ lock: Duration) async throws -> Received {
        let arguments = [Self.milliseconds(lock), mustSearch(queue, lock) ? "1" : "0"]
        // Own task: a message locked by a request without a reply would be unavailable until its lock expires.
        let request = Task.detached { [self] in try await run(context, RedisStreamScripts.receive, queue, arguments) }
        let parts = try await request.value.array ?? []
        switch parts.first?.integer {
        case 1?:
            guard parts.count == 4, let id = parts[1].text, let count = parts[2].integer else { break }
            let token = RedisStreamToken(id: id, count: count)
            if Task.isCancelled {
                _ = try? await cleanUp(context, within: .seconds(5), clock: clock()) { [self] in
                    try await settle($0, queue, token, ["undo", "0"])
                }
                throw CancellationError()
            }
            var message = MessageEnvelope(wire: parts[3].bytes ?? [])
            message.reference = MessageReference(queue: queue, token: token.text)
            message.deliveryCount = Int(clamping: count)
            return .message(message)
        case 0?:
            let next = parts.last?.integer ?? -1
            return .none(next < 0 ? nil : .milliseconds(next))
        case 2?: return .more
        default: break
        }
        throw RedisFailure.strange.error(context, "XREADGROUP")
    }

    /// True if a search for pending messages of other programs is due.
    private func mustSearch(_ queue: String, _ lock: Duration) -> Bool {
        let now = clock.uptime
        return queues.withLock { queues in
            guard let open = queues[ScalarText(queue)], now >= open.nextSearch else { return false }
            queues[ScalarText(queue)]?.nextSearch = now.adding(timeout: max(lock, .seconds(1)))
            return true
        }
    }

    private func settle(
        _ context: Context, _ queue: String, _ token: RedisStreamToken, _ action: [String]
    ) async throws -> Int64 {
        let reply = try await run(context, RedisStreamScripts.settle, queue, [token.id, String(token.count)] + action)
        guard let result = reply.integer else { throw RedisFailure.strange.error(context, "XACK") }
        return result
    }

    private func takeDeadLetters(
        _ context: Context, _ queue: String, _ ids: [String]?, isReplay: Bool
    ) async throws -> Int {
        let arguments = [isReplay ? "1" : "0", ids == nil ? "1" : "0"] + (ids ?? [])
        return Int(clamping: try await run(context, RedisStreamScripts.takeDead, queue, arguments).integer ?? 0)
    }

    private static func milliseconds(_ time: Duration) -> String {
        // Rounded up. Lua integers are exact up to 2^53.
        String(min(max(0, (min(time, .seconds(100_000_000_000)) + .microseconds(999)).wholeMilliseconds), 1 << 50))
    }

    private static func letter(_ fields: [RedisReply], _ queue: String) -> DeadLetter {
        var values: [ScalarText: [UInt8]] = [:]
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            if let name = fields[index].text { values[ScalarText(name)] = fields[index + 1].bytes }
        }
        func text(_ name: ScalarText) -> String { values[name].map { String(decoding: $0, as: UTF8.self) } ?? "" }
        var message = MessageEnvelope(wire: values["m"] ?? [])
        message.deliveryCount = Int(text("n")) ?? 0
        if message.defect != nil, !text("i").isEmpty { message.messageId = text("i") }
        let error = values["e"].flatMap { try? JSONParser.parse($0).decode(ErrorDescription.self) }
        return DeadLetter(
            message: message,
            error: error ?? ErrorDescription(ApplicationError.unknown(code: "UNKNOWN", "It is unknown")),
            time: ISODate.parse(text("t")) ?? Date(timeIntervalSince1970: 0))
    }
}

/// A delivery: the id of the stream entry and the delivery number.
struct RedisStreamToken: Sendable, Hashable {
    let id: String
    let count: Int64

    init(id: String, count: Int64) { (self.id, self.count) = (id, count) }

    init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int64(String(parts[1]) ?? ""), let id = String(parts[0]) else { return nil }
        let numbers = id.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard numbers.count == 2, numbers.allSatisfy({ String($0).flatMap { UInt64($0) } != nil }) else { return nil }
        (self.id, self.count) = (id, count)
    }

    var text: String { "\(id):\(count)" }
}
#endif
