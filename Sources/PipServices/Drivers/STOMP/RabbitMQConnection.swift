#if PIP_ACTIVEMQ
/// A STOMP connection to RabbitMQ that the queues of a service share. The broker needs the plugin `rabbitmq_stomp`.
///
/// One client sends for all queues; each receiving queue has a client of its own. If a connection breaks, it is
/// re-established automatically, first at once and then with a back-off; subscriptions are renewed, and messages
/// without a receipt are resent. Messages wait for the connection: at most `options.max_queue` messages, each for at
/// most `options.command_timeout`. Several connections, or servers in a URI, are alternatives that are tried in turn.
/// Loss and recovery are each logged once. Counters: `rabbitmq.<name>.call_time`, `.in_flight`, `.queue_depth`,
/// `.reconnects`, `.breaker_state`.
public final class RabbitMQConnection: MessageQueueConnection, Component, Openable, Readiness, Checkable {
    /// The settings and the clients.
    let client = STOMPClient(.rabbitMQ)

    /// Creates a closed connection.
    public init() {}

    /// True while the connection is open, even if the broker is currently unreachable.
    public var isOpen: Bool { client.isOpen }

    /// Connects. Does nothing if already open.
    ///
    /// - Throws: Misconfiguration `NO_CONNECTION`, `NO_HOST`, `BAD_HOST`, `NO_PORT`, `UNSUPPORTED_PROTOCOL`,
    ///   `NO_PASSWORD`, `TLS_NOT_ENABLED`, `BAD_CERTIFICATE`, `BAD_KEY_FILE`, `NO_SSL_KEY_FILE`, `NO_SSL_CRT_FILE`;
    ///   FileError `READ_FAILED`; NoResponse `NO_CONNECTION` if no broker can be reached, `ACCESS_DENIED` if it rejects
    ///   the client, `TLS_FAILED` if the handshake fails; Internal `REF_ERROR`.
    public func open(_ context: Context) async throws { try await client.open(context) }

    /// Closes all connections. Waiting calls fail with InvalidState `NOT_OPENED`; sent messages without a receipt may
    /// have been delivered.
    public func close(_ context: Context) async throws { await client.close(context) }

    /// Checks the configuration, unless a part of it comes from a discovery service or a credential store.
    /// - Throws: the Misconfiguration errors of ``open(_:)``.
    public func checkConfiguration(_ context: Context) async throws { try await client.checkConfiguration(context) }

    /// Throws the reason if there is no connection. Sends nothing, because heart-beats detect the loss of a broker.
    public func checkReadiness(_ context: Context) async throws { try await client.checkReadiness(context) }

    /// Returns an empty list, because STOMP cannot list queues.
    public func readQueueNames(_ context: Context) async throws -> [String] { [] }
    /// Does nothing, because a queue is created on first use.
    public func createQueue(_ context: Context, _ name: String) async throws {}
    /// Does nothing, because STOMP cannot delete queues.
    public func deleteQueue(_ context: Context, _ name: String) async throws {}
}
#endif
