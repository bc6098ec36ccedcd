#if PIP_ACTIVEMQ || PIP_AMQP
import Foundation
import Testing

@testable import PipServices

extension ServerProcess {
    /// Starts Erlang's port mapper, which a RabbitMQ needs, and would start and leave behind.
    static func portMapper() async throws -> ServerProcess {
        try await ServerProcess(["epmd", "-address", "127.0.0.1", "-port"])
    }

    /// Starts a RabbitMQ of its own, whose messages survive it.
    /// - Parameters:
    ///   - folder: where it keeps its files.
    ///   - hasAMQP: true if its port is that of AMQP, and not that of STOMP.
    static func rabbitMQ(in folder: String, portMapper: Int, hasAMQP: Bool = false) async throws -> ServerProcess {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<5 { root.deleteLastPathComponent() }
        let ports = hasAMQP ? ["\(try Sockets.freePort())", "PORT"] : ["PORT", "\(try Sockets.freePort())"]
        return try await ServerProcess(
            ["bash", root.appending(path: "scripts/rabbitmq.sh").path] + ports + [folder, "\(portMapper)"])
    }
}
#endif
