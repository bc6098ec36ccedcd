import PipServices
import PipServicesTesting
import Testing

/// The contract of connectors, on all that there are.
@Suite struct HTTPConnectorTests {
    @Test(arguments: HTTPConnectorContract().cases)
    func inProcess(contractCase: ContractCase<HTTPConnectorContract.Subject>) async throws {
        try await Self.withPeer { endpoint in
            try await contractCase.run { .init(InProcessHTTPConnector(endpoint), address: "local://peer") }
        }
    }

    #if PIP_CURL
    @Test(arguments: HTTPConnectorContract().cases)
    func curl(contractCase: ContractCase<HTTPConnectorContract.Subject>) async throws {
        try await Self.withPeer { endpoint in
            let connector = CurlConnector()
            let address = "http://127.0.0.1:\(endpoint.port ?? 0)"
            try await contractCase.run { .init(connector, address: address) }
            try await connector.close(.empty)
            await #expect(throws: ApplicationError.self) {
                _ = try await connector.send(.empty, HTTPClientRequest(.get, address))
            }
        }
    }
    #endif

    @Test("An address that answers again is no longer avoided") func recoveredAddress() async throws {
        let (clock, down) = (VirtualClock(), Locked<Set<String>>([]))
        let connector = ScriptedConnector { _, request in
            guard !down.withLock({ $0.contains(request.url) }) else {
                throw ApplicationError.connection(code: HTTPFailure.cannotConnect, "no connection")
            }
            return HTTPClientResponse(200, "")
        }
        let balancing = BalancingHTTPConnector(
            [.init("a", connector), .init("b", connector)], clock: clock, random: SystemRandom())
        func asked(_ count: Int) async throws -> [String] {
            let before = connector.requests.count
            for _ in 0..<count { _ = try await balancing.send(.empty, HTTPClientRequest(.get, "/")) }
            return connector.requests.dropFirst(before).map(\.url)
        }
        down.withLock { $0 = ["a/"] }
        #expect(try await asked(4).count { $0 == "a/" } == 1, "then it is avoided for a second")
        // It is asked all the same when no other one answers.
        down.withLock { $0 = ["b/"] }
        _ = try await asked(2)
        #expect(try await asked(4) == ["a/", "a/", "a/", "a/"])
    }

    @Test func anEndpointOfTheProcessIsFoundByItsAddress() async throws {
        try await Self.withPeer { endpoint in
            let port = try #require(endpoint.port)
            let connector = InProcessHTTPConnector(endpoint)
            for address in ["http://localhost:\(port)", "http://127.0.0.1:\(port)", "local://x:\(port)", "local://"] {
                let response = try await connector.send(
                    .empty, HTTPClientRequest(.get, "\(address)/contract/status/201"))
                #expect(response.status == 201)
            }
        }
    }

    @Test func anAddressElsewhereNamesWhatIsMissing() async throws {
        let error = await #expect(throws: ApplicationError.self) {
            let request = HTTPClientRequest(.get, "http://user:secret@example.com/a?b=c")
            _ = try await InProcessHTTPConnector().send(.fromTraceId("t"), request)
        }
        #expect(error?.traceId == "t")
        #expect(error?.message.contains("http://example.com/a") == true)
        #expect(error?.message.contains("secret") == false)
        #if PIP_CURL
        #expect(error?.code == "NO_CONNECTOR")
        #else
        #expect(error?.code == "NOT_COMPILED_IN")
        for part in ["PIP_CURL", "libcurl4-openssl-dev"] { #expect(error?.message.contains(part) == true) }
        #endif
    }

    /// A service whose endpoint has the contract's routes.
    static func withPeer(_ body: @Sendable (HTTPEndpoint) async throws -> Void) async throws {
        let yaml = """
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            - descriptor: test:controller:contract:default:1.0
            """
        let factory = Factory("test:controller:contract:*:1.0") { HTTPContractController() }
        try await withContainer(yaml: yaml, factories: [factory]) { container in
            try await body(try container.references.getOneRequired("*:endpoint:http:*:1.0"))
        }
    }
}
