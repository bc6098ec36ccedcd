#if PIP_CURL
import Foundation
import PipServices
import Testing

/// The curl connector against peers with TLS, HTTP/2, a proxy before them, and one that never accepts a connection.
@Suite struct TransportTests {
    private struct Ports: Decodable {
        let http, tls, mutual, h2, h2c, proxy, full: Int
        let faults: [String: Int]
    }

    private struct Answer: Codable, Equatable {
        var path: String
        var client: String?
    }

    private struct Peers {
        let process: ChildProcess
        let ports: Ports
        let folder: URL

        func file(_ name: String) -> String { folder.appending(path: name).path }

        /// How many lines the peers have written that start with a word.
        func count(_ word: String) -> Int { process.output.split(separator: "\n").count { $0.hasPrefix(word) } }

        func wait(for word: String, _ number: Int) async throws {
            let isThere: Bool? = try await Deadline.wait { count(word) >= number ? true : nil }
            try #require(isThere == true, "\(process.transcript)")
        }
    }

    private func with(_ body: (Peers, CurlConnector) async throws -> Void) async throws {
        let python = try #require(
            ProcessInfo.processInfo.environment["PIP_TEST_PYTHON"], "PIP_TEST_PYTHON names no Python")
        let folder = try TemporaryFolder()
        let script = Built.source("Tests/Servers/transport_service.py").path
        try await ChildProcess.run(URL(filePath: python), [script, folder.url.path]) { process async throws in
            let line = try await process.waitForOutput(#/(\{.*\})\nREADY/#)
            let ports = try JSONDecoder().decode(Ports.self, from: Data(line.1.utf8))
            let connector = CurlConnector()
            try await body(Peers(process: process, ports: ports, folder: folder.url), connector)
            try await connector.close(.empty)
        }
        withExtendedLifetime(folder) {}
    }

    private func send(
        _ connector: CurlConnector, _ url: String, _ change: (inout HTTPClientRequest) -> Void = { _ in }
    ) async throws -> Answer {
        var request = HTTPClientRequest(.get, url, timeout: .seconds(60))
        change(&request)
        let bytes = try await connector.send(.empty, request).body.collect(upTo: 10_000)
        return try JSONDecoder().decode(Answer.self, from: Data(bytes))
    }

    private func error(_ body: () async throws -> Void) async -> ApplicationError? {
        do { try await body() } catch { return error as? ApplicationError }
        return nil
    }

    @Test func onlyTrustedCertificatesOfTheRightHostAreTaken() async throws {
        try await with { peers, connector async throws in
            let url = "https://localhost:\(peers.ports.tls)/a"
            let answer = try await send(connector, url) { $0.transport.caFile = peers.file("ca.pem") }
            #expect(answer == Answer(path: "/a"))
            let unknown = await error { _ = try await send(connector, url) }
            let otherHost = await error {
                _ = try await send(connector, "https://127.0.0.1:\(peers.ports.tls)/a") {
                    $0.transport.caFile = peers.file("ca.pem")
                }
            }
            let noFile = await error {
                _ = try await send(connector, "https://localhost:\(peers.ports.tls)/a") {
                    $0.transport.caFile = peers.file("none.pem")
                }
            }
            for error in [unknown, otherHost, noFile] {
                #expect(error?.code == HTTPFailure.tlsFailed)
                #expect(error.map { HTTPFailure.isUnsent($0) } == true)
            }
            let plain = await error {
                _ = try await send(connector, "https://localhost:\(peers.ports.http)/a")
            }
            #expect(plain?.code == HTTPFailure.tlsFailed)
        }
    }

    @Test("A new connection to a known peer resumes its TLS session") func tlsSessionsAreResumed() async throws {
        try await with { peers, connector async throws in
            for isResumed in [false, true, true] {
                var request = HTTPClientRequest(
                    .get, "https://localhost:\(peers.ports.tls)/session", timeout: .seconds(60))
                request.transport.caFile = peers.file("ca.pem")
                let bytes = try await connector.send(.empty, request).body.collect(upTo: 10_000)
                let answer = try JSONDecoder().decode([String: Bool].self, from: Data(bytes))
                #expect(answer == ["resumed": isResumed])
            }
        }
    }

    @Test func theClientsCertificateIsSent() async throws {
        try await with { peers, connector async throws in
            let url = "https://localhost:\(peers.ports.mutual)/a"
            let nobody = await error {
                _ = try await send(connector, url) { $0.transport.caFile = peers.file("ca.pem") }
            }
            // In TLS 1.3 the peer's refusal comes when the client already writes.
            #expect([HTTPFailure.tlsFailed, HTTPFailure.connectionLost].contains(nobody?.code ?? ""))
            let answer = try await send(connector, url) {
                $0.transport.caFile = peers.file("ca.pem")
                $0.transport.certificateFile = peers.file("client.pem")
                $0.transport.keyFile = peers.file("client.key")
            }
            #expect(answer == Answer(path: "/a", client: "client"))
            // A connection that was made with a certificate serves no request without it.
            let other = await error {
                _ = try await send(connector, url) { $0.transport.caFile = peers.file("ca.pem") }
            }
            #expect(other != nil)
        }
    }

    @Test func aClientTakesItsCertificatesFromTheConfiguration() async throws {
        try await with { peers, _ async throws in
            let container = Container(
                "calls", factories: [Factory("test:client:rest:*:1.0") { RestClient(baseRoute: "v1") }])
            await container.configure(
                try ContainerConfigReader.readFromYAML(
                    """
                    - descriptor: test:client:rest:default:1.0
                      connection: { protocol: https, host: localhost, port: \(peers.ports.mutual) }
                      credential:
                        ssl_ca_file: "\(peers.file("ca.pem"))"
                        ssl_crt_file: "\(peers.file("client.pem"))"
                        ssl_key_file: "\(peers.file("client.key"))"
                      options: { timeout: 60000, trace_id_place: headers }
                    """))
            try await container.open(.empty)
            let client: RestClient = try container.references.getOneRequired("test:client:rest:*:1.0")
            let answer: Answer? = try await client.call(.empty, .get, "a")
            #expect(answer == Answer(path: "/v1/a", client: "client"))
            try await container.close(.empty)
        }
    }

    @Test func aClientTakesItsProxyFromTheConfiguration() async throws {
        try await with { peers, _ async throws in
            let proxy = "http://user:pass@127.0.0.1:\(peers.ports.proxy)"
            let answer: Answer? = try await call(
                "a",
                """
                connection: { host: 127.0.0.1, port: \(peers.ports.http) }
                options: { timeout: 60000, trace_id_place: headers, proxy: "\(proxy)" }
                """)
            #expect(answer == Answer(path: "/v1/a"))
            let line = "PROXY GET http://127.0.0.1:\(peers.ports.http)/v1/a dXNlcjpwYXNz"
            #expect(peers.process.output.contains("\(line)\n"), "\(peers.process.transcript)")
        }
    }

    /// The peer understands nothing but HTTP/2.
    @Test func aClientTakesItsVersionOfHTTPFromTheConfiguration() async throws {
        try await with { peers, _ async throws in
            let answer: [String: Int]? = try await call(
                "a",
                """
                connection: { host: 127.0.0.1, port: \(peers.ports.h2c) }
                options: { timeout: 60000, http_version: 2 }
                """)
            #expect(answer == ["connection": 1])
        }
    }

    #if PIP_JWT
    /// The address takes longer than it may by default, and who the file vouches for is trusted by nobody else.
    @Test func theKeysOfTokensComeByTLS() async throws {
        try await with { peers, connector async throws in
            let address = "https://localhost:\(peers.ports.tls)"
            var request = HTTPClientRequest(.get, "\(address)/token", timeout: .seconds(60))
            request.transport.caFile = peers.file("ca.pem")
            let bytes = try await connector.send(.empty, request).body.collect(upTo: 10_000)
            let token = try JSONDecoder().decode([String: String].self, from: Data(bytes))["token"] ?? ""
            let user = try await user(
                of: token,
                """
                jwks_url: "\(address)/slow/keys"
                credential: { ssl_ca_file: "\(peers.file("ca.pem"))" }
                options: { timeout: 60000 }
                """)
            #expect(user == "ann")
            let untrusted = await error {
                _ = try await self.user(
                    of: token,
                    """
                    jwks_url: "\(address)/keys"
                    options: { timeout: 60000 }
                    """)
            }
            #expect(untrusted?.code == HTTPFailure.tlsFailed)
        }
    }

    /// Whom a token signs in at a service that is configured like this.
    private func user(of token: String, _ settings: String) async throws -> String? {
        let container = Container("signs-in", factories: [])
        try await configure(container, "pip-services:authenticator:jwt:default:1.0", settings)
        try await container.open(.empty)
        let authenticator: JWTAuthenticator = try container.references.getOneRequired("*:authenticator:jwt:*:1.0")
        do {
            let user = try await authenticator.authenticate(.empty, token)
            try await container.close(.empty)
            return user?.id
        } catch {
            try await container.close(.empty)
            throw error
        }
    }
    #endif

    /// What a client that is configured like this gets from a route.
    private func call<Value: Codable & Sendable>(_ route: String, _ settings: String) async throws -> Value? {
        let container = Container(
            "calls", factories: [Factory("test:client:rest:*:1.0") { RestClient(baseRoute: "v1") }])
        try await configure(container, "test:client:rest:default:1.0", settings)
        try await container.open(.empty)
        let client: RestClient = try container.references.getOneRequired("test:client:rest:*:1.0")
        do {
            let value: Value? = try await client.call(.empty, .get, route)
            try await container.close(.empty)
            return value
        } catch {
            try await container.close(.empty)
            throw error
        }
    }

    private func configure(_ container: Container, _ descriptor: String, _ settings: String) async throws {
        let lines = settings.split(separator: "\n").map { "  \($0)" }
        let yaml = "- descriptor: \(descriptor)\n\(lines.joined(separator: "\n"))"
        await container.configure(try ContainerConfigReader.readFromYAML(yaml))
    }

    /// The peer answers eight streams of one connection at once, and not one of them before.
    @Test func requestsShareAConnection() async throws {
        try await with { peers, connector async throws in
            let address = "https://localhost:\(peers.ports.h2)"
            let caFile = peers.file("ca.pem")
            @Sendable func call(_ number: Int) async throws -> String {
                var request = HTTPClientRequest(
                    number.isMultiple(of: 2) ? .get : .post, "\(address)/\(number)",
                    body: HTTPBody(number.isMultiple(of: 2) ? [] : [1, 2, 3]), timeout: .seconds(60))
                request.transport.caFile = caFile
                let response = try await connector.send(.empty, request)
                #expect(response.status == 200)
                return String(decoding: try await response.body.collect(upTo: 1000), as: UTF8.self)
            }
            for _ in 0..<2 {
                let answers = try await withThrowingTaskGroup(of: String.self) { group in
                    for number in 0..<8 { group.addTask { try await call(number) } }
                    return try await group.reduce(into: Set()) { $0.insert($1) }
                }
                #expect(answers == [#"{"connection":1}"#])
            }
            // A call that is cancelled resets its stream, and leaves the connection to the others.
            let tasks = (0..<7).map { number in Task { try await call(number) } }
            try await peers.wait(for: "STREAM", 23)
            tasks[3].cancel()
            await #expect(throws: CancellationError.self) { _ = try await tasks[3].value }
            // libcurl sends the reset with what it sends next.
            let late = (0..<2).map { number in Task { try await call(number) } }
            try await peers.wait(for: "RESET", 1)
            for (number, task) in (tasks + late).enumerated() where number != 3 {
                #expect(try await task.value == #"{"connection":1}"#)
            }
            #expect(peers.count("RESET") == 1)
            // With nothing else on the connection it is closed, so that the peer stops at once.
            let alone = Task { try await call(0) }
            try await peers.wait(for: "STREAM", 26)
            alone.cancel()
            await #expect(throws: CancellationError.self) { _ = try await alone.value }
            try await peers.wait(for: "CLOSED", 1)
        }
    }

    /// By both versions of HTTP; nothing of it harms the next call.
    @Test(arguments: [
        ("dies", [HTTPFailure.connectionLost]), ("resets", [HTTPFailure.connectionLost]),
        ("leaves", [HTTPFailure.connectionLost]), ("garbage", [HTTPFailure.connectionLost, HTTPFailure.badResponse]),
        ("hangs", [HTTPFailure.timeout]),
    ])
    func peersWithTLSFailInTheMidstOfAnAnswer(_ fault: String, _ expected: [String]) async throws {
        try await with { peers, connector async throws in
            let port = try #require(peers.ports.faults[fault])
            for version in [HTTPTransport.Version.http1, .automatic] {
                for streams in [false, true] {
                    let start = ContinuousClock.now
                    let code = await error {
                        var request = HTTPClientRequest(
                            .get, "https://localhost:\(port)/a", timeout: .seconds(fault == "hangs" ? 3 : 60))
                        request.transport.caFile = peers.file("ca.pem")
                        request.transport.version = version
                        request.streamsResponse = streams
                        _ = try await connector.send(.empty, request).body.collect(upTo: 1000)
                    }?.code
                    #expect(expected.contains(code ?? "none"), "\(code ?? "none"), \(version), streams: \(streams)")
                    #expect(ContinuousClock.now - start < .seconds(20))
                }
            }
            // A connection of HTTP/2 may be good for the next stream after one that failed.
            let (http1, http2) = (peers.count("FAULT http/1.1"), peers.count("FAULT h2"))
            #expect(http1 == 2 && (1...2).contains(http2), "\(peers.process.transcript)")
            let url = "https://localhost:\(peers.ports.tls)/a"
            #expect(try await send(connector, url) { $0.transport.caFile = peers.file("ca.pem") } == Answer(path: "/a"))
        }
    }

    @Test func http2NeedsNoTLS() async throws {
        try await with { peers, connector async throws in
            for number in 0..<10 {
                var request = HTTPClientRequest(
                    number.isMultiple(of: 2) ? .get : .post, "http://127.0.0.1:\(peers.ports.h2c)/\(number)",
                    body: HTTPBody(number.isMultiple(of: 2) ? [] : [1, 2, 3]), timeout: .seconds(60))
                request.transport.version = .http2
                #expect(try await connector.send(.empty, request).status == 200)
            }
        }
    }

    @Test func aProxyStandsBetween() async throws {
        try await with { peers, connector async throws in
            let proxy = "http://user:pass@127.0.0.1:\(peers.ports.proxy)"
            let plain = try await send(connector, "http://127.0.0.1:\(peers.ports.http)/a") {
                $0.transport.proxy = proxy
            }
            #expect(plain == Answer(path: "/a"))
            let secure = try await send(connector, "https://localhost:\(peers.ports.tls)/b") {
                $0.transport.proxy = proxy
                $0.transport.caFile = peers.file("ca.pem")
            }
            #expect(secure == Answer(path: "/b"))
            let lines = peers.process.output.split(separator: "\n").filter { $0.hasPrefix("PROXY") }
            #expect(
                lines == [
                    "PROXY GET http://127.0.0.1:\(peers.ports.http)/a dXNlcjpwYXNz",
                    "PROXY CONNECT localhost:\(peers.ports.tls) dXNlcjpwYXNz",
                ])
            for wrong in ["bad://user:secret@127.0.0.1:1", "http://user:secret@127.0.0.1:1", "http://user:secret@[:::"]
            {
                let error = await error {
                    _ = try await send(connector, "http://127.0.0.1:\(peers.ports.http)/a") {
                        $0.transport.proxy = wrong
                    }
                }
                #expect(error?.code == HTTPFailure.cannotConnect)
                let text = "\(error?.message ?? "") \(error?.details ?? AnyValueMap())"
                #expect(error != nil && !text.contains("secret"), "\(text)")
            }
        }
    }

    /// The proxy checks credentials only when a tunnel is opened.
    @Test("A proxy tunnel is not shared by requests with other credentials")
    func tunnelsBelongToTheirCredentials() async throws {
        try await with { peers, connector async throws in
            for user in ["ann", "bob"] {
                let answer = try await send(connector, "https://localhost:\(peers.ports.tls)/a") {
                    $0.transport.proxy = "http://\(user):pass@127.0.0.1:\(peers.ports.proxy)"
                    $0.transport.caFile = peers.file("ca.pem")
                }
                #expect(answer == Answer(path: "/a"))
            }
            let lines = peers.process.output.split(separator: "\n").filter { $0.hasPrefix("PROXY") }
            let expected = ["ann", "bob"].map { user in
                "PROXY CONNECT localhost:\(peers.ports.tls) \(Data("\(user):pass".utf8).base64EncodedString())"
            }
            #expect(lines.map { String($0) } == expected)
        }
    }

    @Test func connectingEndsInTimeAndTheNextAddressIsTaken() async throws {
        try await with { peers, connector async throws in
            let late = await error {
                _ = try await send(connector, "http://127.0.0.1:\(peers.ports.full)/a") {
                    $0.connectTimeout = .milliseconds(100)
                }
            }
            #expect(late?.code == HTTPFailure.connectTimeout)
            let container = Container(
                "calls", factories: [Factory("test:client:rest:*:1.0") { RestClient(baseRoute: "v1") }])
            await container.configure(
                try ContainerConfigReader.readFromYAML(
                    """
                    - descriptor: test:client:rest:default:1.0
                      connections:
                        a: { host: 127.0.0.1, port: \(peers.ports.full) }
                        b: { host: 127.0.0.1, port: \(peers.ports.http) }
                      options: { timeout: 8000, trace_id_place: headers }
                    """))
            try await container.open(.empty)
            let client: RestClient = try container.references.getOneRequired("test:client:rest:*:1.0")
            // Whichever of them is the first. Without its share of the time, connecting would take all of it.
            for _ in 0..<2 {
                let answer: Answer? = try await client.call(.empty, .get, "a")
                #expect(answer == Answer(path: "/v1/a"))
            }
            try await container.close(.empty)
        }
    }
}
#endif
