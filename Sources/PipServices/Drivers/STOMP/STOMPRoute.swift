#if PIP_ACTIVEMQ
/// Where the messages of a queue go, and where they come from.
struct STOMPRoute: Sendable {
    /// Where something is sent to, with the headers that belong to it.
    struct Target: Sendable {
        var destination: String
        var headers: STOMPHeaders = [:]
    }

    /// The headers of the subscriptions; none for a queue that only sends.
    var subscriptions: [STOMPHeaders] = []
    /// Where messages are sent to.
    var target: Target
    /// Where copies are sent to that this queue alone shall receive.
    var home: Target
    /// Where dead letters are kept.
    var dead: String
    /// The name of the queue, and whether a delayed copy waits at the broker.
    var name: String
    var delaysAtBroker = false
    /// Identifies the receiving connection to the broker.
    var clientId: String?
}

/// The settings of a queue that belong to one broker.
protocol STOMPRouting: Component {
    /// Which broker it is.
    var broker: STOMPBroker { get }
    /// Where messages go.
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
