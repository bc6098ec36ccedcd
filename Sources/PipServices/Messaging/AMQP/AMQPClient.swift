/// An AMQP 1.0 client: a connection that is re-established automatically.
///
/// Drivers use it through this protocol, because a driver must not depend on another driver. Safe to use from any task.
protocol AMQPClient: Sendable {
    /// The reason that there is no connection; nil while connected.
    var missingReason: String? { get }
    /// The number of unsent calls.
    var queueDepth: Int { get }

    /// Sends a message and waits for the broker's outcome. If the connection is lost before that, the message is
    /// resent.
    func send(_ message: [UInt8], to address: String, deadline: Duration?) async -> Result<AMQPOutcome, AMQPFailure>

    /// Starts receiving. The receiver is active when the call returns, and is renewed with each new connection.
    func receive(
        from source: AMQPSource, deadline: Duration?, _ listener: AMQPListener
    ) async -> Result<any AMQPReceiver, AMQPFailure>

    /// Closes the connection. Waiting calls fail.
    func close() async
}

/// Receives messages from one address through an ``AMQPClient``.
protocol AMQPReceiver: Sendable {
    /// The state of the link as the broker last opened it.
    var attachment: AMQPAttachment { get }
    /// Grants credit for further messages.
    func add(credit: Int)
    /// Requests the available messages, up to the remaining credit, and then returns the unused credit.
    func drain(deadline: Duration?) async -> Result<AMQPOutcome, AMQPFailure>
    /// Settles a delivery. With ``AMQPSource/settlesSecond``, waits for the broker's confirmation.
    /// - Returns: the broker's outcome.
    func settle(
        _ delivery: AMQPDeliveryID, _ outcome: AMQPOutcome, deadline: Duration?
    ) async -> Result<AMQPOutcome, AMQPFailure>
    /// Stops receiving. The broker redelivers unsettled messages.
    func close() async
}

/// Identifies a delivery on the current connection.
struct AMQPDeliveryID: Sendable, Hashable {
    let number: Int
}

/// A received message.
struct AMQPDelivery: Sendable {
    let id: AMQPDeliveryID
    /// The broker's tag of the delivery.
    let tag: [UInt8]
    let message: [UInt8]
    /// True if the broker does not await a settlement.
    var isSettled = false
    /// True if the message exceeded the size limit and was not read.
    var isOversized = false
}

/// The callbacks of a receiver. An ``AMQPClient`` calls them on its own thread, so they must return quickly.
struct AMQPListener: Sendable {
    /// Accepts a message.
    let onDelivery: @Sendable (AMQPDelivery) -> Void
    /// Called with the reason when the connection was lost or the broker closed the link. All deliveries become
    /// invalid; the link is renewed.
    let onLoss: @Sendable (String) -> Void
    /// Called when the broker rejects the renewal of the link.
    var onEnd: @Sendable (AMQPFailure) -> Void = { _ in }
}

/// The source of a receiver's messages.
struct AMQPSource: Sendable {
    var address: String
    /// The address of the receiver, for replies.
    var target: String?
    /// A filter of the source, such as a session of Service Bus; nil for none.
    var filter: AMQPMap?
    /// The properties of the link, which are sent to the broker; nil for none.
    var properties: AMQPMap?
    /// The maximum number of unsettled messages; 0 if credit is granted by ``AMQPReceiver/add(credit:)``.
    var prefetch = 0
    /// True for an address with durable messages.
    var isDurable = false
    /// True if the broker sends messages already settled.
    var isPresettled = false
    /// False to end the receiver with the connection.
    var isRenewed = true
    /// True to request confirmed settlements (`rcv-settle-mode` second), which RabbitMQ does not support.
    var settlesSecond = false
}

/// A receiver's link as the broker opened it.
struct AMQPAttachment: Sendable, Hashable {
    /// The name of the link.
    var name = ""
    /// The effective filter.
    var filter = AMQPMap()
    /// The link properties that the broker sent.
    var properties = AMQPMap()
}

/// An AMQP 1.0 error condition.
struct AMQPCondition: Sendable, Hashable, CustomStringConvertible {
    let name: String
    let text: String

    var description: String { text.isEmpty ? name : "\(name): \(text)" }

    func isOne(of names: String...) -> Bool { names.contains { name.isSame(as: $0) } }
}

/// The outcome of a delivery.
enum AMQPOutcome: Sendable, Hashable {
    /// It was handled.
    case accepted
    /// It can't be handled, for the given reason. Brokers dead-letter or drop it.
    case rejected(AMQPCondition?, info: AMQPMap = AMQPMap())
    /// It was not processed.
    case released
    /// It is returned to the broker.
    case modified(hasFailed: Bool, isUndeliverable: Bool)
}

/// Creates AMQP 1.0 clients.
protocol AMQPConnector: Sendable {
    /// Connects.
    /// - Parameter onChange: called when the connection is lost or re-established.
    /// - Throws: ``AMQPConnectionError`` if connecting fails; Internal `NO_DESCRIPTOR`, `NO_THREAD`.
    func connect(
        _ options: AMQPClientOptions, clock: any ClockSource, random: any RandomSource,
        onChange: @escaping @Sendable (AMQPChange) -> Void
    ) async throws -> any AMQPClient
}

/// A change of the connection of an ``AMQPClient``.
enum AMQPChange: Sendable {
    case lost(AMQPConnectionError, server: BrokerServer)
    case reconnected(BrokerServer)
}
