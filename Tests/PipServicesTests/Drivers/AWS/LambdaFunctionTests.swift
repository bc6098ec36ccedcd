#if PIP_AWS
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Events that name an action, without a runtime.
@Suite struct LambdaFunctionTests {
    typealias Fixture = LambdaFixture

    @Test("Commands of the service are actions, with and without the prefix of a controller") func commands()
        async throws
    {
        try await Fixture.with { _, client in
            #expect(try await client.call(.empty, "greet", ["name": "Ann"]) == "Hello, Ann!")
            #expect(try await client.call(.empty, "named.greet", ["name": "Ben"]) == "Hello, Ben!")
            let own = try await client.call(.empty, "own.sum", ["a": 41], as: Int.self)
            #expect(own == 42)
            #expect(try await client.call(.empty, "none", as: AnyValue.self) == nil)
        }
    }

    @Test("The metadata of a call are not arguments of a command") func arguments() async throws {
        try await Fixture.with { _, client in
            let value: AnyValue? = try await client.call(.fromTraceId("t"), "echo", ["a": 1, "correlation_id": "x"])
            #expect(value == ["a": 1])
        }
    }

    @Test("Calls of other editions are handled: cmd and trace_id are members of the event") func members()
        async throws
    {
        try await Fixture.with { _, client in
            let context = try await client.send(.empty, event: ["cmd": "named.context", "trace_id": "abc"])
            #expect(context["trace_id"] == "abc")
            let old = try await client.send(.empty, event: ["cmd": "named.context", "correlation_id": "v3"])
            #expect(old["trace_id"] == "v3")
        }
    }

    @Test(
        "An event without a command, and a name that no action has, are refused",
        arguments: [
            ([:] as AnyValue, "NO_COMMAND"), (["cmd": ""], "NO_COMMAND"), (["cmd": nil], "NO_COMMAND"),
            ([1, 2], "NO_COMMAND"), ("text", "NO_COMMAND"), (nil, "NO_COMMAND"), (["cmd": "gret"], "NO_ACTION"),
            (["cmd": "named.GREET"], "NO_ACTION"),
        ] as [(AnyValue, String)])
    func unknown(event: AnyValue, code: String) async throws {
        try await Fixture.with { _, client in
            let error = await AWSFixture.error { _ = try await client.send(.empty, event: event) }
            #expect(error?.code == code && error?.status == 400)
            if event["cmd"] == "gret" { #expect(error?.message.contains("greet") == true) }
        }
    }

    @Test("Application errors arrive as they were thrown, and other errors without details") func errors() async throws
    {
        try await Fixture.with { function, client in
            let error = await AWSFixture.error {
                try await client.callOneWay(.fromTraceId("t1"), "fail", ["id": "7"])
            }
            #expect(error?.category == .notFound && error?.code == "NOT_THERE" && error?.status == 404)
            #expect(error?.message == "It is not there" && error?.details["id"] == "7" && error?.traceId == "t1")
            for (cmd, type) in [("crash", "InvocationException"), ("own.crash", "UnknownException")] {
                let (payload, isError) = await function.respond(to: Array("{\"cmd\":\"\(cmd)\"}".utf8), .empty)
                let text = String(decoding: payload, as: UTF8.self)
                #expect(isError && !text.contains("HIDDEN"), "\(cmd)")
                // The names by which Lambda's own runtimes report errors.
                let fields = try JSONParser.parse(payload)
                #expect(fields["errorType"]?.string == type && fields["errorMessage"]?.string != nil, "\(cmd)")
            }
        }
    }

    @Test("Malformed events are errors", arguments: ["", "{", "\u{0}", "{\"cmd\":"])
    func malformed(event: String) async throws {
        try await Fixture.with { function, _ in
            let (payload, isError) = await function.respond(to: Array(event.utf8), .empty)
            #expect(isError)
            let value = try JSONParser.parse(payload)
            #expect(value["code"] == "BAD_JSON")
        }
    }

    @Test("Actions are validated, authorized and intercepted") func controller() async throws {
        try await Fixture.with { _, client in
            let invalid = await AWSFixture.error { try await client.callOneWay(.empty, "own.sum", ["a": "x"]) }
            #expect(invalid?.code == "INVALID_DATA")
            let stopped: String? = try await client.call(.empty, "own.sum", ["a": "x", "stop": true])
            #expect(stopped == "stopped")
            let refused = await AWSFixture.error {
                try await client.callOneWay(.empty, "own.guarded", ["key": "wrong"])
            }
            #expect(refused?.code == "NOT_SIGNED" && refused?.status == 401)
            #expect(try await client.call(.empty, "own.guarded", ["key": "right"]) == "in")
        }
    }

    @Test("A function has its own actions, and each name only once") func ownActions() async throws {
        try await Fixture.with("[]", Fixture.function(service: false)) { _, client in
            let value: Int? = try await client.call(.empty, "plain", ["value": 5])
            #expect(value == 5)
        }
        let twice = LambdaFunction("f", factories: [Fixture.factory]) {
            LambdaAction("a") { _, _ -> Int? in 1 }
            LambdaAction("a") { _, _ -> Int? in 2 }
        }
        let error = await AWSFixture.error { try await Fixture.with("[]", twice) { _, _ in } }
        #expect(error?.code == "DUPLICATED_ACTION" && error?.message.contains("'a'") == true)
    }

    @Test("A missing service is a startup error, after which opened components are closed") func missingService()
        async throws
    {
        let function = Fixture.function()
        let error = await AWSFixture.error { try await Fixture.with("[]", function) { _, _ in } }
        #expect(error?.code == "REF_ERROR" && error?.message.contains("test:service") == true)
        #expect(await function.container.isOpen == false)
    }

    @Test("A call of a closed function throws NOT_OPENED") func notOpened() async {
        #expect(await DriverFixture.code { _ = try await Fixture.function().act(.empty, [:]) } == "NOT_OPENED")
    }

    @Test("The commandable client prefixes commands with the name") func commandableClient() async throws {
        try await Fixture.with { function, _ in
            let client = TestCommandableLambdaClient(function, name: "named")
            let named: String? = try await client.callCommand(.empty, "greet", ["name": "Cy"])
            #expect(named == "Hello, Cy!")
            let bare = TestCommandableLambdaClient(function)
            #expect(try await bare.callCommand(.empty, "greet", ["name": "Cy"]) == "Hello, Cy!")
        }
    }

    @Test(
        "Errors of functions in other languages are restored",
        arguments: [
            (
                #"{"errorType":"NotFoundException","errorMessage":"m"}"#, ErrorCategory.notFound, "NotFoundException",
                "m"
            ),
            (
                #"{"errorType":"pip.BadRequestException","errorMessage":"m"}"#, .badRequest, "pip.BadRequestException",
                "m"
            ),
            (#"{"errorMessage":"{\"category\":\"Conflict\",\"code\":\"C\",\"message\":\"m\"}"}"#, .conflict, "C", "m"),
            (
                #"{"errorMessage":"Task timed out after 3.00 seconds"}"#, .failedInvocation, "Unhandled",
                "Task timed out after 3.00 seconds"
            ),
            ("garbage", .failedInvocation, "Unhandled", "The function failed"),
        ] as [(String, ErrorCategory, String, String)])
    func foreignErrors(payload: String, category: ErrorCategory, code: String, message: String) {
        let error = LambdaClient.error(.empty, Array(payload.utf8), function: "f")
        #expect(error.category == category && error.code == code && error.message == message)
    }

    @Test("Results of the Go edition, JSON in a string, are read") func goResults() throws {
        let payload = Array(#""{\"name\":\"Ann\"}""#.utf8)
        #expect(try LambdaClient.result(.empty, payload, as: LambdaTestService.Greet.self)?.name == "Ann")
        #expect(try LambdaClient.result(.empty, Array("null".utf8), as: Int.self) == nil)
        #expect(throws: ApplicationError.self) { try LambdaClient.result(.empty, Array("{".utf8), as: Int.self) }
    }
}
#endif
