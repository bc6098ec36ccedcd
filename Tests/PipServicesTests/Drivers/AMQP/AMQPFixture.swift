#if PIP_AMQP
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// What the tests of the driver for AMQP 1.0 are built on: RabbitMQ with the plugin `rabbitmq_amqp1_0`.
enum AMQPFixture {
    /// Why the tests on the broker cannot run; nil if they can.
    static let missing: String? =
        ProcessInfo.processInfo.environment["PIP_TEST_RABBITMQ_AMQP"] == nil
        ? "PIP_TEST_RABBITMQ_AMQP is not set: run 'make test', which starts the broker" : nil

    /// The port of the broker that `make test` starts on loopback.
    static func port() throws -> Int { try DriverFixture.port("PIP_TEST_RABBITMQ_AMQP") }

    /// The configuration of a connection to a port of loopback.
    static func config(_ port: Int? = nil, _ more: ConfigParams = [:]) throws -> ConfigParams {
        ConfigParams([
            "connection.host": "127.0.0.1", "connection.port": "\(try port ?? self.port())",
            "credential.username": "guest", "credential.password": "guest",
        ]).override(more)
    }

    /// Does something on an open connection, and closes it.
    static func with<Result>(
        _ port: Int? = nil, _ more: ConfigParams = [:], logger: RecordingLogger = RecordingLogger(),
        _ body: (AMQPConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try await assemble(
            AMQPConnection(), config: try config(port, more), references: ["test:logger:recording:default:1.0": logger])
        do {
            try await connection.open(.empty)
            let result = try await body(connection)
            try await connection.close(.empty)
            return result
        } catch {
            try? await connection.close(.empty)
            throw error
        }
    }

    /// An open queue that shares a connection.
    static func queue(
        _ connection: AMQPConnection, _ name: String, _ config: ConfigParams = [:],
        logger: RecordingLogger = RecordingLogger()
    ) async throws -> AMQPMessageQueue {
        let queue = try await assemble(
            AMQPMessageQueue(name), config: ConfigParams(["options.autosubscribe": "true"]).override(config),
            references: [
                "pip-services:connection:amqp:default:1.0": connection, "test:logger:recording:default:1.0": logger,
            ])
        try await queue.open(.empty)
        return queue
    }

    /// A queue that no other test uses.
    static func name(_ name: String = "q") -> String { "test.\(IdGenerator.nextLong()).\(name)" }

    /// The code of the error with which a connection does not open, and its text.
    static func opening(_ config: ConfigParams) async throws -> (code: String, message: String) {
        let connection = try await assemble(AMQPConnection(), config: config)
        do {
            try await connection.open(.empty)
            try await connection.close(.empty)
            return ("", "it opened")
        } catch let error as ApplicationError {
            return (error.code, error.message)
        }
    }

    /// Sends a text.
    static func send(_ queue: any MessageQueue, _ text: String, type: String? = "t") async throws {
        try await queue.send(.empty, MessageEnvelope(.empty, type, text))
    }

    /// The next message, which is on its way.
    static func next(_ queue: any MessageQueue) async throws -> MessageEnvelope {
        try #require(try await queue.receive(.empty, waitTimeout: .seconds(30)), "no message has come")
    }

    /// The texts of the next messages, which are completed.
    static func take(_ queue: any MessageQueue, _ count: Int) async throws -> [String] {
        var texts: [String] = []
        while texts.count < count {
            let message = try await next(queue)
            texts.append(message.messageAsString ?? "")
            try await queue.complete(.empty, message)
        }
        return texts
    }

    /// True if nothing comes for a while.
    static func isSilent(_ queue: any MessageQueue) async throws -> Bool {
        try await queue.receive(.empty, waitTimeout: .milliseconds(300)) == nil
    }
}
#endif
