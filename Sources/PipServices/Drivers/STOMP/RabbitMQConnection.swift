#if PIP_ACTIVEMQ
/// A connection to RabbitMQ that the queues of a service share, over STOMP. The broker needs the
/// plugin `rabbitmq_stomp`.
///
/// One client sends for all queues; each queue that receives has another one. If a connection breaks, it is made again
/// automatically, at once and then with a back-off; subscriptions are renewed, and messages without a receipt are sent
/// again. Messages wait for the connection, at most `options.max_queue` of them and each at most
/// `options.command_timeout`. Several connections, or servers in a URI, are alternatives, which are tried in turn. The
/// loss and the recovery are logged once each. Counters: `rabbitmq.<name>.call_time`, `.in_flight`, `.queue_depth`,
/// `.reconnects`, `.breaker_state`.
public final class RabbitMQConnection: MessageQueueConnection, Component, Openable, Readiness, Checkable {
    /// The settings and the clients.
    let client = STOMPClient(.rabbitMQ)

    /// Creates a connection that is not open.
    public init() {}

    /// True while it is open, even if the broker cannot be reached at the moment.
    public var isOpen: Bool { client.isOpen }

    /// Connects. Does nothing if it is open.
    ///
    /// - Throws: Misconfiguration `NO_CONNECTION`, `NO_HOST`, `BAD_HOST`, `NO_PORT`, `UNSUPPORTED_PROTOCOL`,
    ///   `NO_PASSWORD`, `TLS_NOT_ENABLED`, `BAD_CERTIFICATE`, `BAD_KEY_FILE`, `NO_SSL_KEY_FILE`,
    ///   `NO_SSL_CRT_FILE`; FileError `READ_FAILED`; NoResponse `NO_CONNECTION` if no broker can be reached,
    ///   `ACCESS_DENIED` if it refuses the client, `TLS_FAILED` if the handshake fails; Internal `REF_ERROR`.
    public func open(_ context: Context) async throws { try await client.open(context) }

    /// Closes all connections. Waiting calls fail with InvalidState `NOT_OPENED`; messages that were sent without a
    /// receipt may have been delivered.
    public func close(_ context: Context) async throws { await client.close(context) }

    /// Checks the configuration, unless a discovery service or a credential store has to be asked for a part of it.
    /// - Throws: the Misconfiguration errors of ``open(_:)``.
    public func checkConfiguration(_ context: Context) async throws { try await client.checkConfiguration(context) }

    /// Fails with the reason if there is no connection. Nothing is sent: heart-beats notice a broker that is lost.
    public func checkReadiness(_ context: Context) async throws { try await client.checkReadiness(context) }

    /// Empty: STOMP cannot list queues.
    public func readQueueNames(_ context: Context) async throws -> [String] { [] }
    /// Does nothing: a queue is created when it is first used.
    public func createQueue(_ context: Context, _ name: String) async throws {}
    /// Does nothing: STOMP cannot delete queues.
    public func deleteQueue(_ context: Context, _ name: String) async throws {}
}
#endif
