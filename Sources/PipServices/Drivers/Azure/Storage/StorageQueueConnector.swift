#if PIP_AZURE
import FoundationEssentials

/// The Azure Storage queue service as a broker: ``StorageMessageQueue`` is a queue on it.
final class StorageQueueConnector: MessageConnector, Component {
    private let queueName = Setting<String?>(
        "connection.queue", default: nil, "The queue's name in Azure; by default `queue`")
    private let deadQueue = Setting<String?>(
        "dead_queue", aliases: ["connection.dead_queue", "connection.dead"], default: nil,
        "The name of the dead-letter queue; by default the queue's name with -dead")
    private let autoCreate = Setting(
        "options.auto_create", default: true, "True to create missing queues")
    private let pollInterval = Setting(
        "options.poll_interval", aliases: ["interval"], default: Duration.seconds(1), in: Duration.milliseconds(1)...,
        "The maximum delay between polls of a waiting receiver, in ms; the first delay is a tenth of a second")
    private let backwardCompatibility = Setting(
        "options.backward_compatibility", aliases: ["backward_compatibility"], default: false,
        "True to write and read the envelope of version 2 of the .NET edition, with names such as MessageId")
    private let encoding = Setting(
        "options.encoding", default: StorageFormat.Encoding.none,
        "The encoding of sent messages: none, or base64 for triggers of Azure Functions; both are accepted")
    private let logger = CompositeLogger()
    private let clock = ClockSlot()
    private let client = AzureClient(.queue)
    private let receipts = MessageReceipts()
    private let queues = Locked<[ScalarText: Queue]>([:])
    /// The renewals in progress, by message reference.
    private let renewals = Locked<[ScalarText: Task<StorageTicket, any Error>]>([:])

    private struct Queue: Sendable {
        let name: String
        let deadName: String
        let maxDeadLetters: Int
    }

    /// The first delay between polls of a waiting receiver.
    private static let firstPause = Duration.milliseconds(100)
    /// The time for which dead letters are invisible to other readers during a scan.
    private static let scanLock = Duration.seconds(60)
    /// The maximum number of dead letters in a scan.
    private static let scanLimit = 10_000

    init() {}

    /// The capabilities of the service. Its count includes invisible messages.
    var capabilities: MessagingCapabilities {
        MessagingCapabilities(
            canSend: true, canReceive: true, canPeek: true, canPeekBatch: true, canRenewLock: true, canAbandon: true,
            canDeadLetter: true, canClear: true, canReplay: true, isDurable: true)
    }

    /// Checks the names of a queue and the connection. The connection is not checked if a part of it comes from a
    /// discovery service or a credential store.
    /// - Throws: Misconfiguration `BAD_QUEUE_NAME`, and those of ``AzureClient/open(_:)``.
    func check(_ context: Context, queue: String, topic: String?) async throws {
        try Self.check(topic: topic, context)
        if let dead = deadQueue() { try Self.check(dead, key: "dead_queue", context) }
        try await client.checkConfiguration(context)
        guard !client.resolver.needsLookup else { return }
        try Self.check(queueName() ?? queue, key: queueName() == nil ? "queue" : "connection.queue", context)
    }

    func subscribe(_ context: Context, _ queue: String, _ options: MessageQueueOptions) async throws {
        try Self.check(topic: options.topic, context)
        let params = try await client.open(context)
        do {
            let name = params.queue ?? queue
            try Self.check(name, key: params.queue == nil ? "queue" : "connection.queue", context)
            let dead = deadQueue() ?? name + "-dead"
            try Self.check(dead, key: "dead_queue", context)
            try await prepare(context, name, key: "queue")
            // A dead-letter queue that is not configured may be missing until a message is dead-lettered.
            if autoCreate() || deadQueue() != nil { try await prepare(context, dead, key: "dead_queue") }
            let opened = Queue(name: name, deadName: dead, maxDeadLetters: options.maxDeadLetters)
            queues.withLock { $0[ScalarText(queue)] = opened }
        } catch {
            client.close()
            throw error
        }
    }

    func unsubscribe(_ context: Context, _ queue: String) async throws {
        let isLast = queues.withLock { queues in
            queues.removeValue(forKey: ScalarText(queue))
            return queues.isEmpty
        }
        if isLast { client.close() }
    }

    func publish(
        _ context: Context, _ message: MessageEnvelope, to address: MessageAddress, timeout: Duration
    ) async throws {
        switch address {
        case .queue(let queue):
            let name = try open(context, queue).name
            try await operations.put(context, name, try format.text(context, message, queue: name))
        case .topic(let topic): try Self.check(topic: topic, context)
        }
    }

    /// Polls until a message arrives or the timeout expires. After a cancellation, a request ends in the background,
    /// and a message that it receives is returned to the queue.
    func receive(
        _ context: Context, _ queue: String, wait: Duration, lock: Duration
    ) async throws -> MessageEnvelope? {
        let end = clock.uptime.adding(timeout: wait)
        var pause = Self.firstPause
        while true {
            let opened = try open(context, queue)
            let session = client.session
            let pending = Task.detached { [self] in try await receiveOnce(context, opened, queue, lock) }
            let result = try await DetachedReceive.value(of: pending) { [self] late in
                await giveBack(context, opened, late, session)
            }
            if let result { return result }
            let left = end - clock.uptime
            guard left > .zero else { return nil }
            try await clock.sleep(for: min(left, pause))
            pause = min(pause * 2, pollInterval())
        }
    }

    func settle(
        _ context: Context, _ message: MessageEnvelope, _ reference: MessageReference, _ settlement: MessageSettlement
    ) async throws {
        let queue = try open(context, reference.queue)
        if case .renew(let time) = settlement { return try await renew(context, queue, reference, time) }
        let key = ScalarText(reference.token)
        let running = renewals.current[key]
        // No other caller can settle it meanwhile; a failed settlement can be retried.
        var delivery = try receipts.take(context, reference, clock.uptime)
        // A renewal in progress changes the receipt, and the old receipt can't delete the message.
        if let renewal = renewals.current[key] ?? running, case .success(let renewed) = await renewal.result {
            delivery.receipt = renewed.text
        }
        do {
            let ticket = StorageTicket(delivery.receipt)
            switch settlement {
            case .complete: try await delete(context, queue, ticket, reference)
            case .abandon(let delay): _ = try await update(context, queue, ticket, delay, reference)
            case .deadLetter(let error):
                try await sendDeadLetter(context, queue, message, error)
                try await delete(context, queue, ticket, reference)
            case .renew: break
            }
        } catch let error as ApplicationError where error.code.isSame(as: "LOCK_EXPIRED") {
            throw error
        } catch {
            receipts.restore(delivery, reference)
            throw error
        }
    }

    func readCount(_ context: Context, _ queue: String) async throws -> Int {
        try await operations.count(context, try open(context, queue).name)
    }

    /// Returns the next messages, at most 32.
    func peek(_ context: Context, _ queue: String, _ limit: Int) async throws -> [MessageEnvelope] {
        guard limit > 0 else { return [] }
        return try await operations.peek(context, try open(context, queue).name, limit).map(format.envelope)
    }

    func clear(_ context: Context, _ queue: String) async throws {
        try await operations.clear(context, try open(context, queue).name)
        receipts.removeAll(of: queue)
    }

    func readDeadLetters(_ context: Context, _ queue: String, _ limit: Int) async throws -> [DeadLetter] {
        guard limit > 0 else { return [] }
        return try await scan(context, try open(context, queue).deadName) { letters in
            (letters.prefix(limit).map(\.letter), [])
        }
    }

    func replayDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int {
        let opened = try open(context, queue)
        return try await scan(context, opened.deadName) { [self] letters in
            let chosen = letters.filter { ids?.contains(sameAs: $0.letter.message.messageId) ?? true }
            for letter in chosen {
                let message = letter.letter.message
                var text = letter.isRaw ? format.raw(message) : nil
                if text == nil { text = try format.text(context, message, queue: opened.name) }
                try await operations.put(context, opened.name, text ?? "")
                try await operations.delete(context, opened.deadName, StorageTicket(letter.stored))
            }
            return (chosen.count, chosen.map(\.stored.id))
        }
    }

    func removeDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int {
        let opened = try open(context, queue)
        return try await scan(context, opened.deadName) { [self] letters in
            let chosen = letters.filter { ids?.contains(sameAs: $0.letter.message.messageId) ?? true }
            for letter in chosen {
                try await operations.delete(context, opened.deadName, StorageTicket(letter.stored))
            }
            return (chosen.count, chosen.map(\.stored.id))
        }
    }

    // MARK: - Internal

    private var operations: StorageQueues { StorageQueues(client: client) }
    private var format: StorageFormat { StorageFormat(isLegacy: backwardCompatibility(), encoding: encoding()) }

    private func open(_ context: Context, _ queue: String) throws(ApplicationError) -> Queue {
        if let opened = queues.withLock({ $0[ScalarText(queue)] }) { return opened }
        throw .unknownQueue(context, queue, among: queues.withLock { $0.keys.map(\.text) })
    }

    /// Makes sure that a queue exists.
    private func prepare(_ context: Context, _ name: String, key: String) async throws {
        do {
            _ = try await operations.count(context, name)
        } catch let error as ApplicationError where error.code.isSame(as: "UNKNOWN_QUEUE") {
            guard autoCreate() else {
                throw ApplicationError.config(
                    code: "CANNOT_ACCESS_QUEUE", key: key,
                    "'\(key)' is '\(name)'; expected a queue that exists in Azure Storage, or 'options.auto_create' "
                        + "that is true", traceId: context.traceId, cause: error)
            }
            try await operations.create(context, name)
        }
    }

    private static func check(topic: String?, _ context: Context) throws(ApplicationError) {
        guard let topic else { return }
        throw .config(
            code: "NO_TOPICS", key: "topic",
            "'topic' is '\(topic.shortened)'; expected none: Azure Storage has queues only", traceId: context.traceId)
    }

    /// - Throws: Misconfiguration `BAD_QUEUE_NAME`.
    private static func check(_ name: String, key: String, _ context: Context) throws(ApplicationError) {
        let bytes = Array(name.utf8)
        func isLetter(_ byte: UInt8?) -> Bool {
            byte.map { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) } ?? false
        }
        let isName = bytes.indices.allSatisfy { index in
            isLetter(bytes[index]) || bytes[index] == UInt8(ascii: "-") && index > 0 && isLetter(bytes[index - 1])
        }
        guard isName, isLetter(bytes.last), (3...63).contains(bytes.count) else {
            throw .config(
                code: "BAD_QUEUE_NAME", key: key,
                "'\(key)' is '\(name.shortened)'; expected 3 to 63 lower-case letters and digits, with single - between "
                    + "them", traceId: context.traceId)
        }
    }

    // MARK: - Messages

    private func receiveOnce(
        _ context: Context, _ opened: Queue, _ queue: String, _ lock: Duration
    ) async throws -> MessageEnvelope? {
        let start = clock.uptime
        guard let stored = try await operations.get(context, opened.name, 1, visibility: lock).first else { return nil }
        var message = format.envelope(stored)
        message.reference = receipts.add(
            StorageTicket(stored).text, queue: queue, until: start.adding(timeout: lock), now: clock.uptime)
        message.deliveryCount = max(1, stored.dequeueCount)
        return message
    }

    /// Makes a message visible again if its receiver no longer waits, even after the queue was closed.
    private func giveBack(
        _ context: Context, _ queue: Queue, _ message: MessageEnvelope, _ session: AzureSession?
    ) async {
        guard let reference = message.reference,
            let delivery = try? receipts.take(context, reference, clock.uptime)
        else { return }
        // If it fails, the lock expires.
        _ = try? await operations.update(
            context, queue.name, StorageTicket(delivery.receipt), visibility: .zero, by: session)
    }

    /// Extends the lock of a message. Renewals of a message run one at a time, and to their end even if the caller is
    /// cancelled.
    private func renew(
        _ context: Context, _ queue: Queue, _ reference: MessageReference, _ time: Duration
    ) async throws {
        let key = ScalarText(reference.token)
        let (task, isNew) = renewals.withLock { renewals -> (Task<StorageTicket, any Error>, Bool) in
            if let running = renewals[key] { return (running, false) }
            let task = Task { [self] () async throws -> StorageTicket in
                defer { self.renewals.withLock { $0[key] = nil } }
                let (receipt, start) = (try receipts.receipt(context, reference, clock.uptime), clock.uptime)
                let ticket = try await update(context, queue, StorageTicket(receipt), time, reference)
                receipts.renew(reference, until: start.adding(timeout: time), receipt: ticket.text)
                return ticket
            }
            renewals[key] = task
            return (task, true)
        }
        let result = await task.result
        guard !isNew else {
            _ = try result.get()
            return
        }
        try await renew(context, queue, reference, time)
    }

    private func update(
        _ context: Context, _ queue: Queue, _ ticket: StorageTicket, _ time: Duration, _ reference: MessageReference
    ) async throws -> StorageTicket {
        do {
            return try await operations.update(context, queue.name, ticket, visibility: time)
        } catch let error as ApplicationError where Self.isLost(error) {
            throw ApplicationError.lockExpired(context, reference.queue)
        }
    }

    private func delete(
        _ context: Context, _ queue: Queue, _ ticket: StorageTicket, _ reference: MessageReference
    ) async throws {
        do {
            try await operations.delete(context, queue.name, ticket)
        } catch let error as ApplicationError where error.azureCode == "MessageNotFound" {
            // The lock had not expired, so the response to an earlier attempt was lost, or the queue was cleared.
        } catch let error as ApplicationError where Self.isLost(error) {
            throw ApplicationError.lockExpired(context, reference.queue)
        }
    }

    /// True if the receipt is no longer the latest one.
    private static func isLost(_ error: ApplicationError) -> Bool {
        ["MessageNotFound", "PopReceiptMismatch"].contains { $0.isSame(as: error.azureCode ?? "") }
    }

    // MARK: - Dead letters

    private func sendDeadLetter(
        _ context: Context, _ queue: Queue, _ message: MessageEnvelope, _ error: ErrorDescription
    ) async throws {
        let text = try format.deadLetter(context, message, error, queue: queue.deadName, time: clock.now)
        try await operations.put(context, queue.deadName, text)
        await trim(context, queue)
    }

    /// Drops dead letters beyond the limit, approximately the oldest ones first.
    private func trim(_ context: Context, _ queue: Queue) async {
        do {
            let surplus = try await operations.count(context, queue.deadName) - queue.maxDeadLetters
            guard surplus > 0 else { return }
            let oldest = try await operations.get(
                context, queue.deadName, min(surplus, StorageQueues.maxCount), visibility: Self.scanLock)
            for message in oldest { try await operations.delete(context, queue.deadName, StorageTicket(message)) }
            logger.error(
                context, error: nil,
                "The queue \(queue.name) has too many dead letters: the \(oldest.count) oldest are dropped")
        } catch {
            logger.warn(context, "The dead letters of \(queue.name) can't be counted now: \(error)")
        }
    }

    /// Passes all dead letters, the oldest first, to `body`, then makes the remaining ones visible again.
    /// - Parameter body: returns the ids of dead letters that were removed.
    private func scan<Result: Sendable>(
        _ context: Context, _ queue: String,
        _ body: @Sendable ([StorageDeadLetter]) async throws -> (Result, done: [String])
    ) async throws -> Result {
        var (messages, known): ([StorageMessage], Set<ScalarText>) = ([], [])
        while messages.count < Self.scanLimit {
            let found = try await operations.get(
                context, queue, StorageQueues.maxCount, visibility: Self.scanLock
            ).filter { known.insert(ScalarText($0.id)).inserted }
            guard !found.isEmpty else { break }
            messages += found
        }
        let all = messages
        do {
            let (result, done) = try await body(StorageDeadLetter.sorted(all.map(format.deadLetter)))
            await show(context, queue, all.filter { !done.contains(sameAs: $0.id) })
            return result
        } catch {
            await show(context, queue, all)
            throw error
        }
    }

    private func show(_ context: Context, _ queue: String, _ messages: [StorageMessage]) async {
        // If it fails, the message becomes visible after a minute.
        for message in messages {
            _ = try? await operations.update(context, queue, StorageTicket(message), visibility: .zero)
        }
    }
}
#endif
