#if PIP_GRPC
import PipServicesTesting
import Testing

@testable import PipServices

/// Commands over gRPC, with this project at both ends.
@Suite struct GRPCCommandsTests {
    @Test func valuesComeBackAsTheyWereSent() async throws {
        try await withGRPCCommands { container, _, _ in
            let client = try await TestCommandableGRPCClient(container, name: "dummy")
            let sent: AnyValueMap = [
                "text": "Zürich 東京 👩‍👩‍👧 \u{0}\n", "number": 1.5, "integer": 9_007_199_254_740_993,
                "list": [1, .null, true], "map": ["": "empty"],
            ]
            let echo: AnyValueMap? = try await client.callCommand("echo", Parameters(sent))
            #expect(echo == sent)
            #expect(try await client.callCommand("text") == "abc")
            #expect(try await client.callCommand("number") == 5)
            await client.close()
        }
    }

    @Test func nothingAndNullAreNil() async throws {
        try await withGRPCCommands { container, _, _ in
            let client = try await TestCommandableGRPCClient(container, name: "dummy")
            #expect(try await client.callCommand("nothing", as: AnyValue.self) == nil)
            #expect(try await client.callCommand("get_one", ["id": "none"], as: AnyValue.self) == nil)
            await client.close()
        }
    }

    @Test func aMegabyteGoesBothWays() async throws {
        try await withGRPCCommands { container, _, _ in
            let client = try await TestCommandableGRPCClient(container, name: "dummy")
            let text = String(repeating: "ü", count: 524_288)
            let echo: AnyValueMap? = try await client.callCommand("echo", ["text": .string(text)])
            #expect(echo?["text"]?.string == text)
            await client.close()
        }
    }

    /// Category, code, status, message, trace id and details, whichever the category.
    @Test(arguments: [
        "Unknown", "Internal", "Misconfiguration", "InvalidState", "FailedInvocation", "FileError", "BadRequest",
        "Unauthorized", "NotFound", "Conflict", "TooManyRequests", "Unsupported", "Custom",
    ])
    func anErrorArrivesAsItWasThrown(category: String) async throws {
        try await withGRPCCommands { container, _, _ in
            let client = try await TestCommandableGRPCClient(container, name: "dummy")
            let error = await grpcError {
                _ = try await client.callCommand(
                    "fail", ["category": .string(category)], context: Context(traceId: "t-1"), as: AnyValue.self)
            }
            let category = ErrorCategory(rawValue: category)
            #expect(error?.category == category)
            #expect(error?.code == "TEST_CODE")
            #expect(error?.message == "Test message")
            #expect(error?.status == category.status)
            #expect(error?.traceId == "t-1")
            #expect(error?.details == ["key": "value"])
            await client.close()
        }
    }

    /// The failure of a service behind this one may name addresses: it arrives with a neutral text and an id.
    @Test func internalsOfOtherErrorsStayInTheLog() async throws {
        let logger = RecordingLogger()
        try await withGRPCCommands(
            others: "- descriptor: test:logger:recording:default:1.0",
            factories: [Factory("test:logger:recording:*:1.0") { logger }]
        ) { container, _, _ in
            let client = try await TestCommandableGRPCClient(container, name: "dummy")
            let upstream = await grpcError {
                _ = try await client.callCommand("fail", ["category": "NoResponse"], as: AnyValue.self)
            }
            #expect(upstream?.category == .noResponse)
            let raised = await grpcError { _ = try await client.callCommand("raise", as: AnyValue.self) }
            #expect(raised?.message.contains("boom") == false)
            #expect(raised?.cause == nil)
            let logged = logger.messages.filter { $0.message.contains("dummy.raise") && $0.level == .error }
            #expect(logged.count == 1, "\(logger.messages.map(\.message))")
            await client.close()
        }
    }

    @Test func anUnknownMethodIsAnErrorThatNamesIt() async throws {
        try await withGRPCCommands { container, _, _ in
            let client = try await TestCommandableGRPCClient(container, name: "dummy")
            let error = await grpcError { _ = try await client.callCommand("ech", as: AnyValue.self) }
            #expect(error?.category == .failedInvocation)
            #expect(error?.code == "METHOD_NOT_FOUND")
            #expect(error?.details["method"] == "dummy.ech")
            #expect(error?.message.hasPrefix("Method dummy.ech was not found") == true)
            #expect(error?.message.contains("dummy.echo") == true)
            await client.close()
        }
    }

    @Test func malformedArgumentsAreABadRequest() async throws {
        try await withGRPCCommands { container, _, _ in
            let client = try await TestGRPCClient(container, service: "commandable.Commandable")
            for json in ["{\"a\":", "5", "\"text\"", "{} {}"] {
                var request = GRPCInvokeRequest()
                request.method = "dummy.echo"
                request.argsJson = json
                let reply: GRPCInvokeReply = try await client.call("invoke", request)
                #expect(reply.error.category == "BadRequest", "\(json)")
                #expect(reply.error.code == "BAD_ARGUMENTS", "\(json)")
                #expect(reply.resultEmpty, "\(json)")
            }
            await client.close()
        }
    }

    @Test func theTraceGoesAlong() async throws {
        try await withGRPCCommands { container, commands, _ in
            let client = try await TestCommandableGRPCClient(container, name: "dummy")
            var context = Context(traceId: "my trace")
            context.traceParent = TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            let result: AnyValueMap? = try await client.callCommand("trace", context: context)
            #expect(result == ["trace_id": "my trace"])
            let seen = try #require(commands.contexts.current.first)
            #expect(seen.traceParent?.traceId == "0af7651916cd43dd8448eb211c80319c")
            #expect(seen.traceParent?.parentId != "b7ad6b7169203331")
            // Without one, the endpoint makes one.
            let made: AnyValueMap? = try await client.callCommand("trace")
            #expect(made?["trace_id"]?.string?.isEmpty == false)
            await client.close()
        }
    }

    /// The time that the caller has left is that of the handler.
    @Test func theDeadlineGoesAlong() async throws {
        try await withGRPCCommands { container, commands, _ in
            let client = try await TestCommandableGRPCClient(container, name: "dummy")
            let clock = SystemClock()
            let context = Context(deadline: clock.uptime + .seconds(5))
            let _: AnyValue? = try await client.callCommand("trace", context: context)
            let left = try #require(commands.contexts.current.first?.deadline) - clock.uptime
            #expect(left > .seconds(1) && left <= .seconds(5), "\(left)")
            await client.close()
        }
    }

    @Test func unknownPropertiesAreRefusedWhereThatIsSet() async throws {
        try await withGRPCCommands(controller: "{ unknown_properties: reject }") { container, _, _ in
            let client = try await TestCommandableGRPCClient(container, name: "dummy")
            let error = await grpcError {
                _ = try await client.callCommand("get_one", Parameters(.array([1])), as: AnyValue.self)
            }
            #expect(error?.code == "BAD_ARGUMENTS" || error?.code == "INVALID_DATA")
            await client.close()
        }
    }

    @Test func anArgumentThatDoesNotFitIsRefused() async throws {
        try await withGRPCCommands { container, _, _ in
            let client = try await TestCommandableGRPCClient(container, name: "dummy")
            let error = await grpcError { _ = try await client.callCommand("get_one", as: AnyValue.self) }
            #expect(error?.category == .badRequest)
            #expect(error?.code == "INVALID_DATA")
            await client.close()
        }
    }

    @Test func aThousandCallsShareAConnection() async throws {
        try await withGRPCCommands { container, commands, _ in
            let client = try await TestCommandableGRPCClient(
                container, name: "dummy", options: ["options.timeout": "60000"])
            let done = Locked(0)
            try await withThrowingDiscardingTaskGroup { group in
                for _ in 0..<1000 {
                    group.addTask {
                        let held: String? = try await client.callCommand("hold")
                        if held == "held" { done.withLock { $0 += 1 } }
                    }
                }
                group.addTask {
                    // All are in flight before the first one ends.
                    try await waitUntil(within: .seconds(60)) { commands.waiting.current == 1000 }
                    commands.gate.open()
                }
            }
            #expect(done.current == 1000)
            await client.close()
        }
    }
}
#endif
