/// Handles each message once, although queues deliver at least once: duplicates, recognized by the message id, are
/// completed without handling.
///
/// The ids of handled messages are kept in a store for `options.retention`, under `<options.prefix>.<queue>.<id>`. A
/// lock in the store blocks concurrent deliveries of a message. If the process stops between handling a message and
/// storing its id, the message is handled again: for effects that must not be repeated, use one transaction for both.
///
/// There is no counterpart in the toolkit.
public final class IdempotentMessageReceiver: MessageReceiver, Component {
    private let prefix = Setting("options.prefix", default: "message", "The prefix of the keys in the store")
    private let retention = Setting(
        "options.retention", default: Duration.seconds(86_400), in: Duration.milliseconds(1)...,
        "How long the id of a handled message is kept, in ms")
    private let lockTimeout = Setting(
        "options.lock_timeout", default: Duration.seconds(30), in: Duration.milliseconds(1)...,
        "The time after which another delivery may handle a message whose receiver died, in ms")
    private let receiver: Dependency<any MessageReceiver>
    private let logger = CompositeLogger()
    private let lock: KeyValueLock
    private let store: @Sendable () -> any KeyValueConnector

    /// Creates a receiver.
    ///
    /// - Parameters:
    ///   - store: stores the ids. A connector that is a component becomes a child of the receiver.
    ///   - locators: the locators of the receiver that handles messages; `dependencies.receiver` replaces them.
    public init(_ store: any KeyValueConnector, receiver locators: Locator...) {
        // The lock configures, opens and closes the store.
        lock = KeyValueLock(store)
        self.store = { store }
        receiver = Dependency("receiver", locators: locators.isEmpty ? ["none"] : locators)
    }

    /// Handles a message unless its id is known.
    /// - Throws: errors of the receiver and the store.
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
            // By then, the other delivery or its lock has ended. The delay doubles, so that a long handler does not use
            // up the deliveries of this one.
            let delay = lockTimeout().asSleep * (1 << min(max(message.deliveryCount - 1, 0), 10))
            try await queue.abandon(context, message, delay: min(delay, max(lockTimeout(), .seconds(3600))))
        }
    }
}
