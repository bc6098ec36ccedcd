#if PIP_ACTIVEMQ
/// The destinations and subscriptions of a queue.
struct STOMPRoute: Sendable {
    /// A destination with its headers.
    struct Target: Sendable {
        var destination: String
        var headers: STOMPHeaders = [:]
    }

    /// The headers of the subscriptions; none for a queue that only sends.
    var subscriptions: [STOMPHeaders] = []
    /// The destination of messages.
    var target: Target
    /// The destination of copies that only this queue receives.
    var home: Target
    /// The destination of dead letters.
    var dead: String
    /// The name of the queue, and whether the broker holds delayed copies.
    var name: String
    var delaysAtBroker = false
    /// Identifies the receiving connection to the broker.
    var clientId: String?
}

/// The settings of a queue that belong to one broker.
protocol STOMPRouting: Component {
    /// The broker.
    var broker: STOMPBroker { get }
    /// Returns the route of a queue.
    /// - Throws: Misconfiguration `BAD_QUEUE_NAME`, `NO_QUEUE`.
    func route(_ context: Context, _ queue: String, topic: String?) throws(ApplicationError) -> STOMPRoute
}

extension STOMPRouting {
    /// - Throws: Misconfiguration `BAD_QUEUE_NAME`.
    func check(_ context: Context, name: String, key: String) throws(ApplicationError) {
        guard let problem = broker.problem(ofName: name) else { return }
        throw .config(
            code: "BAD_QUEUE_NAME", key: key,
            "'\(key)' is '\(name.shortened)', which \(broker.name) can't use: \(problem); expected "
                + broker.nameForm, traceId: context.traceId)
    }
}
#endif
