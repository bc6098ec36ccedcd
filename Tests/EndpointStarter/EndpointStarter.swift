import Foundation
import PipServices
import PipServicesTesting

/// Prints how many threads of event loops a process has when it has created an endpoint, and when the endpoint listens.
///
/// It is a process of its own because other tests start servers in theirs.
@main struct EndpointStarter {
    static func main() async throws {
        let endpoint = try await assemble(
            HTTPEndpoint(), config: ["connection.host": "127.0.0.1", "connection.port": "0"])
        try await endpoint.open(.empty)
        let created = try eventLoops()
        try await endpoint.startAccepting(.empty)
        print("RESULT \(created) \(try eventLoops())")
        await endpoint.drain(.empty)
    }

    private static func eventLoops() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count {
            (try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8))?.hasPrefix("NIO-") == true
        }
    }
}
