#if PIP_MQTT
internal import DequeModule

/// Passes on the messages of one subscription sequentially, in a task that runs while there are any.
final class MQTTListener: Sendable {
    typealias Deliver = @Sendable (MQTTMessage) async throws -> Void

    private struct State: Sendable {
        var messages = Deque<MQTTMessage>()
        var isBusy = false
        var isRemoved = false
    }

    /// Identifies the listener in its connection.
    let id: Int
    private let deliver: Deliver
    /// Called for each message that is no longer buffered.
    private let onRelease: @Sendable (_ size: Int, _ failure: (any Error)?) -> Void
    private let state = Locked(State())

    init(
        _ id: Int, _ deliver: @escaping Deliver,
        onRelease: @escaping @Sendable (_ size: Int, _ failure: (any Error)?) -> Void
    ) {
        self.id = id
        self.deliver = deliver
        self.onRelease = onRelease
    }

    /// Passes on a message. After ``remove()``, messages are dropped.
    func add(_ message: MQTTMessage) {
        let (isFirst, isDropped) = state.withLock { state in
            if state.isRemoved { return (false, true) }
            state.messages.append(message)
            defer { state.isBusy = true }
            return (!state.isBusy, false)
        }
        if isDropped { onRelease(message.size, nil) }
        // Detached: a caller's cancellation must not affect the messages.
        if isFirst { Task.detached { await self.work() } }
    }

    /// Drops the buffered messages.
    func remove() {
        let dropped = state.withLock { state in
            state.isRemoved = true
            defer { state.messages = [] }
            return state.messages
        }
        for message in dropped { onRelease(message.size, nil) }
    }

    // MARK: - Internal

    private func work() async {
        while let message = next() {
            do {
                try await deliver(message)
                onRelease(message.size, nil)
            } catch {
                onRelease(message.size, error)
            }
        }
    }

    private func next() -> MQTTMessage? {
        state.withLock { state in
            let message = state.messages.popFirst()
            if message == nil { state.isBusy = false }
            return message
        }
    }
}
#endif
