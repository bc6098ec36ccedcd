import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct HTTPLimitsTests {
    private func request(_ address: String = "1", key: String? = nil) -> RestRequest {
        var request = RestRequest(.get, "/", headers: HeaderFields(key.map { [(name: "X-Key", value: $0)] } ?? []))
        request.connection = { RestConnection(remoteAddress: address) }
        return request
    }

    private func limits(_ config: ConfigParams, _ clock: VirtualClock = VirtualClock()) async throws -> HTTPLimits {
        try await assemble(HTTPLimits(), config: config, references: ["test:clock:virtual:default:1.0": clock])
    }

    private func status(_ limits: HTTPLimits, _ request: RestRequest) async -> Int {
        await limits.run(request) { RestResponse() }.status
    }

    @Test func aClientHasSoManyRequestsPerSecond() async throws {
        let clock = VirtualClock()
        let limits = try await limits(["options.rate_limit": "2", "options.rate_burst": "3"], clock)
        for _ in 0..<3 { #expect(await status(limits, request()) == 200) }
        let refused = await limits.run(request()) { RestResponse() }
        #expect(refused.status == 429)
        #expect(refused.headers.contains { $0 == ("Retry-After", "1") })
        #expect(await status(limits, request("2")) == 200, "another client has its own")
        clock.advance(by: .milliseconds(500))
        #expect(await status(limits, request()) == 200)
        #expect(await status(limits, request()) == 429)
        clock.advance(by: .seconds(100))
        for _ in 0..<3 { #expect(await status(limits, request()) == 200) }
        #expect(await status(limits, request()) == 429, "a bucket holds no more than it holds")
    }

    @Test func aFieldTellsClientsApart() async throws {
        let limits = try await limits(["options.rate_limit": "1", "options.rate_key": "X-Key"])
        #expect(await status(limits, request("1", key: "a")) == 200)
        #expect(await status(limits, request("2", key: "a")) == 429)
        #expect(await status(limits, request("1", key: "b")) == 200)
        #expect(await status(limits, request("1")) == 200)
        #expect(await status(limits, request("2")) == 429, "who brings no key is one client")
    }

    @Test func requestsInFlightAreBounded() async throws {
        let limits = try await limits(["options.max_in_flight": "1"])
        let response = await limits.run(request()) {
            let inner = await limits.run(request()) { RestResponse() }
            #expect(inner.status == 503)
            #expect(inner.headers.contains { $0 == ("Retry-After", "1") })
            return RestResponse(status: 204)
        }
        #expect(response.status == 204)
        #expect(limits.requestsInFlight == 0)
        #expect(await status(limits, request()) == 200)
    }

    @Test func aStreamedAnswerIsInFlightUntilItIsWritten() async throws {
        let limits = try await limits(["options.max_in_flight": "1"])
        var response: RestResponse? = await limits.run(request()) { .stream { try await $0([1, 2]) } }
        #expect(limits.requestsInFlight == 1)
        #expect(await status(limits, request()) == 503)
        #expect(try await response?.collected().body == [1, 2])
        response = nil
        #expect(limits.requestsInFlight == 0)
        // One that is never written is not counted for ever.
        _ = await limits.run(request()) { .stream { _ in } }
        #expect(limits.requestsInFlight == 0)
        #expect(await status(limits, request()) == 200)
    }

    @Test func aRequestThatTakesTooLongIsCancelled() async throws {
        let clock = VirtualClock()
        let limits = try await limits(["options.request_timeout": "1000"], clock)
        let task = Task {
            try await limits.bounded(.empty) {
                try await clock.sleep(for: .seconds(5))
                return RestResponse()
            }
        }
        for _ in 0..<2000 where clock.sleeperCount < 2 { try await Task.sleep(for: .milliseconds(5)) }
        clock.advance(by: .seconds(1))
        let error = await #expect(throws: ApplicationError.self) { try await task.value }
        #expect(error?.code == "REQUEST_TIMEOUT")
        #expect(error?.status == 503)
        #expect(try await limits.bounded(.empty) { RestResponse(status: 204) }.status == 204)
    }

    @Test(arguments: [
        ("1500", Duration.milliseconds(1500)), ("0", .zero), ("-1", nil), ("x", nil), ("", nil), ("1e3", nil),
    ])
    func theCallersPatienceIsTheDeadline(text: String, expected: Duration?) async throws {
        let clock = VirtualClock()
        let limits = try await limits([:], clock)
        var request = request()
        request.headers = HeaderFields([(name: "request-timeout-ms", value: text)])
        #expect(limits.deadline(of: request) == expected.map { clock.uptime + $0 })
        request.headers = HeaderFields([(name: "request-timeout-ms", value: "9223372036854775807")])
        #expect(limits.deadline(of: request) != nil)
    }

    @Test func manyClientsTakeNoMoreMemory() {
        var limiter = RateLimiter()
        for client in 0..<50_000 {
            _ = limiter.take("\(client)", now: .milliseconds(client), rate: 0.001, burst: 5)
        }
        #expect(limiter.count <= RateLimiter.capacity)
    }

    @Test func aBodyThatBreaksOffGivesBackItsShare() async throws {
        let budget = BodyBudget(limit: 30_000)
        func body(_ count: Int, breaksOff: Bool = false) -> RestBody {
            RestBody(
                RestBodySource(limit: 100_000, budget: budget, length: nil) { take in
                    try await take([UInt8](repeating: 1, count: count))
                    if breaksOff { throw CancellationError() }
                })
        }
        let broken = body(40_000, breaksOff: true)
        await #expect(throws: CancellationError.self) { try await broken.bytes() }
        let kept = body(40_000)
        #expect(try await kept.bytes().count == 40_000)
        let refused = await #expect(throws: ApplicationError.self) { try await body(40_000).bytes() }
        #expect(refused?.code == "OVERLOADED")
        // What is refused leaves nothing taken either.
        #expect(try await body(20_000).bytes().count == 20_000)
        withExtendedLifetime((broken, kept)) {}
    }

    @Test("All of the memory for bodies can be taken, and not a byte more") func bodiesFillTheirMemory() throws {
        let budget = BodyBudget(limit: 10)
        do {
            let (first, second) = (BodyBudget.Share(budget), BodyBudget.Share(budget))
            try first.take(4)
            try second.take(6)
            #expect(throws: ApplicationError.self) { try second.take(1) }
            withExtendedLifetime(first) {}
        }
        try BodyBudget.Share(budget).take(10)
    }

    @Test func oddValuesDoNotTrap() async throws {
        let limits = try await limits([
            "options.rate_limit": "1e-300", "options.rate_burst": "0", "options.min_rate": "9223372036854775807",
            "options.transfer_timeout": "3200000000000", "options.header_timeout": "1",
            "options.max_connections": "1",
            "options.request_max_size": "1", "options.header_max_size": "1024", "options.bodies_max_size": "0",
        ])
        #expect(await status(limits, request()) == 200)
        #expect(await status(limits, request()) == 429)
        #expect(limits.server.connections == 1)
        #if PIP_HTTP
        _ = ConnectionGuard(limits.server)
        #endif
    }

    @Test(arguments: ["options.header_max_size": "1023", "options.max_connections": "0", "options.header_timeout": "0"])
    func whatIsTooSmallIsAnError(key: String, value: String) async {
        let error = await #expect(throws: ApplicationError.self) { _ = try await limits([key: value]) }
        #expect(error?.code == "BAD_CONFIG")
        #expect(error?.message.contains("'\(key)'") == true, "\(error?.message ?? "")")
    }
}
