#if PIP_AWS && PIP_CURL
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// A function in the stand-in for the Lambda runtime, see `Tests/Servers/lambda_runtime.py`.
@Suite struct LambdaRuntimeTests {
    typealias Fixture = LambdaFixture

    /// A runtime with a function that runs in it.
    private final class Running: Sendable {
        let server: ServerProcess
        private let stop: AsyncStream<Void>.Continuation
        private let task: Task<Int32, Never>
        private let folder: String

        init(_ yaml: String = Fixture.yaml, _ function: LambdaFunction = Fixture.function()) async throws {
            let server = try await ServerProcess.python(AWSFixture.script("lambda_runtime.py"))
            let folder = FileManager.default.temporaryDirectory.appending(path: "pip-lambda-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try yaml.write(toFile: "\(folder)/config.yml", atomically: true, encoding: .utf8)
            let environment: AnyValueMap = [
                "AWS_LAMBDA_RUNTIME_API": .string(server.address), "CONFIG_PATH": .string("\(folder)/config.yml"),
                "GREETING": "Hi",
            ]
            let (stops, stop) = AsyncStream<Void>.makeStream()
            (self.server, self.stop, self.folder) = (server, stop, folder)
            task = Task { await function.run(environment: environment, until: stops) }
        }

        deinit {
            stop.finish()
            server.kill()
            try? FileManager.default.removeItem(atPath: folder)
        }

        /// Ends the function as SIGTERM does; returns the exit code, and nil if it does not end.
        func end() async -> Int32? {
            stop.finish()
            return try? await withTimeout(.seconds(30), clock: SystemClock()) { [task] in await task.value }
        }

        var code: Int32 { get async { await task.value } }

        func invoke(_ event: AnyValue, deadline: Int = 3000) async throws -> HTTPClientResponse {
            try await CurlConnector().send(
                .empty,
                HTTPClientRequest(
                    .post, "http://\(server.address)/2015-03-31/functions/f/invocations",
                    headers: [("X-Test-Deadline-Ms", "\(deadline)")], body: HTTPBody(JSONWriter.bytes(of: event)),
                    timeout: .seconds(30)))
        }

        func read(_ path: String) async throws -> AnyValue {
            let response = try await CurlConnector().send(
                .empty, HTTPClientRequest(.get, "http://\(server.address)\(path)"))
            return try JSONParser.parse(response.body.bytes ?? [])
        }

        /// A client of the function, with signatures.
        func client(secret: String = "secret") async throws -> LambdaClient {
            let config = AWSFixture.config(
                "http://\(server.address)",
                [
                    "connection.arn": "arn:aws:lambda:us-east-1:123456789012:function:f",
                    "credential.access_key": secret,
                ])
            let client = try await AWSFixture.assembled(LambdaClient(), config, CurlConnector())
            try await client.open(.empty)
            return client
        }
    }

    @Test("Events are handled sequentially, with their deadline, trace and ids") func events() async throws {
        let running = try await Running()
        let response = try await running.invoke(["cmd": "context"], deadline: 5000)
        let value = try JSONParser.parse(response.body.bytes ?? [])
        #expect(response.status == 200 && response[header: "X-Amz-Function-Error"] == nil)
        #expect(value["trace_id"] == "5759e988bd862e3fe1be46a994272793" && value["parent"] == "53995c3f42cd8ad8")
        #expect(value["arn"]?.string?.hasSuffix(":function:f") == true && value["request"]?.string?.isEmpty == false)
        #expect((3000...5000).contains(value["left"]?.getAsDouble() ?? 0))
        for index in 0..<20 {
            let response = try await running.invoke(["cmd": "greet", "name": .string("\(index)")])
            #expect(try JSONParser.parse(response.body.bytes ?? []) == .string("Hello, \(index)!"))
        }
        #expect(await running.end() == 0)
    }

    @Test("A client with a valid key receives results and errors; one with a wrong key does not") func client()
        async throws
    {
        let running = try await Running()
        let client = try await running.client()
        #expect(try await client.call(.empty, "greet", ["name": "Ann"]) == "Hello, Ann!")
        let error = await AWSFixture.error { _ = try await client.call(.empty, "fail", ["id": "1"], as: AnyValue.self) }
        #expect(error?.code == "NOT_THERE" && error?.category == .notFound && error?.details["id"] == "1")
        try await client.callOneWay(.fromTraceId("later"), "greet", ["name": "Ben"])
        let results = try await running.read("/test/results")
        #expect(results[0]?["cmd"] == "greet" && results[0]?["trace_id"] == "later")
        let stranger = try await running.client(secret: "wrong")
        let refused = await AWSFixture.error { _ = try await stranger.call(.empty, "greet", as: AnyValue.self) }
        #expect(refused?.code == "CALL_FAILED" && refused?.awsCode == "InvalidSignatureException")
        #expect(await DriverFixture.code { _ = try await client.call(.empty, "", as: Int.self) } == "NO_COMMAND")
        #expect(await running.end() == 0)
    }

    @Test("An event that exceeds its deadline fails, and the next one is handled") func deadline()
        async throws
    {
        let running = try await Running()
        let response = try await running.invoke(["cmd": "sleep"], deadline: 300)
        #expect(response[header: "X-Amz-Function-Error"] == "Unhandled")
        #expect(try JSONParser.parse(response.body.bytes ?? [])["code"] == "TIMEOUT")
        #expect(
            try await running.invoke(["cmd": "none"]).body.bytes.map { String(decoding: $0, as: UTF8.self) } == "null")
        #expect(await running.end() == 0)
    }

    @Test("A response that the runtime rejects is reported as an error") func largeResponse() async throws {
        let running = try await Running()
        let response = try await running.invoke(["cmd": "large"], deadline: 60_000)
        #expect(response[header: "X-Amz-Function-Error"] == "Unhandled")
        #expect(try JSONParser.parse(response.body.bytes ?? [])["code"] == "RESPONSE_TOO_LARGE")
        #expect(await running.end() == 0)
    }

    @Test(
        "Errors of the start are reported to the runtime, without secrets",
        arguments: [
            ("- descriptor: nobody:knows:this:one:1.0", "UNKNOWN_DESCRIPTOR"), ("- descriptor: [", "READ_FAILED"),
            ("[]", "REF_ERROR"),
        ])
    func initErrors(yaml: String, code: String) async throws {
        let running = try await Running(yaml)
        #expect(await running.code == 1)
        let errors = try await running.read("/test/init-errors")
        #expect(errors.array?.count == 1)
        #expect(errors[0]?["body"]?["code"]?.string == code || code == "UNKNOWN_DESCRIPTOR")
        #expect(errors[0]?["type"]?.string?.hasPrefix("Runtime.") == true)
        #expect(errors[0]?["body"]?["errorMessage"]?.string?.isEmpty == false)
    }

    @Test("Outside Lambda, the error names the variable") func outside() async throws {
        let error = await AWSFixture.error {
            _ = try LambdaRuntimeClient(.empty, [:], connector: CurlConnector())
        }
        #expect(error?.code == "NO_RUNTIME" && error?.message.contains("AWS_LAMBDA_RUNTIME_API") == true)
    }

    @Test("An unreachable runtime ends the function with an error") func runtimeGone() async throws {
        let running = try await Running()
        _ = try await running.invoke(["cmd": "none"])
        running.server.kill()
        #expect(await running.code == 1)
    }

    @Test("An event in flight is finished before the function ends") func shutdown() async throws {
        let running = try await Running()
        _ = try await running.invoke(["cmd": "none"])
        let slow = Task { try await running.invoke(["cmd": "sleep"], deadline: 1000) }
        try await SystemClock().sleep(for: .milliseconds(300))
        #expect(await running.end() == 0)
        #expect(try await slow.value[header: "X-Amz-Function-Error"] == "Unhandled")
    }

    /// A component that opens until it is cancelled.
    private final class Slow: Component, Openable {
        let begun = Locked(false)

        func open(_ context: Context) async throws {
            begun.withLock { $0 = true }
            try await SystemClock().sleep(for: .seconds(300))
        }
        func close(_ context: Context) async throws {}
    }

    private final class Witness: Component, Openable {
        let isOpen = Locked(false)
        func open(_ context: Context) async throws { isOpen.withLock { $0 = true } }
        func close(_ context: Context) async throws { isOpen.withLock { $0 = false } }
    }

    @Test("SIGTERM during startup cancels it, closes opened components, and is not an error")
    func endedStart() async throws {
        let (slow, witness) = (Slow(), Witness())
        let factory = Factory()
            .register("test:witness:default:*:1.0") { witness }
            .register("test:slow:default:*:1.0") { slow }
        let yaml = """
            - descriptor: test:witness:default:default:1.0
            - descriptor: test:slow:default:default:1.0
            """
        let running = try await Running(yaml, LambdaFunction("f", factories: [factory]))
        try await waitUntil(within: .seconds(30)) { slow.begun.current }
        #expect(witness.isOpen.current)
        #expect(await running.end() == 0)
        #expect(!witness.isOpen.current)
        #expect(try await running.read("/test/init-errors") == [])
    }

    @Test("AWS's own runtime client works with the stand-in") func standIn() async throws {
        let server = try await ServerProcess.python(AWSFixture.script("lambda_runtime.py"))
        defer { server.kill() }
        let text = try await DriverFixture.python("lambda_handler.py", [server.address])
        #expect(text.contains("RESULT {\"echo\": {\"a\": 1}}"), "\(text)")
        #expect(text.contains("RESULT ValueError"), "\(text)")
    }

    @Test("The Python edition's client calls the function") func python() async throws {
        let running = try await Running()
        let text = try await DriverFixture.python("lambda_peer.py", [running.server.address])
        #expect(text.contains("RESULT Hello, Ann!"), "\(text)")
        #expect(text.contains("RESULT NOT_THERE"), "\(text)")
        #expect(await running.end() == 0)
    }

    @Test(
        "A configuration that can't be used is refused, with key and value",
        arguments: [
            (["connection.region": "r"], "NO_AWS_CONNECTION", "connection.arn"),
            (["connection.arn": "arn:aws:sqs:r:1:a"], "BAD_ARN", "arn:aws:sqs:r:1:a"),
            (["connection.arn": "f"], "BAD_ARN", "'f'"),
        ] as [(ConfigParams, String, String)])
    func badClient(config: ConfigParams, code: String, part: String) async throws {
        let client = try await AWSFixture.assembled(
            LambdaClient(), config.override(["credential.access_id": "i", "credential.access_key": "k"]),
            CurlConnector())
        let error = await AWSFixture.error { try await client.open(.empty) }
        #expect(error?.code == code && error?.message.contains(part) == true, "\(error?.message ?? "")")
    }
}
#endif
