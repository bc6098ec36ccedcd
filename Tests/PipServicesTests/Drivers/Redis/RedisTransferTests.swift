#if PIP_REDIS
import PipServicesTesting
import Testing

@testable import PipServices

/// Large values on a slow network: a transfer that takes longer than `options.command_timeout`, while bytes move.
@Suite struct RedisTransferTests {
    /// More than the system buffers; at the pace of the proxy it takes 3 s at least.
    private static let size = 40 << 20
    private static let pace = FaultProxy.Mode.slow(.milliseconds(5))
    /// The server may be silent for 3 s; the whole call may take four times as long.
    private static let limits: ConfigParams = ["options.command_timeout": "3000"]

    /// The codes of calls that are made during a transfer; nil for those that succeed.
    private func callsMeanwhile(_ redis: RedisConnection, _ proxy: FaultProxy, after questions: Int) async throws
        -> [String?]
    {
        try await waitUntil(within: .seconds(30)) { proxy.questions > questions }
        return await withTaskGroup(of: String?.self) { group in
            for number in 0..<10 {
                group.addTask {
                    await DriverFixture.code {
                        try await redis.set(.empty, "other.\(number)", [UInt8(number)], ttl: nil)
                        #expect(try await redis.get(.empty, "other.\(number)") == [UInt8(number)])
                    }
                }
            }
            return await group.reduce(into: [String?]()) { $0.append($1) }
        }
    }

    @Test("A reply that takes longer than command_timeout arrives, while other calls wait and succeed")
    func reply() async throws {
        let server = try await ServerProcess.redis()
        let proxy = try FaultProxy(to: server.port)
        let value = [UInt8](repeating: UInt8(ascii: "x"), count: Self.size)
        try await RedisFixture.with(server.port, ["options.command_timeout": "60000"]) { direct in
            try await direct.set(.empty, "large", value, ttl: nil)
        }
        try await RedisFixture.with(proxy.port, Self.limits) { redis in
            let questions = proxy.questions
            proxy.set(Self.pace)
            let time = try await DriverFixture.time {
                async let large = redis.get(.empty, "large")
                let codes = try await callsMeanwhile(redis, proxy, after: questions)
                #expect(try await large == value)
                #expect(codes.allSatisfy { $0 == nil }, "\(codes)")
            }
            #expect(time > .seconds(3), "it was not slow: \(time)")
            #expect(proxy.connections == 1)
        }
    }

    @Test("An upload that takes longer than command_timeout arrives, and the connection is kept")
    func upload() async throws {
        let server = try await ServerProcess.redis()
        let proxy = try FaultProxy(to: server.port)
        try await RedisFixture.with(proxy.port, Self.limits) { redis in
            let questions = proxy.questions
            proxy.set(Self.pace)
            let time = try await DriverFixture.time {
                async let large: Void = redis.set(
                    .empty, "large", [UInt8](repeating: UInt8(ascii: "x"), count: Self.size), ttl: nil)
                let codes = try await callsMeanwhile(redis, proxy, after: questions)
                try await large
                // What is not sent within its own time is not sent at all.
                #expect(Set(codes).isSubset(of: [nil, "NO_ANSWER"]), "\(codes)")
            }
            #expect(time > .seconds(3), "it was not slow: \(time)")
            proxy.set(.pass)
            #expect(try await redis.execute(.empty, RedisCommand("STRLEN", "large")).integer == Int64(Self.size))
            #expect(proxy.connections == 1)
        }
    }
}
#endif
