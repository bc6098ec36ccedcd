/// Passes the messages of a queue to a receiver while the service runs.
///
/// ```yaml
/// - descriptor: pip-services:message-listener:default:default:1.0
///   options: { concurrency: 10 }
///   dependencies: { queue: "*:message-queue:*:orders:1.0", receiver: "orders:message-receiver:*:*:1.0" }
/// ```
/// As an edge, it starts receiving after every component is open. At shutdown it stops receiving first and waits for
/// the messages in flight; those not handled in time return to the queue.
public final class MessageListener: Component, Edge {
    private let concurrency = Setting(
        "options.concurrency", default: 1, in: 1...10_000, "The maximum number of messages handled concurrently")
    private let queue = Dependency<any MessageQueue>("queue", "*:message-queue:*:*:1.0")
    private let receiver = Dependency<any MessageReceiver>("receiver", "*:message-receiver:*:*:1.0")
    private let logger = CompositeLogger()
    private let clock = ClockSlot()
    private let random = RandomSlot()
    private let consumer = Locked<MessageConsumer?>(nil)

    /// Creates a listener.
    public init() {}

    /// True while the listener receives messages.
    public var isOpen: Bool { consumer.withLock { $0.map { !$0.isStopped } ?? false } }

    /// True after ``drain(_:)`` has begun; for tests.
    var isDraining: Bool { consumer.withLock { $0?.isStopping ?? false } }

    /// Does nothing, because receiving starts with ``startAccepting(_:)``.
    public func open(_ context: Context) async throws {}

    /// Starts receiving messages. Has no effect if it is already receiving.
    /// - Throws: InvalidState `NOT_OPENED` if the queue is not open.
    public func startAccepting(_ context: Context) async throws {
        let (queue, receiver) = (try queue(), try receiver())
        guard await queue.isOpen else { throw ApplicationError.queueNotOpened(context, queue.name) }
        let started = MessageConsumer(
            queue, receiver, concurrency: concurrency(), wait: .seconds(30), clock: clock(), random: random(),
            logger: logger)
        let isFirst = consumer.withLock { consumer in
            guard consumer?.isStopped ?? true else { return false }
            consumer = started
            return true
        }
        guard isFirst else { return }
        started.start(.empty)
        logger.info(context, "Listening to the queue \(queue.name)")
    }

    /// Stops receiving messages and waits for those in flight. If the task is cancelled, they return to the queue.
    public func drain(_ context: Context) async {
        let consumer = consumer.current
        consumer?.stop()
        await consumer?.waitUntilStopped()
    }

    /// Returns the messages that ``drain(_:)`` has not finished to the queue.
    public func close(_ context: Context) async throws {
        let consumer = consumer.withLock { consumer in
            defer { consumer = nil }
            return consumer
        }
        consumer?.cancel()
        await consumer?.waitUntilStopped()
    }
}
