#if PIP_ACTIVEMQ || PIP_AMQP
import Foundation
import Testing

@testable import PipServices

extension ServerProcess {
    /// Starts Erlang's port mapper, which RabbitMQ would otherwise start and leave running.
    static func portMapper() async throws -> ServerProcess {
        try await ServerProcess(["epmd", "-address", "127.0.0.1", "-port"])
    }

    /// Starts a separate RabbitMQ, whose messages survive a restart.
    /// - Parameters:
    ///   - folder: the folder of its files.
    ///   - hasAMQP: true if ``port`` is the port of AMQP, false if it is that of STOMP.
    static func rabbitMQ(in folder: String, portMapper: Int, hasAMQP: Bool = false) async throws -> ServerProcess {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<5 { root.deleteLastPathComponent() }
        let ports = hasAMQP ? ["\(try Sockets.freePort())", "PORT"] : ["PORT", "\(try Sockets.freePort())"]
        return try await ServerProcess(
            ["bash", root.appending(path: "scripts/rabbitmq.sh").path] + ports + [folder, "\(portMapper)"])
    }
}
#endif
