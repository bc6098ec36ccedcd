import PipServices

/// The contract of every ``MessageQueue``.
///
/// The queue under test must be open and empty, and have the configuration of ``config(_:)``:
/// ```swift
/// let time = ContractTime.virtual(clock)
/// try await MessageQueueContract().run(time: time) {
///     let queue = try await assemble(MyQueue(), config: MessageQueueContract.config(time))
///     try await queue.open(.empty)
///     return queue
/// }
/// ```
/// Cases for capabilities that the queue does not have pass without doing anything.
public struct MessageQueueContract: Contract {
    private let count: Int
    private let largestPayload: Int
    private let fillStore: (@Sendable (_ isFull: Bool) async throws -> Void)?

    /// Creates the contract.
    ///
    /// - Parameters:
    ///   - count: the number of messages in the case about loss.
    ///   - largestPayload: the size of the largest payload in bytes.
    ///   - fillStore: fills and empties the disk or other storage of the queue; nil to omit the cases about full
    ///     storage.
    public init(
        count: Int = 5_000, largestPayload: Int = 100_000,
        fillStore: (@Sendable (_ isFull: Bool) async throws -> Void)? = nil
    ) {
        self.count = count
        self.largestPayload = largestPayload
        self.fillStore = fillStore
    }

    /// Returns the required configuration of the queue: limits that the cases reach, and times in units of the
    /// contract's time.
    public static func config(_ time: ContractTime) -> ConfigParams {
        [
            "options.lock_timeout": (time.unit * 4).settingText, "options.handler_timeout": (time.unit * 5).settingText,
            "options.redelivery_delay": time.unit.settingText, "options.max_redelivery_delay": time.unit.settingText,
            "options.max_deliveries": "3", "options.max_size": "100", "options.send_timeout": time.unit.settingText,
            "options.max_message_size": "100000", "options.max_dead_letters": "10",
        ]
    }

    /// The cases.
    public var cases: [ContractCase<any MessageQueue>] {
        var cases = [Self.unchanged(largestPayload)]
        cases += Self.delivery + Self.settlement + Self.failures + Self.limits + Self.listening
        cases.append(withoutLoss)
        if let fillStore { cases += Self.fullStore(fillStore) }
        return cases
    }

    private typealias Case = ContractCase<any MessageQueue>
    private typealias Run = ContractRun<any MessageQueue>

    // MARK: - Delivery

    private static func unchanged(_ largest: Int) -> Case {
        Case("a message is received as it was sent") { run in
            let payloads: [[UInt8]?] = [nil, [], [0], Array(0...255), [UInt8](repeating: 7, count: largest)]
            for payload in payloads {
                let sent = MessageEnvelope(Context(traceId: "trace"), "type", payload)
                try await run.subject.send(run.context, sent)
                let got = try await next(run)
                try run.expect(got.messageId, equals: sent.messageId, "id")
                try run.expect(got.traceId, equals: "trace", "trace id")
                try run.expect(got.messageType, equals: "type", "type")
                try run.expect(got.message == payload, "the payload differs")
                try run.expect(got.sentTime != nil, "it has no time")
                try run.expect(got.deliveryCount, equals: 1, "deliveries")
                try await run.subject.complete(run.context, got)
            }
        }
    }

    private static let delivery = [
        Case("an empty queue returns no message") { run in
            try run.expect(try await run.subject.receive(run.context, waitTimeout: .zero) == nil, "receive")
            try run.expect(try await run.subject.receive(run.context, waitTimeout: .seconds(-1)) == nil, "receive")
            let waited = try await run.time.flowing {
                try await run.subject.receive(run.context, waitTimeout: run.time.unit / 4)
            }
            try run.expect(waited == nil, "receive with a wait")
            if run.subject.capabilities.canPeek {
                try run.expect(try await run.subject.peek(run.context) == nil, "peek")
            }
        },
        Case("messages come in the order in which they were sent") { run in
            let sent = try await send(run, ["a", "b", "c"])
            for message in sent {
                let got = try await next(run)
                try run.expect(got.messageId, equals: message.messageId, "id")
                try await run.subject.complete(run.context, got)
            }
        },
        Case("a peek does not remove messages") { run in
            guard run.subject.capabilities.canPeek else { return }
            try await send(run, ["a", "b", "c"])
            try await arrive(run, 3)
            try run.expect(try await run.subject.peek(run.context)?.messageAsString, equals: "a", "peek")
            let two = try await run.subject.peekBatch(run.context, 2).map(\.messageAsString)
            try run.expect(two, equals: ["a", "b"], "two")
            try run.expect(try await run.subject.peekBatch(run.context, 10).count, equals: 3, "ten")
            try run.expect(try await run.subject.peekBatch(run.context, 0).count, equals: 0, "none")
            try run.expect(try await run.subject.peekBatch(run.context, -1).count, equals: 0, "less than none")
            try run.expect(try await next(run).messageAsString, equals: "a", "receive")
        },
        Case("the count is the number of waiting messages") { run in
            guard run.subject.capabilities.canMessageCount else { return }
            try await send(run, ["a", "b"])
            try run.expect(try await run.subject.readMessageCount(run.context), equals: 2, "count")
            let got = try await next(run)
            try run.expect(try await run.subject.readMessageCount(run.context), equals: 1, "count with one locked")
            try await run.subject.abandon(run.context, got)
            try run.expect(try await run.subject.readMessageCount(run.context), equals: 2, "count after abandon")
        },
        Case("a receiver that waits is woken by a message") { run in
            let waiting = Task { try await run.subject.receive(run.context, waitTimeout: run.time.unit * 1000) }
            await Task.yield()
            try await send(run, ["a"])
            // A queue that asks its broker from time to time needs time to pass.
            let got = try await run.time.flowing { try await waiting.value }
            try run.expect(got?.messageAsString, equals: "a", "message")
        },
        Case("a receiver that is cancelled stops waiting") { run in
            let waiting = Task { try await run.subject.receive(run.context, waitTimeout: run.time.unit * 1000) }
            await Task.yield()
            waiting.cancel()
            if case .success(let message?) = await waiting.result { try run.expect(false, "it got \(message)") }
        },
        Case("a clear removes all messages") { run in
            guard run.subject.capabilities.canClear else { return }
            try await send(run, ["a", "b"])
            let locked = try await next(run)
            try await arrive(run, 1)
            try await run.subject.clear(run.context)
            try run.expect(try await run.subject.receive(run.context, waitTimeout: .zero) == nil, "receive")
            do {
                try await run.subject.complete(run.context, locked)
                try run.expect(false, "a message that was cleared was completed")
            } catch let error as ApplicationError {
                try run.expect(["ALREADY_SETTLED", "LOCK_EXPIRED"].contains(error.code), "\(error)")
            }
        },
        Case("messages of a group are handled one after the other") { run in
            guard run.subject.capabilities.canGroup else { return }
            for (text, group) in [("a1", "a"), ("a2", "a"), ("b1", "b"), ("x", nil), ("a3", "a")] {
                try await run.subject.send(run.context, MessageEnvelope(run.context, "t", text, group: group))
            }
            let first = try await next(run)
            try run.expect(first.messageAsString, equals: "a1", "first")
            try run.expect(try await next(run).messageAsString, equals: "b1", "second")
            try run.expect(try await next(run).messageAsString, equals: "x", "third")
            try run.expect(
                try await run.subject.receive(run.context, waitTimeout: .zero) == nil, "two of a group at once")
            try await run.subject.abandon(run.context, first)
            let again = try await next(run)
            try run.expect(again.messageAsString, equals: "a1", "after abandon")
            try await run.subject.complete(run.context, again)
            let second = try await next(run)
            try run.expect(second.messageAsString, equals: "a2", "after complete")
            try await run.subject.complete(run.context, second)
            try run.expect(try await next(run).messageAsString, equals: "a3", "last")
        },
        Case("a closed queue throws and ends waits") { run in
            let waiting = Task { try await run.subject.receive(run.context, waitTimeout: run.time.unit * 1000) }
            await Task.yield()
            try await run.subject.close(run.context)
            try await run.subject.close(run.context)
            if case .success = await waiting.result { try run.expect(false, "receive returned") }
            try run.expect(await run.subject.isOpen, equals: false, "isOpen")
            try await run.expect(code: "NOT_OPENED") { try await send(run, ["a"]) }
            try await run.expect(code: "NOT_OPENED") {
                _ = try await run.subject.receive(run.context, waitTimeout: .zero)
            }
            try await run.expect(code: "NOT_OPENED") { _ = try await run.subject.peek(run.context) }
            try await run.expect(code: "NOT_OPENED") { try await run.subject.beginListen(run.context, silent) }
        },
    ]

    // MARK: - Settlement

    private static let settlement = [
        Case("a message is settled once") { run in
            for settle in settlements {
                try await send(run, ["a"])
                let got = try await next(run)
                try await settle(run, got)
                for again in settlements {
                    try await run.expect(code: "ALREADY_SETTLED") { try await again(run, got) }
                }
                try await run.expect(code: "ALREADY_SETTLED") {
                    try await run.subject.renewLock(run.context, got, lockTimeout: run.time.unit)
                }
                if run.subject.capabilities.canClear { try await run.subject.clear(run.context) }
            }
        },
        Case("only a message that was received is settled") { run in
            let message = MessageEnvelope(run.context, "t", "never sent")
            for settle in settlements {
                try await run.expect(code: "NOT_RECEIVED") { try await settle(run, message) }
            }
            try await run.expect(code: "NOT_RECEIVED") {
                try await run.subject.renewLock(run.context, message, lockTimeout: run.time.unit)
            }
            var other = message
            other.reference = MessageReference(queue: "another queue", token: "1")
            try await run.expect(code: "NOT_RECEIVED") { try await run.subject.complete(run.context, other) }
            other.reference = MessageReference(queue: run.subject.name, token: "no token")
            try await run.expect(code: "LOCK_EXPIRED") { try await run.subject.complete(run.context, other) }
        },
        Case("an abandoned message is delivered again, and counted") { run in
            try await send(run, ["a"])
            for delivery in 1...3 {
                let got = try await next(run)
                try run.expect(got.deliveryCount, equals: delivery, "deliveries")
                try await run.subject.abandon(run.context, got)
            }
        },
        Case("an abandoned message is delivered again after its delay", passesTime: true) { run in
            try await send(run, ["a"])
            try await run.subject.abandon(run.context, try await next(run), delay: run.time.unit * 2)
            try await run.time.pass(1)
            try run.expect(try await run.subject.receive(run.context, waitTimeout: .zero) == nil, "too early")
            try await run.time.pass(2)
            _ = try await next(run)
        },
        Case("a receiver that waits is woken when a delay ends") { run in
            try await send(run, ["a"])
            try await run.subject.abandon(run.context, try await next(run), delay: run.time.unit)
            let got = try await run.time.flowing {
                try await run.subject.receive(run.context, waitTimeout: run.time.unit * 500)
            }
            try run.expect(got?.deliveryCount, equals: 2, "deliveries")
        },
        Case("the message of a receiver that died is delivered again", passesTime: true) { run in
            try await send(run, ["a"])
            let old = try await next(run)
            try await run.time.pass(3)
            try run.expect(try await run.subject.receive(run.context, waitTimeout: .zero) == nil, "too early")
            try await run.time.pass(2)
            let new = try await next(run)
            try run.expect(new.messageId, equals: old.messageId, "id")
            try run.expect(new.deliveryCount, equals: 2, "deliveries")
            for settle in settlements {
                try await run.expect(code: "LOCK_EXPIRED") { try await settle(run, old) }
            }
            try await run.subject.complete(run.context, new)
        },
        Case("a receiver that waits is woken when a lock ends") { run in
            try await send(run, ["a"])
            _ = try await next(run)
            let got = try await run.time.flowing {
                try await run.subject.receive(run.context, waitTimeout: run.time.unit * 500)
            }
            try run.expect(got?.deliveryCount, equals: 2, "deliveries")
        },
        Case("a renewed lock lasts", passesTime: true) { run in
            guard run.subject.capabilities.canRenewLock else { return }
            try await send(run, ["a"])
            let got = try await next(run)
            try await run.time.pass(2)
            try await run.subject.renewLock(run.context, got, lockTimeout: run.time.unit * 6)
            try await run.time.pass(4)
            try run.expect(try await run.subject.receive(run.context, waitTimeout: .zero) == nil, "it ended")
            try await run.subject.complete(run.context, got)
        },
    ]

    // MARK: - Failures

    private static let failures = [
        Case("a handler that returns completes its message") { run in
            try await send(run, ["a"])
            let isDone = await run.subject.handle(run.context, try await next(run)) { _, _ in }
            try run.expect(isDone, "not completed")
            try run.expect(try await run.subject.receive(run.context, waitTimeout: .zero) == nil, "it is still there")
        },
        Case("a handler may settle its message") { run in
            try await send(run, ["a"])
            let queue = run.subject
            await queue.handle(run.context, try await next(run)) { context, message in
                try await queue.abandon(context, message)
            }
            try run.expect(try await next(run).deliveryCount, equals: 2, "deliveries")
        },
        Case("a message whose handler fails becomes a dead letter with the error", passesTime: true) { run in
            try await send(run, ["a"])
            for delivery in 1...3 {
                let got = try await next(run)
                try run.expect(got.deliveryCount, equals: delivery, "deliveries")
                let isDone = await run.subject.handle(run.context, got) { _, _ in
                    throw ApplicationError.conflict(code: "HANDLER", "thrown by the handler")
                }
                try run.expect(isDone, equals: false, "completed")
                try await run.time.pass(2)
            }
            try run.expect(try await run.subject.receive(run.context, waitTimeout: .zero) == nil, "delivered again")
            guard run.subject.capabilities.canReplay else { return }
            let letters = try await run.subject.readDeadLetters(run.context, 10)
            try run.expect(letters.map(\.error.code), equals: ["HANDLER"], "errors")
            try run.expect(letters.first?.message.messageAsString, equals: "a", "payload")
            try run.expect(letters.first?.message.deliveryCount, equals: 3, "deliveries")
        },
        Case("a message that nobody ever settles becomes a dead letter", passesTime: true) { run in
            try await send(run, ["a"])
            for _ in 1...3 {
                _ = try await next(run)
                try await run.time.pass(5)
            }
            try run.expect(try await run.subject.receive(run.context, waitTimeout: .zero) == nil, "delivered again")
            guard run.subject.capabilities.canReplay else { return }
            let letters = try await run.subject.readDeadLetters(run.context, 10)
            try run.expect(letters.map(\.error.code), equals: ["TOO_MANY_DELIVERIES"], "errors")
        },
        Case("a payload that cannot be read becomes a dead letter at once") { run in
            try await send(run, ["{bad"])
            await run.subject.handle(run.context, try await next(run)) { _, message in
                _ = try message.getMessageAs(AnyValue.self)
            }
            try run.expect(try await run.subject.receive(run.context, waitTimeout: .zero) == nil, "delivered again")
            guard run.subject.capabilities.canReplay else { return }
            let letters = try await run.subject.readDeadLetters(run.context, 10)
            try run.expect(letters.map(\.error.code), equals: ["BAD_MESSAGE"], "errors")
        },
        Case("a handler that never returns is abandoned and its message redelivered") { run in
            try await send(run, ["a"])
            let got = try await next(run)
            let isDone = try await run.time.flowing {
                await run.subject.handle(run.context, got) { _, _ in
                    try await SystemClock().sleep(for: .seconds(100_000))
                }
            }
            try run.expect(isDone, equals: false, "completed")
            let again = try await run.time.flowing {
                try await run.subject.receive(run.context, waitTimeout: run.time.unit * 500)
            }
            try run.expect(again?.deliveryCount, equals: 2, "deliveries")
        },
        Case("a handler that is cancelled returns its message") { run in
            try await send(run, ["a"])
            let got = try await next(run)
            let handling = Task {
                await run.subject.handle(run.context, got) { _, _ in
                    try await SystemClock().sleep(for: .seconds(100_000))
                }
            }
            await Task.yield()
            handling.cancel()
            try run.expect(await handling.value, equals: false, "completed")
            try run.expect(try await next(run).deliveryCount, equals: 2, "deliveries")
        },
        Case("dead letters are read, sent again and removed") { run in
            guard run.subject.capabilities.canReplay else { return }
            let sent = try await send(run, ["a", "b", "c"])
            for _ in sent {
                try await run.subject.moveToDeadLetter(
                    run.context, try await next(run), error: ApplicationError.conflict(code: "WHY", "because"))
            }
            let letters = try await run.subject.readDeadLetters(run.context, 2)
            try run.expect(letters.map(\.message.messageAsString), equals: ["a", "b"], "the oldest two")
            try run.expect(letters.map(\.error.code), equals: ["WHY", "WHY"], "errors")
            try run.expect(
                try await run.subject.replayDeadLetters(run.context, ids: [sent[1].messageId, "unknown"]), equals: 1,
                "sent again")
            let again = try await next(run)
            try run.expect(again.messageAsString, equals: "b", "sent again")
            try run.expect(again.deliveryCount, equals: 1, "deliveries")
            try run.expect(
                try await run.subject.removeDeadLetters(run.context, ids: [sent[0].messageId]), equals: 1, "removed")
            try run.expect(try await run.subject.replayDeadLetters(run.context, ids: nil), equals: 1, "the rest")
            try run.expect(try await next(run).messageAsString, equals: "c", "the rest")
            try run.expect(try await run.subject.readDeadLetters(run.context, 10).count, equals: 0, "left")
        },
    ]

    // MARK: - Limits

    private static let limits = [
        Case("a message that is too large is rejected") { run in
            let message = MessageEnvelope(run.context, "t", [UInt8](repeating: 0, count: 100_001))
            try await run.expect(code: "MESSAGE_TOO_LARGE") { try await run.subject.send(run.context, message) }
        },
        Case("a full queue blocks senders for a limited time") { run in
            // A broker that pushes messages limits its own queues.
            guard run.subject.capabilities.canMessageCount else { return }
            for number in 0..<100 { try await send(run, ["\(number)"]) }
            try await run.expect(code: "QUEUE_FULL") {
                try await run.time.flowing { _ = try await send(run, ["too many"]) }
            }
            // A locked message takes up space.
            let got = try await next(run)
            try await run.expect(code: "QUEUE_FULL") {
                try await run.time.flowing { _ = try await send(run, ["too many"]) }
            }
            let waiting = Task { _ = try await send(run, ["in time"]) }
            await Task.yield()
            try await run.subject.complete(run.context, got)
            try await waiting.value
        },
        Case("dead letters beyond the bound displace the oldest") { run in
            guard run.subject.capabilities.canReplay else { return }
            for number in 0..<12 {
                try await send(run, ["\(number)"])
                try await run.subject.moveToDeadLetter(run.context, try await next(run))
            }
            let letters = try await run.subject.readDeadLetters(run.context, 100)
            try run.expect(letters.map(\.message.messageAsString), equals: (2..<12).map { "\($0)" }, "left")
        },
    ]

    // MARK: - Listening

    private static let listening = [
        Case("a listener handles messages, and stops after those in flight") { run in
            let receiver = TestMessageReceiver()
            try await run.subject.beginListen(run.context, receiver)
            try await send(run, ["a", "b"])
            // A listener that polls sleeps between its requests.
            try await run.time.flowing { try await waitUntil { receiver.messageCount == 2 } }
            await run.subject.endListen(run.context)
            try await send(run, ["c"])
            try run.expect(try await next(run).messageAsString, equals: "c", "left")
            try run.expect(receiver.messages.map(\.messageAsString), equals: ["a", "b"], "messages")
        },
        Case("a handler runs in a context that continues the trace of the sender") { run in
            let trace = "0af7651916cd43dd8448eb211c80319c"
            var context = Context(traceId: "trace")
            context.traceParent = TraceParent("00-\(trace)-b7ad6b7169203331-01")
            try await run.subject.send(context, MessageEnvelope(context, "t", "a"))
            let seen = Locked<(traceId: String?, trace: String?, bound: String?)>((nil, nil, nil))
            await run.subject.handle(run.context, try await next(run)) { context, _ in
                let now = (context.traceId, context.traceParent?.traceId, Context.current?.traceId)
                seen.withLock { $0 = now }
            }
            try run.expect(seen.withLock { $0.traceId }, equals: "trace", "trace id")
            try run.expect(seen.withLock { $0.trace }, equals: trace, "W3C trace")
            try run.expect(seen.withLock { $0.bound }, equals: "trace", "the current context")
        },
        Case("a sequence of messages settles each by scope") { run in
            try await send(run, ["good", "bad"])
            let handled = Locked<[String]>([])
            try await run.time.flowing {
                for try await delivery in run.subject.messages(run.context) {
                    await delivery.handle { _, message in
                        let count = handled.withLock { handled in
                            handled.append(message.messageAsString ?? "")
                            return handled.count
                        }
                        if count == 2 { throw ApplicationError.conflict(code: "ONCE", "thrown once") }
                    }
                    if handled.withLock({ $0.count }) == 3 { break }
                }
            }
            try run.expect(handled.current, equals: ["good", "bad", "bad"], "handled")
            try run.expect(try await run.subject.receive(run.context, waitTimeout: .zero) == nil, "left")
        },
        Case("a sequence of messages ends when the queue is closed") { run in
            let reading = Task {
                var count = 0
                for try await _ in run.subject.messages(run.context) { count += 1 }
                return count
            }
            await Task.yield()
            try await run.subject.close(run.context)
            try run.expect(try await reading.value, equals: 0, "messages")
        },
    ]

    /// Competing listeners with failing handlers, on a queue that is smaller than the number of messages sent.
    private var withoutLoss: ContractCase<any MessageQueue> {
        let count = count
        return ContractCase("of \(count) messages to competing listeners, none is lost") { run in
            let handled = Locked<Set<String>>([])
            let failed = Locked<Set<String>>([])
            let receiver = CallbackMessageReceiver { _, message, _ in
                let text = message.messageAsString ?? ""
                // Every 50th message fails once.
                if text.hasSuffix("50"), failed.withLock({ $0.insert(text).inserted }) {
                    throw ApplicationError.conflict(code: "ONCE", "thrown once")
                }
                handled.withLock { _ = $0.insert(text) }
            }
            for _ in 0..<4 { try await run.subject.beginListen(run.context, concurrency: 4, receiver) }
            for number in 0..<count { try await Self.send(run, ["\(number)"]) }
            let clock = SystemClock()
            let end = clock.uptime + .seconds(600)
            while handled.withLock({ $0.count }) < count, clock.uptime < end {
                // In small steps, so that messages being processed keep their lock.
                try await clock.sleep(for: .milliseconds(100))
                try await run.time.pass(1)
            }
            try run.expect(handled.withLock { $0.count }, equals: count, "handled")
            await run.subject.endListen(run.context)
            try run.expect(try await run.subject.receive(run.context, waitTimeout: .zero) == nil, "left")
        }
    }

    // MARK: - Full disk

    private static func fullStore(_ fill: @escaping @Sendable (Bool) async throws -> Void) -> [Case] {
        [
            Case("while the disk is full, nothing is sent, and nothing that was sent is lost") { run in
                try await send(run, ["a"])
                try await fill(true)
                for _ in 0..<200 { try await failure(run, "send") { try await send(run, ["never sent"]) } }
                try await fill(false)
                // The failed attempts took up no space.
                for number in 0..<99 { try await send(run, ["\(number)"]) }
                for text in ["a"] + (0..<99).map({ "\($0)" }) {
                    let got = try await next(run)
                    try run.expect(got.messageAsString, equals: text, "message")
                    try await run.subject.complete(run.context, got)
                }
                try run.expect(try await run.subject.receive(run.context, waitTimeout: .zero) == nil, "left")
            },
            Case("while the disk is full, messages are received, and settled later") { run in
                try await send(run, ["a", "b"])
                try await fill(true)
                let (first, second) = (try await next(run), try await next(run))
                for _ in 0..<3 {
                    try await failure(run, "complete") { try await run.subject.complete(run.context, first) }
                    try await failure(run, "moveToDeadLetter") {
                        try await run.subject.moveToDeadLetter(run.context, second)
                    }
                }
                try run.expect(try await run.subject.receive(run.context, waitTimeout: .zero) == nil, "unlocked")
                try await fill(false)
                try await run.subject.complete(run.context, first)
                try await run.subject.moveToDeadLetter(run.context, second)
                try await fill(true)
                if run.subject.capabilities.canReplay {
                    try await failure(run, "replayDeadLetters") {
                        _ = try await run.subject.replayDeadLetters(run.context, ids: nil)
                    }
                    try await failure(run, "removeDeadLetters") {
                        _ = try await run.subject.removeDeadLetters(run.context, ids: nil)
                    }
                    let letters = try await run.subject.readDeadLetters(run.context, 10)
                    try run.expect(letters.map(\.message.messageAsString), equals: ["b"], "dead letters")
                }
                try await fill(false)
                try run.expect(try await run.subject.receive(run.context, waitTimeout: .zero) == nil, "left")
            },
            Case("a message that could not be completed is delivered again after its lock", passesTime: true) { run in
                try await send(run, ["a"])
                try await fill(true)
                let isDone = await run.subject.handle(run.context, try await next(run)) { _, _ in }
                try run.expect(isDone, equals: false, "it counts as completed")
                try await fill(false)
                try await run.time.pass(5)
                try run.expect(try await next(run).deliveryCount, equals: 2, "deliveries")
            },
        ]
    }

    /// Fails the case unless `body` throws an application error.
    private static func failure(_ run: Run, _ what: String, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch is ApplicationError {
            return
        }
        try run.expect(false, "\(what) did not throw")
    }

    // MARK: - Helpers

    private static let silent = CallbackMessageReceiver { _, _, _ in }

    /// The ways to settle a message.
    private static let settlements: [@Sendable (Run, MessageEnvelope) async throws -> Void] = [
        { run, message in try await run.subject.complete(run.context, message) },
        { run, message in try await run.subject.abandon(run.context, message) },
        { run, message in try await run.subject.moveToDeadLetter(run.context, message) },
    ]

    @discardableResult
    private static func send(_ run: Run, _ texts: [String]) async throws -> [MessageEnvelope] {
        var sent: [MessageEnvelope] = []
        for text in texts {
            let message = MessageEnvelope(run.context, "t", text)
            try await run.subject.send(run.context, message)
            sent.append(message)
        }
        return sent
    }

    /// Waits until sent messages can be peeked.
    private static func arrive(_ run: Run, _ count: Int) async throws {
        let clock = SystemClock()
        let end = clock.uptime + .seconds(10)
        while !run.subject.capabilities.canMessageCount, run.subject.capabilities.canPeek, clock.uptime < end,
            try await run.subject.peekBatch(run.context, count).count < count
        {
            try await clock.sleep(for: .milliseconds(1))
        }
    }

    /// Returns the next message, waiting for it if needed.
    private static func next(_ run: Run) async throws -> MessageEnvelope {
        var message = try await run.subject.receive(run.context, waitTimeout: .zero)
        let clock = SystemClock()
        let end = clock.uptime + .seconds(10)
        // A broker may deliver with a delay.
        while message == nil, !run.subject.capabilities.canMessageCount, clock.uptime < end {
            try await clock.sleep(for: .milliseconds(1))
            message = try await run.subject.receive(run.context, waitTimeout: .zero)
        }
        try run.expect(message != nil, "there is no message")
        return message ?? MessageEnvelope(.empty, nil, nil as [UInt8]?)
    }
}
