import Glibc
import TestSupport
import Testing

/// What a service keeps of the memory that a peak of load took.
@Suite(.disabled(if: getenv("PIP_TEST_SANITIZER") != nil, "sanitizers bring their own way to manage memory"))
struct PeakTests {
    @Test("memory.trim_interval returns the memory of a load peak to the system") func memoryOfAPeakIsReturned()
        async throws
    {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let usual = try String(contentsOf: RunningService.beaconsConfig, encoding: .utf8)
        let settings = """

            - descriptor: "pip-services:container:default:default:1.0"
              memory: { trim_interval: 500 }
            """
        let config = try folder.write("config.yml", usual + settings)
        try await RunningService.run(config: config) { service async throws in
            let before = service.process.residentKilobytes
            var clients: [RawConnection] = []
            for _ in 0..<60 {
                let client = try RawConnection(port: service.port)
                try await client.send(
                    "POST /v1/beacons/get_beacons HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")
                clients.append(client)
            }
            // A bit of each in turn, so that what one takes lies between what others do.
            let bit = String(repeating: " ", count: 8000)
            for _ in 0..<60 {
                for client in clients { try await client.send(bit) }
            }
            let grown: Int? = try await Deadline.wait {
                let now = service.process.residentKilobytes
                return now - before > 25_000 ? now : nil
            }
            let peak = try #require(grown, "\(service.process.residentKilobytes - before) KB of bodies")
            clients = []
            let left: Int? = try await Deadline.wait {
                let now = service.process.residentKilobytes
                return now - before < (peak - before) / 2 ? now : nil
            }
            #expect(left != nil, "of \(peak - before) KB, \(service.process.residentKilobytes - before) are left")
        }
    }
}
