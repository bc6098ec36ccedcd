/// A client of AMQP 1.0 as the queues see it: one connection, which is made again automatically.
///
/// Drivers reach it through this protocol, since a driver never names another one. All calls are safe from any task.
protocol AMQPClient: Sendable {
    /// Why there is no connection; nil if there is one.
    var missingReason: String? { get }
    /// The number of calls that wait to be sent.
    var queueDepth: Int { get }

    /// Sends a message, and waits for what the broker says of it. It is sent again if the connection is lost before.
    func send(_ message: [UInt8], to address: String, deadline: Duration?) async -> Result<AMQPOutcome, AMQPFailure>

    /// Starts to receive. It has started when the call returns, and is renewed with each connection.
    func receive(
        from source: AMQPSource, deadline: Duration?, _ listener: AMQPListener
    ) async -> Result<any AMQPReceiver, AMQPFailure>

    /// Ends the connection. Calls that wait fail.
    func close() async
}

/// Messages that an ``AMQPClient`` receives from one address.
protocol AMQPReceiver: Sendable {
    /// What the broker made of the source when the link was last opened.
    var attachment: AMQPAttachment { get }
    /// Asks for further messages.
    func add(credit: Int)
    /// Asks for the messages that there are, for the credit that is left, which ends with that.
    func drain(deadline: Duration?) async -> Result<AMQPOutcome, AMQPFailure>
    /// Ends a delivery. With ``AMQPSource/settlesSecond``, waits until the broker confirms that.
    /// - Returns: what the broker made of it.
    func settle(
        _ delivery: AMQPDeliveryID, _ outcome: AMQPOutcome, deadline: Duration?
    ) async -> Result<AMQPOutcome, AMQPFailure>
    /// Stops. The broker delivers again what was not settled.
    func close() async
}

/// Identifies a delivery for as long as its connection lasts.
struct AMQPDeliveryID: Sendable, Hashable {
    let number: Int
}

/// A message that arrived.
struct AMQPDelivery: Sendable {
    let id: AMQPDeliveryID
    /// Identifies the delivery to the broker, which chose it.
    let tag: [UInt8]
    let message: [UInt8]
    /// The broker does not wait for a settlement.
    var isSettled = false
    /// The message was larger than allowed, and was not read.
    var isOversized = false
}

/// What an ``AMQPClient`` tells of a receiver, on its own thread: the functions must return soon.
struct AMQPListener: Sendable {
    /// Accepts a message.
    let onDelivery: @Sendable (AMQPDelivery) -> Void
    /// All deliveries are void: the connection was lost, or the broker ended the link; why. It is renewed.
    let onLoss: @Sendable (String) -> Void
    /// The broker refuses to renew the link.
    var onEnd: @Sendable (AMQPFailure) -> Void = { _ in }
}

/// Where a receiver's messages come from.
struct AMQPSource: Sendable {
    var address: String
    /// The address of the receiver, for replies.
    var target: String?
    /// A filter of the source, such as a session of Service Bus; nil for none.
    var filter: AMQPMap?
    /// What the broker is told of the link; nil for nothing.
    var properties: AMQPMap?
    /// How many messages the broker delivers before it waits for settlements; 0 for ``AMQPReceiver/add(credit:)``.
    var prefetch = 0
    /// True for an address whose messages survive.
    var isDurable = false
    /// True for messages that are settled when they are sent.
    var isPresettled = false
    /// False to end with the connection.
    var isRenewed = true
    /// True to have settlements confirmed, by `rcv-settle-mode` second, which RabbitMQ refuses.
    var settlesSecond = false
}

/// A link of a receiver as the broker has opened it.
struct AMQPAttachment: Sendable, Hashable {
    /// The name of the link.
    var name = ""
    /// The filter that is in force.
    var filter = AMQPMap()
    /// What the broker tells of the link.
    var properties = AMQPMap()
}

/// An error as AMQP 1.0 names it.
struct AMQPCondition: Sendable, Hashable, CustomStringConvertible {
    let name: String
    let text: String

    var description: String { text.isEmpty ? name : "\(name): \(text)" }

    func isOne(of names: String...) -> Bool { names.contains { name.isSame(as: $0) } }
}

/// What becomes of a delivery.
enum AMQPOutcome: Sendable, Hashable {
    /// It was handled.
    case accepted
    /// It can't be handled; why. Brokers move it to their dead letters, or drop it.
    case rejected(AMQPCondition?, info: AMQPMap = AMQPMap())
    /// It was not looked at.
    case released
    /// It goes back.
    case modified(hasFailed: Bool, isUndeliverable: Bool)
}

/// Creates clients of AMQP 1.0.
protocol AMQPConnector: Sendable {
    /// Connects.
    /// - Parameter onChange: called when the connection is lost or made again.
    /// - Throws: ``AMQPConnectionError`` if that is not possible; Internal `NO_DESCRIPTOR`, `NO_THREAD`.
    func connect(
        _ options: AMQPClientOptions, clock: any ClockSource, random: any RandomSource,
        onChange: @escaping @Sendable (AMQPChange) -> Void
    ) async throws -> any AMQPClient
}

/// What becomes of the connection of an ``AMQPClient``.
enum AMQPChange: Sendable {
    case lost(AMQPConnectionError, server: BrokerServer)
    case reconnected(BrokerServer)
}
