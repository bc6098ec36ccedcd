#if PIP_AZURE
import PipServicesTesting

@testable import PipServices

/// A Service Bus in this process with scripted responses. It records the requests to its receivers.
final class ScriptedAMQP: AMQPConnector, Component {
    typealias Drain = @Sendable (AMQPListener) -> AMQPFailure?

    private let accepts: @Sendable (Int) -> Bool
    private let drain: Drain
    private let manage: @Sendable (AMQPMessage) -> AMQPMessage?
    private let listeners = Locked<[ScalarText: AMQPListener]>([:])
    /// The number of received tokens.
    let tokens = Locked(0)
    /// The number of calls of management nodes.
    let managed = Locked(0)
    /// The credit granted to message receivers, and the requests to them.
    let credit = Locked(0)
    let calls = Locked<[String]>([])

    /// - Parameters:
    ///   - accepts: whether a token is accepted, by its number from 1.
    ///   - drain: the effect of a drain, and the reason of its failure.
    ///   - manage: the response of a management node.
    init(
        accepts: @escaping @Sendable (Int) -> Bool = { _ in true }, drain: @escaping Drain = { _ in nil },
        manage: @escaping @Sendable (AMQPMessage) -> AMQPMessage? = { _ in nil }
    ) { (self.accepts, self.drain, self.manage) = (accepts, drain, manage) }

    func connect(
        _ options: AMQPClientOptions, clock: any ClockSource, random: any RandomSource,
        onChange: @escaping @Sendable (AMQPChange) -> Void
    ) async throws -> any AMQPClient {
        let client = Client(broker: self)
        try await options.authorize?(client)
        return client
    }

    private struct Client: AMQPClient {
        let broker: ScriptedAMQP
        var missingReason: String? { nil }
        var queueDepth: Int { 0 }

        func send(
            _ message: [UInt8], to address: String, deadline: Duration?
        ) async -> Result<AMQPOutcome, AMQPFailure> {
            guard let request = try? AMQPMessage(message) else { return .success(.accepted) }
            if address == "$cbs" {
                broker.answer(address, request, broker.takeToken())
            } else if address.hasSuffix("$management"), let response = broker.manage(request) {
                broker.managed.withLock { $0 += 1 }
                broker.answer(address, request, response)
            }
            return .success(.accepted)
        }

        func receive(
            from source: AMQPSource, deadline: Duration?, _ listener: AMQPListener
        ) async -> Result<any AMQPReceiver, AMQPFailure> {
            broker.listeners.withLock { $0[ScalarText(source.address)] = listener }
            return .success(Receiver(broker: broker, listener: listener, isNode: source.address.contains("$")))
        }

        func close() async {}
    }

    private struct Receiver: AMQPReceiver {
        let broker: ScriptedAMQP
        let listener: AMQPListener
        let isNode: Bool
        var attachment: AMQPAttachment { AMQPAttachment() }

        func add(credit: Int) { broker.credit.withLock { $0 += credit } }

        func drain(deadline: Duration?) async -> Result<AMQPOutcome, AMQPFailure> {
            note("drain")
            return broker.drain(listener).map { .failure($0) } ?? .success(.accepted)
        }

        func settle(
            _ delivery: AMQPDeliveryID, _ outcome: AMQPOutcome, deadline: Duration?
        ) async -> Result<AMQPOutcome, AMQPFailure> {
            note("\(outcome)")
            return .success(outcome)
        }

        func close() async { note("close") }

        private func note(_ call: String) { if !isNode { broker.calls.withLock { $0.append(call) } } }
    }

    private func takeToken() -> AMQPMessage {
        let number = tokens.withLock { tokens in
            tokens += 1
            return tokens
        }
        var response = AMQPMessage()
        response.properties = ["status-code": .int(accepts(number) ? 202 : 500)]
        return response
    }

    private func answer(_ address: String, _ request: AMQPMessage, _ response: AMQPMessage) {
        var response = response
        response.correlationId = request.messageId
        var delivery = AMQPDelivery(id: AMQPDeliveryID(number: 1), tag: [], message: response.encoded)
        delivery.isSettled = true
        listeners.current[ScalarText(address)]?.onDelivery(delivery)
    }
}
#endif
