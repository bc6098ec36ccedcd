/// Handles each message once, although queues deliver it at least once: a message whose id was seen is completed
/// without being handled again.
///
/// The ids of handled messages are kept in a store for `options.retention`, under `<options.prefix>.<queue>.<id>`.
/// While a message is handled, a lock in the store keeps other deliveries of it waiting. If the process stops between
/// handling a message and noting its id, the message is handled again: what must not be repeated belongs into one
/// transaction with its effect.
///
/// There is no counterpart in the toolkit.
public final class IdempotentMessageReceiver: MessageReceiver, Component {
    private let prefix = Setting("options.prefix", default: "message", "What the keys in the store start with")
    private let retention = Setting(
        "options.retention", default: Duration.seconds(86_400), in: Duration.milliseconds(1)...,
        "How long the id of a handled message is kept, in ms")
    private let lockTimeout = Setting(
        "options.lock_timeout", default: Duration.seconds(30), in: Duration.milliseconds(1)...,
        "After what time another delivery may handle a message whose receiver died, in ms")
    private let receiver: Dependency<any MessageReceiver>
    private let logger = CompositeLogger()
    private let lock: KeyValueLock
    private let store: @Sendable () -> any KeyValueConnector

    /// Creates a receiver.
    ///
    /// - Parameters:
    ///   - store: keeps the ids. A connector that is a component belongs to the receiver from then on.
    ///   - locators: where the receiver that handles messages is looked up; `dependencies.receiver` replaces it.
    public init(_ store: any KeyValueConnector, receiver locators: Locator...) {
        // The lock configures, opens and closes the store.
        lock = KeyValueLock(store)
        self.store = { store }
        receiver = Dependency("receiver", locators: locators.isEmpty ? ["none"] : locators)
    }

    /// Handles a message unless its id was seen.
    /// - Throws: what the receiver and the store throw.
    public func receiveMessage(_ context: Context, _ message: MessageEnvelope, _ queue: any MessageQueue) async throws {
        let receiver = try receiver()
        let (store, retention) = (store(), retention())
        let key = "\(prefix()).\(queue.name).\(message.messageId)"
        let (logger, lockKey) = (logger, key + ".lock")
        do {
            try await lock.withLock(context, lockKey, ttl: lockTimeout(), timeout: .zero) { _ in
                guard try await store.get(context, key) == nil else {
                    return logger.debug(context, "Message \(message.messageId) of \(queue.name) was handled before")
                }
                try await receiver.receiveMessage(context, message, queue)
                try await store.set(context, key, [UInt8(ascii: "1")], ttl: retention > .zero ? retention : nil)
            }
        } catch let error as ApplicationError
            where error.code.isSame(as: "LOCK_TIMEOUT") && error.details["key"] == .string(lockKey)
        {
            // By then the other delivery has ended, or its lock has. Each time longer: as long as that one runs, this one
            // must not use up its deliveries.
            let delay = lockTimeout().asSleep * (1 << min(max(message.deliveryCount - 1, 0), 10))
            try await queue.abandon(context, message, delay: min(delay, max(lockTimeout(), .seconds(3600))))
        }
    }
}
