#if PIP_CURL && PIP_HTTP
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// The same calls to a function of the toolkit's Python edition, which Google's functions-framework serves, and to one of
/// this edition.
@Suite struct CloudFunctionReferenceTests {
    private static let script = "\(#filePath)".replacing(
        "PipServicesTests/Drivers/GoogleCloud/CloudFunctionReferenceTests.swift", with: "Servers/cloud_function.py")

    /// What a function answers to the calls of the list: the statuses, and the parts of bodies that editions share.
    private static func answers(port: Int) async throws -> [String] {
        let calls: [(target: String, body: AnyValue)] = [
            ("/", ["cmd": "wire.echo", "a": 1, "b": ["c": [true, .null, "é😀"]], "trace_id": "t"]),
            ("/", ["cmd": "wire.nothing"]), ("/", ["cmd": "wire.trace", "trace_id": "t"]),
            ("/?cmd=wire.echo", ["a": 1]), ("/?cmd=wire.echo", ["b": .null, "trace_id": "q"]),
            ("/", ["cmd": "wire.fail", "category": "BadRequest", "trace_id": "t"]),
            ("/", ["cmd": "wire.fail", "category": "NotFound", "trace_id": "t"]),
            ("/", ["cmd": "wire.fail", "category": "Conflict", "trace_id": "t"]),
            ("/", ["cmd": "wire.fail", "category": "Unauthorized", "trace_id": "t"]),
        ]
        let connector = CurlConnector()
        try await connector.open(.empty)
        var answers: [String] = []
        for call in calls {
            let request = HTTPClientRequest(
                .post, "http://127.0.0.1:\(port)\(call.target)", headers: [("Content-Type", "application/json")],
                body: HTTPBody(Array(JSONConverter.toJSON(call.body).utf8)), timeout: .seconds(30))
            let response = try await connector.send(.empty, request)
            let text = String(decoding: try await response.body.collect(upTo: 100_000), as: UTF8.self)
            var shown = text
            if response.status >= 400 {
                let error = try JSONConverter.fromJSON(text)
                shown = ["category", "code", "status", "message", "details", "trace_id"].map {
                    "\($0)=\(error[$0] ?? .null)"
                }
                .joined(separator: " ")
            } else if !text.isEmpty {
                shown = JSONConverter.toJSON(try JSONConverter.fromJSON(text))
            }
            answers.append("\(response.status) \(shown)")
        }
        try await connector.close(.empty)
        return answers
    }

    @Test("Both editions return the same responses", .timeLimit(.minutes(3))) func sameAnswers() async throws {
        let server = try await ServerProcess.python(Self.script)
        defer { withExtendedLifetime(server) {} }
        let expected = try await Self.answers(port: server.port)
        #expect(expected.count == 9 && expected[0].hasPrefix("200 {"))
        try await CloudFunctionTests.run { _, endpoint async throws in
            let answers = try await Self.answers(port: try #require(endpoint.port))
            for (answer, expected) in zip(answers, expected) { #expect(answer == expected) }
        }
    }

    @Test("The client calls a function of the Python edition", .timeLimit(.minutes(3))) func clientCalls() async throws
    {
        let server = try await ServerProcess.python(Self.script)
        let yaml = """
            - descriptor: pip-services:client:commandable-cloudfunc:default:1.0
              name: wire
              connection.uri: http://127.0.0.1:\(server.port)
            """
        try await withContainer(yaml: yaml) { container async throws in
            let client = try container.references.getOneRequired("*:client:*:*:1.0", as: (any Client).self)
            let context = Context(traceId: "t")
            let echo: AnyValueMap? = try await client.callCommand(context, "echo", ["text": "é😀"])
            #expect(echo?["text"] == "é😀")
            let nothing: AnyValue? = try await client.callCommand(context, "nothing")
            #expect(nothing == nil)
            let error = await #expect(throws: ApplicationError.self) {
                let _: AnyValue? = try await client.callCommand(context, "fail", ["category": "Conflict"])
            }
            #expect(error?.category == .conflict && error?.code == "TEST_CODE" && error?.traceId == "t")
            #expect(error?.details["key"] == "value")
        }
    }
}
#endif
