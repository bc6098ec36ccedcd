#if PIP_MQTT
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// What the tests of the driver for MQTT are built on.
enum MQTTFixture {
    /// The port of the broker that `make test` starts on loopback.
    static func port() throws -> Int { try DriverFixture.port("PIP_TEST_MOSQUITTO") }

    /// The configuration of a connection to a port of loopback.
    static func config(_ port: Int? = nil, _ more: ConfigParams = [:]) throws -> ConfigParams {
        ConfigParams(["connection.host": "127.0.0.1", "connection.port": "\(try port ?? self.port())"])
            .override(more)
    }

    /// Does something on an open connection, and closes it.
    static func with<Result>(
        _ port: Int? = nil, _ more: ConfigParams = [:], logger: RecordingLogger = RecordingLogger(),
        _ body: (MQTTConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try await assemble(
            MQTTConnection(), config: try config(port, more),
            references: ["test:logger:recording:default:1.0": logger])
        do {
            try await connection.open(.empty)
            let result = try await body(connection)
            try await connection.close(.empty)
            return result
        } catch {
            try await connection.close(.empty)
            throw error
        }
    }

    /// An open queue that shares a connection.
    static func queue(
        _ connection: MQTTConnection, _ name: String, _ config: ConfigParams = [:]
    ) async throws -> MQTTMessageQueue {
        let queue = try await assemble(
            MQTTMessageQueue(name), config: ConfigParams(["options.autosubscribe": "true"]).override(config),
            references: ["pip-services:connection:mqtt:default:1.0": connection])
        try await queue.open(.empty)
        return queue
    }

    /// A topic that no other test uses.
    static func topic(_ name: String = "t") -> String { "test/\(IdGenerator.nextLong())/\(name)" }

    /// The code of the error with which a connection does not open, and its text.
    static func opening(_ config: ConfigParams) async throws -> (code: String, message: String) {
        let connection = try await assemble(MQTTConnection(), config: config)
        do {
            try await connection.open(.empty)
            try await connection.close(.empty)
            return ("", "it opened")
        } catch let error as ApplicationError {
            return (error.code, error.message)
        }
    }

    /// Runs a client of mosquitto.
    static func client(_ name: String, _ arguments: [String]) async throws -> String {
        try await Program.run(name, ["-h", "127.0.0.1", "-p", "\(try port())"] + arguments)
    }
}

/// Collects what a subscription receives.
final class MQTTInbox: Sendable {
    private let received = Locked<[MQTTMessage]>([])

    var messages: [MQTTMessage] { received.current }
    var texts: [String] { messages.map { String(decoding: $0.payload, as: UTF8.self) } }

    func add(_ message: MQTTMessage) { received.withLock { $0.append(message) } }

    /// Waits until so many messages have come.
    func wait(for count: Int) async throws {
        try await waitUntil(within: .seconds(60)) { received.withLock { $0.count } >= count }
    }
}

extension MQTTConnection {
    /// Subscribes, and collects what comes.
    func collect(_ filter: String, qos: Int = 1) async throws -> MQTTInbox {
        let inbox = MQTTInbox()
        _ = try await subscribe(.empty, filter, qos: qos) { inbox.add($0) }
        return inbox
    }
}

extension MQTTMessage {
    init(_ topic: String, text: String, qos: Int = 1, isRetained: Bool = false) {
        self.init(topic, Array(text.utf8), qos: qos, isRetained: isRetained)
    }
}
#endif
