import PipServices

/// A broker that pushes what is sent to its one subscriber, and delivers what was not acknowledged to the next one.
final class LoopbackTransport: MessageTransport {
    typealias Deliver = @Sendable (MessageEnvelope) async throws -> Void

    private struct State: Sendable {
        var subscriber: Deliver?
        var unacknowledged: [MessageEnvelope] = []
        var lastTag = 0
        var failures = 0
        var subscriptions = 0
        var acknowledged = 0
        var deadlines: [Duration?] = []
    }

    private let state = Locked(State())

    /// What the broker would deliver again.
    var unacknowledged: [MessageEnvelope] { state.withLock { $0.unacknowledged } }
    /// How many messages were acknowledged.
    var acknowledged: Int { state.withLock { $0.acknowledged } }
    /// The deadlines of what was sent.
    var deadlines: [Duration?] { state.withLock { $0.deadlines } }
    /// How many subscriptions were made.
    var subscriptions: Int { state.withLock { $0.subscriptions } }

    /// Makes the next subscriptions fail.
    func failSubscriptions(_ count: Int) { state.withLock { $0.failures = count } }

    func publish(_ context: Context, _ message: MessageEnvelope, to address: MessageAddress) async throws {
        let (sent, subscriber) = state.withLock { state in
            state.lastTag += 1
            state.deadlines.append(context.deadline)
            var message = message
            message.reference = MessageReference(queue: "broker", token: "\(state.lastTag)")
            state.unacknowledged.append(message)
            return (message, state.subscriber)
        }
        try await subscriber?(sent)
    }

    func subscribe(_ context: Context, _ address: MessageAddress, _ deliver: @escaping Deliver) async throws {
        let waiting = try state.withLock { state throws(ApplicationError) in
            guard state.failures == 0 else {
                state.failures -= 1
                throw ApplicationError.connection(code: "NO_BROKER", "The broker is out of reach")
            }
            state.subscriptions += 1
            state.subscriber = deliver
            return state.unacknowledged
        }
        Task {
            for message in waiting { try await deliver(message) }
        }
    }

    func unsubscribe(_ context: Context, _ address: MessageAddress) async throws {
        state.withLock { $0.subscriber = nil }
    }

    func acknowledge(_ context: Context, _ message: MessageEnvelope) async throws {
        state.withLock { state in
            state.acknowledged += 1
            state.unacknowledged.removeAll { $0.reference == message.reference }
        }
    }
}
