#if PIP_AWS
import FoundationEssentials

/// Amazon SQS as a broker: ``SQSMessageQueue`` is a queue on it.
final class SQSConnector: MessageConnector, Component {
    private let deadQueue = Setting<String?>(
        "dead_queue", aliases: ["connection.dead_queue"], default: nil,
        "The name of the dead-letter queue; by default that of the queue's redrive policy, otherwise the queue's "
            + "name with -dead"
    )
    private let autoCreate = Setting(
        "options.auto_create", default: true, "True to create missing queues")
    private let redriveReceives = Setting<Int?>(
        "options.redrive_max_receives", default: nil, in: 1...1000,
        "The number of deliveries after which SQS itself moves a message to the dead-letter queue; never by default"
    )
    private let logger = CompositeLogger()
    private let clock = ClockSlot()
    private let random = RandomSlot()
    private let client = AWSClient(.sqs)
    private let topics = SNSTopics()
    private let deliveries = MessageReceipts()
    private let queues = Locked<[ScalarText: SQSQueue]>([:])

    /// The maximum duration of a long poll.
    private static let longestPoll = Duration.seconds(20)
    /// The delay after a poll that ended early without a message.
    private static let pollPause = Duration.milliseconds(200)
    /// The seconds for which dead letters are invisible to other readers during a scan.
    private static let scanLock = 60
    /// The maximum number of dead letters in a scan.
    private static let scanLimit = 10_000

    init() {}

    /// The capabilities of SQS. Its counts are approximate, and a peek counts as a delivery.
    var capabilities: MessagingCapabilities {
        let isFIFO = queues.withLock { queues in queues.values.contains { $0.isFIFO } }
        return MessagingCapabilities(
            canSend: true, canReceive: true, canRenewLock: true, canAbandon: true, canDeadLetter: true, canClear: true,
            canReplay: true, canGroup: isFIFO, isDurable: true)
    }

    /// Checks the names of a queue, except for a name that comes from a discovery service.
    /// - Throws: Misconfiguration `BAD_QUEUE_NAME` or `BAD_DEAD_QUEUE`.
    func check(_ context: Context, queue: String) async throws {
        if let dead = deadQueue() { try SQSQueue.check(dead, key: "dead_queue", context) }
        guard !client.resolver.needsLookup else { return }
        let name = try await client.resolver.resolve(context).resource ?? queue
        try SQSQueue.check(name, key: "queue", context)
        try SQSQueue.check(dead: deadQueue(), of: name, context)
    }

    func subscribe(_ context: Context, _ queue: String, _ options: MessageQueueOptions) async throws {
        let params = try await client.open(context)
        do {
            let name = params.resource ?? queue
            try SQSQueue.check(name, key: "queue", context)
            if let dead = deadQueue() { try SQSQueue.check(dead, key: "dead_queue", context) }
            try SQSQueue.check(dead: deadQueue(), of: name, context)
            let url = try await url(context, name, key: "queue", account: params.account)
            let attributes = try await attributes(context, url)
            var opened = SQSQueue(name: name, url: url, maxDeadLetters: options.maxDeadLetters)
            opened.arn = attributes["QueueArn"]?.string
            opened.topic = options.topic
            let policy = attributes["RedrivePolicy"]?.string.flatMap { try? JSONParser.parse($0) }
            let redrive = policy?["deadLetterTargetArn"]?.string.flatMap { ARN(parsing: $0) }?.resource
            let dead = deadQueue() ?? redrive ?? SQSQueue.deadName(of: name)
            opened.deadURL = try await deadURL(context, dead, isNeeded: deadQueue() != nil)
            if let limit = redriveReceives(), let deadURL = opened.deadURL {
                try await setRedrive(context, opened, deadURL, limit)
            }
            if let topic = options.topic {
                try await topics.subscribe(context, topic, queue: opened, attributes, client, autoCreate: autoCreate())
            }
            let ready = opened
            queues.withLock { $0[ScalarText(queue)] = ready }
        } catch {
            client.close()
            topics.close()
            throw error
        }
    }

    func unsubscribe(_ context: Context, _ queue: String) async throws {
        let isLast = queues.withLock { queues in
            queues.removeValue(forKey: ScalarText(queue))
            return queues.isEmpty
        }
        guard isLast else { return }
        client.close()
        topics.close()
    }

    func publish(
        _ context: Context, _ message: MessageEnvelope, to address: MessageAddress, timeout: Duration
    ) async throws {
        switch address {
        case .queue(let name):
            let queue = try open(context, name)
            let entry = try SQSEntry(context, message, queue, random)
            try await queue.sends.add(context, entry, clock: clock()) { [self] in await sendBatch($0, to: queue) }
        case .topic(let topic):
            let entry = try SQSEntry(
                context, message, isFIFO: topic.ends(with: ".fifo"), queue: topic, limit: SQSEntry.maxTopicSize)
            try await topics.publish(context, topic, entry)
        }
    }

    /// Polls until a message arrives or the timeout expires. After a cancellation, the poll ends in the background, and
    /// a message that it receives is returned to the queue.
    func receive(
        _ context: Context, _ queue: String, wait: Duration, lock: Duration
    ) async throws -> MessageEnvelope? {
        let end = clock.uptime.adding(timeout: wait)
        while true {
            let opened = try open(context, queue)
            let (left, start) = (end - clock.uptime, clock.uptime)
            let seconds = Int(min(max(left, .zero), Self.longestPoll).components.seconds)
            let pending = Task.detached { [self] in try await poll(context, opened, queue, seconds, lock) }
            let session = client.session
            let result = try await DetachedReceive.value(of: pending) { [self] late in
                await giveBack(context, opened, late, session)
            }
            if let result { return result }
            let rest = end - clock.uptime
            guard rest > .zero else { return nil }
            // Polls of less than a second return immediately, and some servers never wait.
            if clock.uptime - start < .seconds(seconds) || seconds == 0 {
                try await clock.sleep(for: min(rest, Self.pollPause))
            }
            try Task.checkCancellation()
        }
    }

    func settle(
        _ context: Context, _ message: MessageEnvelope, _ reference: MessageReference, _ settlement: MessageSettlement
    ) async throws {
        let queue = try open(context, reference.queue)
        if case .renew(let time) = settlement {
            let (receipt, start) = (try deliveries.receipt(context, reference, clock.uptime), clock.uptime)
            try await changeVisibility(context, queue, receipt, time, reference)
            deliveries.renew(reference, until: start.adding(timeout: time))
            return
        }
        // No other caller can settle it meanwhile; a failed settlement can be retried.
        let delivery = try deliveries.take(context, reference, clock.uptime)
        do {
            switch settlement {
            case .complete: try await delete(context, queue, delivery.receipt, reference)
            case .abandon(let delay): try await changeVisibility(context, queue, delivery.receipt, delay, reference)
            case .deadLetter(let error):
                try await sendDeadLetter(context, queue, message, error)
                try await delete(context, queue, delivery.receipt, reference)
            case .renew: break
            }
        } catch let error as ApplicationError where error.code.isSame(as: "LOCK_EXPIRED") {
            throw error
        } catch {
            deliveries.restore(delivery, reference)
            throw error
        }
    }

    func readCount(_ context: Context, _ queue: String) async throws -> Int {
        try await count(context, try open(context, queue).url)
    }

    /// Delivers messages without a lock.
    func peek(_ context: Context, _ queue: String, _ limit: Int) async throws -> [MessageEnvelope] {
        guard limit > 0 else { return [] }
        let messages = try await receive(context, try open(context, queue).url, min(limit, 10), visibility: 0)
        return messages.map(\.envelope)
    }

    /// Purges the queue; if it was purged within the last minute, its messages are received and deleted instead.
    func clear(_ context: Context, _ queue: String) async throws {
        let opened = try open(context, queue)
        do {
            _ = try await call(context, "PurgeQueue", ["QueueUrl": .string(opened.url)])
        } catch let error as ApplicationError where error.awsCode?.ends(with: "PurgeQueueInProgress") == true {
            for _ in 0..<Self.scanLimit / 10 {
                let messages = try await receive(context, opened.url, 10, visibility: Self.scanLock)
                guard !messages.isEmpty else { break }
                for message in messages { try await deleteNow(context, opened.url, message.receipt) }
            }
        }
        deliveries.removeAll(of: queue)
    }

    func readDeadLetters(_ context: Context, _ queue: String, _ limit: Int) async throws -> [DeadLetter] {
        guard limit > 0, let url = try open(context, queue).deadURL else { return [] }
        return try await scan(context, url) { messages in
            let letters = SQSDeadLetter.sorted(messages).prefix(limit).map(\.letter)
            return (Array(letters), [])
        }
    }

    func replayDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int {
        let opened = try open(context, queue)
        guard let url = opened.deadURL else { return 0 }
        return try await scan(context, url) { messages in
            let chosen = SQSDeadLetter.sorted(messages).filter {
                ids?.contains(sameAs: $0.letter.message.messageId) ?? true
            }
            for letter in chosen {
                // SQS would drop it as a duplicate of the original message.
                let entry = try SQSEntry(
                    context, letter.letter.message, opened, self.random, isReplay: true)
                try await opened.sends.add(context, entry, clock: self.clock()) {
                    await self.sendBatch($0, to: opened)
                }
                try await self.deleteNow(context, url, letter.message.receipt)
            }
            return (chosen.count, chosen.map(\.message.receipt))
        }
    }

    func removeDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int {
        guard let url = try open(context, queue).deadURL else { return 0 }
        return try await scan(context, url) { messages in
            let chosen = SQSDeadLetter.sorted(messages).filter {
                ids?.contains(sameAs: $0.letter.message.messageId) ?? true
            }
            for letter in chosen { try await self.deleteNow(context, url, letter.message.receipt) }
            return (chosen.count, chosen.map(\.message.receipt))
        }
    }

    // MARK: - Internal

    private func open(_ context: Context, _ queue: String) throws(ApplicationError) -> SQSQueue {
        if let opened = queues.withLock({ $0[ScalarText(queue)] }) { return opened }
        let names = queues.withLock { $0.keys.map(\.text) }
        throw .unknownQueue(context, queue, among: names)
    }

    private func call(
        _ context: Context, _ operation: String, _ input: AnyValueMap, patience: Duration = .zero
    ) async throws -> AnyValue {
        do {
            return try await client.call(context, operation, input, patience: patience)
        } catch let error as ApplicationError where SQSQueue.isMissing(error) {
            let name = input["QueueUrl"]?.string.map(SQSQueue.name) ?? input["QueueName"]?.string ?? ""
            throw ApplicationError.notFound(
                code: "UNKNOWN_QUEUE", "There is no queue '\(name)' in SQS", traceId: context.traceId,
                details: ["queue": .string(name)], cause: error)
        }
    }

    // MARK: - Opening

    /// Returns the URL of a queue; creates a missing queue.
    /// - Parameter account: the owner of the queue; nil for the account of the credentials. A queue of another account
    ///   is never created.
    private func url(_ context: Context, _ name: String, key: String, account: String? = nil) async throws -> String {
        do {
            var input: AnyValueMap = ["QueueName": .string(name)]
            if let account { input["QueueOwnerAWSAccountId"] = .string(account) }
            let found = try await call(context, "GetQueueUrl", input)
            if let url = found["QueueUrl"]?.string { return url }
        } catch let error as ApplicationError
            where error.code.isSame(as: "UNKNOWN_QUEUE") && autoCreate() && account == nil
        {
            var input: AnyValueMap = ["QueueName": .string(name)]
            if name.ends(with: ".fifo") { input["Attributes"] = ["FifoQueue": "true"] }
            if let url = try await call(context, "CreateQueue", input)["QueueUrl"]?.string { return url }
        } catch let error as ApplicationError where error.code.isSame(as: "UNKNOWN_QUEUE") {
            throw ApplicationError.config(
                code: "CANNOT_ACCESS_QUEUE", key: key,
                "'\(key)' is '\(name)'; expected a queue that exists in SQS\(account.map { " in the account \($0.shortened)" } ?? "")"
                    + (account == nil ? ", or 'options.auto_create' that is true" : ""),
                traceId: context.traceId, cause: error)
        }
        throw ApplicationError.connection(
            code: HTTPFailure.badResponse, "AWS sqs returned no address of the queue '\(name)'",
            traceId: context.traceId)
    }

    /// Returns the URL of the dead-letter queue; nil if it is missing, not required and not to be created.
    private func deadURL(_ context: Context, _ name: String, isNeeded: Bool) async throws -> String? {
        do {
            return try await url(context, name, key: "dead_queue")
        } catch let error as ApplicationError where error.code == "CANNOT_ACCESS_QUEUE" && !isNeeded {
            return nil
        }
    }

    private func attributes(_ context: Context, _ url: String) async throws -> AnyValueMap {
        let result = try await call(
            context, "GetQueueAttributes", ["QueueUrl": .string(url), "AttributeNames": ["All"]])
        return result["Attributes"]?.map ?? [:]
    }

    private func setRedrive(_ context: Context, _ queue: SQSQueue, _ deadURL: String, _ limit: Int) async throws {
        guard let arn = try await attributes(context, deadURL)["QueueArn"]?.string else { return }
        let policy = JSONConverter.toJSON(
            ["deadLetterTargetArn": .string(arn), "maxReceiveCount": .string("\(limit)")] as AnyValue)
        _ = try await call(
            context, "SetQueueAttributes",
            ["QueueUrl": .string(queue.url), "Attributes": ["RedrivePolicy": .string(policy)]])
    }

    // MARK: - Messages

    private func poll(
        _ context: Context, _ opened: SQSQueue, _ queue: String, _ seconds: Int, _ lock: Duration
    ) async throws -> MessageEnvelope? {
        let messages = try await receive(
            context, opened.url, 1, visibility: SQSQueue.seconds(lock), wait: seconds)
        guard let message = messages.first else { return nil }
        var envelope = message.envelope
        envelope.reference = deliveries.add(
            message.receipt, queue: queue, until: clock.uptime.adding(timeout: lock), now: clock.uptime)
        envelope.deliveryCount = message.receiveCount
        return envelope
    }

    /// Makes a message visible again if its receiver no longer waits, even after the queue was closed.
    private func giveBack(
        _ context: Context, _ queue: SQSQueue, _ message: MessageEnvelope, _ session: AWSSession?
    ) async {
        guard let reference = message.reference,
            let delivery = try? deliveries.take(context, reference, clock.uptime)
        else { return }
        let input: AnyValueMap = [
            "QueueUrl": .string(queue.url), "ReceiptHandle": .string(delivery.receipt), "VisibilityTimeout": 0,
        ]
        // If it fails, the lock expires.
        _ = try? await client.call(context, "ChangeMessageVisibility", input, by: session)
    }

    private func receive(
        _ context: Context, _ url: String, _ limit: Int, visibility: Int, wait: Int = 0
    ) async throws -> [SQSMessage] {
        let result = try await call(
            context, "ReceiveMessage",
            [
                "QueueUrl": .string(url), "MaxNumberOfMessages": .integer(Int64(limit)),
                "VisibilityTimeout": .integer(Int64(visibility)), "WaitTimeSeconds": .integer(Int64(wait)),
                "AttributeNames": ["All"], "MessageAttributeNames": ["All"],
            ], patience: .seconds(wait))
        return (result["Messages"]?.array ?? []).compactMap { SQSMessage($0) }
    }

    /// Sends at most ten entries. Entries that failed with a transient error are retried.
    private func sendBatch(_ entries: [SQSEntry], to queue: SQSQueue) async -> [Result<Void, any Error>] {
        let batch = SQSBatch(
            operation: "SendMessageBatch", policy: client.resilience.retryPolicy, clock: clock, random: random)
        return await batch.send(entries.map(\.fields), url: queue.url) { [self] operation, input in
            try await call(.empty, operation, input)
        }
    }

    private func delete(
        _ context: Context, _ queue: SQSQueue, _ receipt: String, _ reference: MessageReference
    ) async throws {
        do {
            try await queue.deletes.add(context, receipt, clock: clock()) { [self] receipts in
                let batch = SQSBatch(
                    operation: "DeleteMessageBatch", policy: client.resilience.retryPolicy, clock: clock, random: random
                )
                let entries = receipts.map { receipt -> AnyValueMap in ["ReceiptHandle": .string(receipt)] }
                return await batch.send(entries, url: queue.url) { operation, input in
                    try await self.call(.empty, operation, input)
                }
            }
        } catch let error as ApplicationError where SQSQueue.isExpired(error) {
            throw ApplicationError.lockExpired(context, reference.queue)
        }
    }

    private func deleteNow(_ context: Context, _ url: String, _ receipt: String) async throws {
        _ = try await call(
            context, "DeleteMessage", ["QueueUrl": .string(url), "ReceiptHandle": .string(receipt)])
    }

    private func changeVisibility(
        _ context: Context, _ queue: SQSQueue, _ receipt: String, _ time: Duration, _ reference: MessageReference
    ) async throws {
        do {
            _ = try await call(
                context, "ChangeMessageVisibility",
                [
                    "QueueUrl": .string(queue.url), "ReceiptHandle": .string(receipt),
                    "VisibilityTimeout": .integer(Int64(SQSQueue.seconds(time))),
                ])
        } catch let error as ApplicationError where SQSQueue.isExpired(error) {
            throw ApplicationError.lockExpired(context, reference.queue)
        }
    }

    private func count(_ context: Context, _ url: String) async throws -> Int {
        let result = try await call(
            context, "GetQueueAttributes",
            ["QueueUrl": .string(url), "AttributeNames": ["ApproximateNumberOfMessages"]])
        return result["Attributes"]?["ApproximateNumberOfMessages"]?.getAsNullableInteger() ?? 0
    }

    // MARK: - Dead letters

    private func sendDeadLetter(
        _ context: Context, _ queue: SQSQueue, _ message: MessageEnvelope, _ error: ErrorDescription
    ) async throws {
        guard let url = queue.deadURL else {
            throw ApplicationError.config(
                code: "NO_DEAD_QUEUE", key: "dead_queue",
                "The queue '\(queue.name)' has no dead-letter queue; expected 'dead_queue' with the name of one",
                traceId: context.traceId)
        }
        let entry = try SQSEntry.deadLetter(message, error, queue, time: clock.now, context)
        var input = entry.fields
        input["QueueUrl"] = .string(url)
        input.remove("Id")
        _ = try await call(context, "SendMessage", input)
        await trim(context, queue, url)
    }

    /// Drops dead letters beyond the limit, approximately the oldest ones first.
    private func trim(_ context: Context, _ queue: SQSQueue, _ url: String) async {
        do {
            let surplus = try await count(context, url) - queue.maxDeadLetters
            guard surplus > 0 else { return }
            let messages = try await receive(context, url, min(surplus, 10), visibility: Self.scanLock)
            for message in messages { try await deleteNow(context, url, message.receipt) }
            logger.error(
                context, error: nil,
                "The queue \(queue.name) has too many dead letters: the \(messages.count) oldest are dropped")
        } catch {
            logger.warn(context, "The dead letters of \(queue.name) can't be counted now: \(error)")
        }
    }

    /// Passes all dead letters to `body`, then makes the remaining ones visible again.
    private func scan<Result: Sendable>(
        _ context: Context, _ url: String,
        _ body: @Sendable ([SQSMessage]) async throws -> (Result, done: [String])
    ) async throws -> Result {
        var (messages, known): ([SQSMessage], Set<ScalarText>) = ([], [])
        while messages.count < Self.scanLimit {
            var found = try await receive(context, url, 10, visibility: Self.scanLock)
            // A short poll queries only a subset of the SQS servers and can miss messages.
            if found.isEmpty, try await count(context, url) > 0 {
                found = try await receive(context, url, 10, visibility: Self.scanLock, wait: 1)
            }
            found = found.filter { known.insert(ScalarText($0.id)).inserted }
            guard !found.isEmpty else { break }
            messages += found
        }
        let all = messages
        do {
            let (result, done) = try await body(all)
            await show(context, url, all.filter { !done.contains(sameAs: $0.receipt) })
            return result
        } catch {
            await show(context, url, all)
            throw error
        }
    }

    private func show(_ context: Context, _ url: String, _ messages: [SQSMessage]) async {
        for message in messages {
            let input: AnyValueMap = [
                "QueueUrl": .string(url), "ReceiptHandle": .string(message.receipt), "VisibilityTimeout": 0,
            ]
            // If it fails, the message becomes visible after a minute.
            _ = try? await call(context, "ChangeMessageVisibility", input)
        }
    }
}
#endif
