#if PIP_ACTIVEMQ
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// What the tests of the driver for STOMP are built on.
enum STOMPFixture {
    static let brokers = [STOMPBroker.activeMQ, .rabbitMQ]

    /// Why the tests on brokers cannot run; nil if they can.
    static let missing: String? = {
        let variables = ["PIP_TEST_ACTIVEMQ", "PIP_TEST_RABBITMQ"]
        let missing = variables.filter { ProcessInfo.processInfo.environment[$0] == nil }
        return missing.isEmpty
            ? nil : "\(missing.joined(separator: " and ")) is not set: run 'make test', which starts the brokers"
    }()

    /// The port of the broker that `make test` starts on loopback.
    static func port(_ broker: STOMPBroker) throws -> Int {
        try DriverFixture.port(broker == .activeMQ ? "PIP_TEST_ACTIVEMQ" : "PIP_TEST_RABBITMQ")
    }

    /// The configuration of a connection to a port of loopback.
    static func config(_ broker: STOMPBroker, _ port: Int? = nil, _ more: ConfigParams = [:]) throws -> ConfigParams {
        ConfigParams([
            "connection.host": "127.0.0.1", "connection.port": "\(try port ?? self.port(broker))",
            "credential.username": "guest", "credential.password": "guest",
        ]).override(more)
    }

    /// Does something on an open connection, and closes it.
    static func with<Result>(
        _ broker: STOMPBroker, _ port: Int? = nil, _ more: ConfigParams = [:],
        logger: RecordingLogger = RecordingLogger(), _ body: (STOMPTestConnection) async throws -> Result
    ) async throws -> Result {
        let connection = STOMPTestConnection(broker)
        try await connection.assemble(try config(broker, port, more), logger)
        do {
            try await connection.client.open(.empty)
            let result = try await body(connection)
            await connection.client.close(.empty)
            return result
        } catch {
            await connection.client.close(.empty)
            throw error
        }
    }

    /// A queue that no other test uses.
    static func name(_ name: String = "q") -> String { "test.\(IdGenerator.nextLong()).\(name)" }

    /// The code of the error with which a connection does not open, and its text.
    static func opening(
        _ broker: STOMPBroker, _ config: ConfigParams
    ) async throws -> (code: String, message: String) {
        let connection = STOMPTestConnection(broker)
        try await connection.assemble(config, RecordingLogger())
        do {
            try await connection.client.open(.empty)
            await connection.client.close(.empty)
            return ("", "it opened")
        } catch let error as ApplicationError {
            return (error.code, error.message)
        }
    }
}

/// A connection to either broker.
struct STOMPTestConnection: Sendable {
    let broker: STOMPBroker
    private let active: ActiveMQConnection?
    private let rabbit: RabbitMQConnection?

    init(_ broker: STOMPBroker) {
        self.broker = broker
        active = broker == .activeMQ ? ActiveMQConnection() : nil
        rabbit = broker == .rabbitMQ ? RabbitMQConnection() : nil
    }

    var client: STOMPClient { active?.client ?? rabbit?.client ?? STOMPClient(broker) }

    func assemble(_ config: ConfigParams, _ logger: RecordingLogger) async throws {
        let references: KeyValuePairs<Locator, any Sendable> = ["test:logger:recording:default:1.0": logger]
        if let active { try await PipServicesTesting.assemble(active, config: config, references: references) }
        if let rabbit { try await PipServicesTesting.assemble(rabbit, config: config, references: references) }
    }

    func isReady() async -> Bool { await DriverFixture.code { try await client.checkReadiness(.empty) } == nil }

    /// An open queue that shares the connection.
    func queue(
        _ name: String, _ config: ConfigParams = [:], logger: RecordingLogger = RecordingLogger()
    ) async throws -> any MessageQueue {
        let config = ConfigParams(["options.autosubscribe": "true"]).override(config)
        let queue: any MessageQueue & Component
        if let active {
            queue = try await PipServicesTesting.assemble(
                ActiveMQMessageQueue(name), config: config,
                references: [
                    "pip-services:connection:activemq:default:1.0": active, "test:logger:recording:default:1.0": logger,
                ])
        } else {
            queue = try await PipServicesTesting.assemble(
                RabbitMQMessageQueue(name), config: config,
                references: [
                    "pip-services:connection:rabbitmq:default:1.0": rabbit ?? RabbitMQConnection(),
                    "test:logger:recording:default:1.0": logger,
                ])
        }
        try await queue.open(.empty)
        return queue
    }
}

extension MessageQueue {
    /// Sends a text.
    func sendText(_ text: String, type: String? = "t") async throws {
        try await send(.empty, MessageEnvelope(.empty, type, text))
    }

    /// The next message, which is on its way.
    func next() async throws -> MessageEnvelope {
        try #require(try await receive(.empty, waitTimeout: .seconds(30)), "no message has come")
    }

    /// The texts of the next messages, which are completed.
    func takeTexts(_ count: Int) async throws -> [String] {
        var texts: [String] = []
        while texts.count < count {
            let message = try await next()
            texts.append(message.messageAsString ?? "")
            try await complete(.empty, message)
        }
        return texts
    }

    /// True if nothing comes for a while.
    func isSilent() async throws -> Bool { try await receive(.empty, waitTimeout: .milliseconds(300)) == nil }
}

/// The connector of a queue: to know what it holds.
func stompConnector(_ queue: any MessageQueue) -> STOMPMessageConnector? {
    (queue as? ActiveMQMessageQueue)?.connector ?? (queue as? RabbitMQMessageQueue)?.connector
}
#endif
