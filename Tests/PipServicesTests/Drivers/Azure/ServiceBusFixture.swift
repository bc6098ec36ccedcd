#if PIP_AZURE && PIP_AMQP
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// What the tests of Service Bus are built on: the stand-in, which Azure's own client passes too.
enum ServiceBusFixture {
    static let missing: String? =
        ProcessInfo.processInfo.environment["PIP_TEST_SERVICE_BUS"] == nil
        ? "PIP_TEST_SERVICE_BUS is not set: run 'make test', which starts the stand-in" : nil

    static func port() throws -> Int { try DriverFixture.port("PIP_TEST_SERVICE_BUS") }

    static func managementPort() throws -> Int { try DriverFixture.port("PIP_TEST_SERVICE_BUS_MANAGEMENT") }

    /// An address of the stand-in's management API, and of its tokens.
    static func management(_ path: String = "") throws -> String { "http://127.0.0.1:\(try managementPort())/\(path)" }

    /// The configuration of a queue or topic on a port of loopback.
    static func config(_ port: Int? = nil, _ more: ConfigParams = [:]) throws -> ConfigParams {
        let policy: ConfigParams = [
            "credential.access_id": "RootManageSharedAccessKey", "credential.access_key": "SAS_KEY_VALUE",
        ]
        return try base(port).override(policy).override(more)
    }

    /// The configuration of one that proves by tokens who it is.
    static func identityConfig(_ identity: ConfigParams) throws -> ConfigParams {
        try base().override(["credential.authority": .some(try management("entra"))]).override(identity)
    }

    private static func base(_ port: Int? = nil) throws -> ConfigParams {
        [
            "connection.uri": "amqp://127.0.0.1:\(try port ?? self.port())",
            "connection.management_uri": .some(try management()),
            "options.reconnect_timeout": "20", "options.max_reconnect_timeout": "100",
        ]
    }

    /// A name that no other test uses.
    /// - Parameter kind: what the stand-in does with it.
    static func name(_ kind: String = "q") -> String { "\(kind).\(IdGenerator.nextLong())" }

    /// The references of a queue, with the connector of AMQP.
    static func references(
        _ logger: RecordingLogger = RecordingLogger(), _ http: (any HTTPConnector & Component)? = nil
    ) -> References {
        var references: [(Locator, any Sendable)] = [
            ("pip-services:amqp-connector:proton:default:1.0", AMQPProton()),
            ("test:logger:recording:default:1.0", logger),
        ]
        if let http { references.append(("test:http-connector:test:default:1.0", http)) }
        return References(references)
    }

    /// An open queue.
    static func queue(
        _ name: String, _ port: Int? = nil, _ config: ConfigParams = [:], identity: ConfigParams? = nil,
        http: (any HTTPConnector & Component)? = nil, logger: RecordingLogger = RecordingLogger()
    ) async throws -> ServiceBusMessageQueue {
        let queue = try await assemble(
            ServiceBusMessageQueue(name),
            config: try identity.map { try identityConfig($0).override(config) } ?? self.config(port, config),
            references: references(logger, http))
        try await queue.open(.empty)
        return queue
    }

    /// An open topic.
    static func topic(
        _ name: String, _ config: ConfigParams = [:], identity: ConfigParams? = nil,
        http: (any HTTPConnector & Component)? = nil, logger: RecordingLogger = RecordingLogger()
    ) async throws -> ServiceBusMessageTopic {
        let topic = try await assemble(
            ServiceBusMessageTopic(name),
            config: try identity.map { try identityConfig($0).override(config) } ?? self.config(nil, config),
            references: references(logger, http))
        try await topic.open(.empty)
        return topic
    }
}
#endif
