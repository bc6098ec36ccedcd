#if PIP_AWS && PIP_HTTP
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// HTTP requests that arrive as events.
@Suite struct LambdaHTTPEventTests {
    typealias Fixture = LambdaFixture

    private static func second(
        _ method: String, _ path: String, _ more: AnyValueMap = [:], stage: String = "$default",
        domain: String = "x.lambda-url.us-east-1.on.aws"
    ) -> AnyValue {
        var event: AnyValueMap = [
            "version": "2.0", "rawPath": .string(path), "rawQueryString": "", "headers": ["host": .string(domain)],
            "requestContext": [
                "stage": .string(stage), "domainName": .string(domain),
                "http": ["method": .string(method), "path": .string(path), "sourceIp": "192.0.2.1"],
            ], "isBase64Encoded": false,
        ]
        event.append(more)
        return .map(event)
    }

    private static func first(_ method: String, _ path: String, _ more: AnyValueMap = [:]) -> AnyValue {
        var event: AnyValueMap = [
            "resource": "/{proxy+}", "path": .string(path), "httpMethod": .string(method),
            "headers": ["Host": "api.test"], "multiValueHeaders": ["Host": ["api.test"]],
            "requestContext": ["stage": "prod", "identity": ["sourceIp": "192.0.2.2"]], "isBase64Encoded": false,
        ]
        event.append(more)
        return .map(event)
    }

    private func body(_ response: AnyValue) throws -> AnyValue {
        try JSONParser.parse(response["body"]?.string ?? "")
    }

    @Test("Payload 2.0 reaches a route with path, query, cookies, body and address") func payload2() async throws {
        try await Fixture.with(Fixture.httpYAML) { _, client in
            let event = Self.second(
                "POST", "/v1/things/a%20b",
                [
                    "rawQueryString": "x=1&y=a%26b&x=2", "cookies": ["a=1", "b=2"], "body": #"{"n":1}"#,
                    "headers": ["host": "f.test", "content-type": "application/json"],
                ])
            let response = try await client.send(.empty, event: event)
            #expect(response["statusCode"] == 200 && response["isBase64Encoded"] == false)
            let value = try body(response)
            #expect(value["id"] == "a b" && value["query"] == ["x=1", "y=a&b", "x=2"] && value["body"] == ["n": 1])
            #expect(value["cookie"] == "a=1; b=2" && value["address"] == "192.0.2.1" && value["host"] == "f.test")
            #expect(response["headers"]?["content-type"] == "application/json")
        }
    }

    @Test("Any deadline can be the timeout of a request", arguments: [Duration.never, .seconds(-5)])
    func deadlines(left: Duration) throws {
        let event = try #require(LambdaHTTPEvent(Self.second("GET", "/").map ?? [:]))
        let given = try event.request(.empty, left: left).headers[HTTPFieldNames.timeout]
        #expect(given.flatMap { Int64($0) } ?? 0 > 0)
    }

    @Test("Payload 1.0 reaches a route, and its parameters are encoded once") func payload1() async throws {
        try await Fixture.with(Fixture.httpYAML) { _, client in
            let event = Self.first(
                "POST", "/v1/things/1",
                [
                    "multiValueQueryStringParameters": ["x": ["1", "a&b=c"]], "queryStringParameters": ["x": "a&b=c"],
                    "body": .string(Data(#"{"n":"é"}"#.utf8).base64EncodedString()), "isBase64Encoded": true,
                ])
            let response = try await client.send(.empty, event: event)
            let value = try body(response)
            #expect(value["query"] == ["x=1", "x=a&b=c"] && value["body"] == ["n": "é"])
            #expect(value["address"] == "192.0.2.2" && value["host"] == "api.test")
            #expect(response["multiValueHeaders"]?["content-type"] == ["application/json"])
        }
    }

    @Test("A load balancer's parameters are already encoded, and its response has a description") func loadBalancer()
        async throws
    {
        try await Fixture.with(Fixture.httpYAML) { _, client in
            let event: AnyValue = [
                "httpMethod": "POST", "path": "/v1/things/1", "queryStringParameters": ["x": "a%26b"],
                "headers": ["host": "lb.test"], "requestContext": ["elb": ["targetGroupArn": "a"]], "body": "",
                "isBase64Encoded": false,
            ]
            let response = try await client.send(.empty, event: event)
            #expect(try body(response)["query"] == ["x=a&b"])
            #expect(response["statusDescription"]?.string?.begins(with: "200 ") == true)
            #expect(response["headers"]?["content-type"] == "application/json" && response["multiValueHeaders"] == nil)
        }
    }

    @Test("The stage of an HTTP API is removed from the path only at its own host name") func stages() async throws {
        try await Fixture.with(Fixture.httpYAML) { _, client in
            for (path, stage, domain, status) in [
                ("/dev/v1/things/1", "dev", "x.execute-api.us-east-1.amazonaws.com", 200),
                ("/v1/v1/things/1", "v1", "x.execute-api.us-east-1.amazonaws.com", 200),
                ("/v1/things/1", "v1", "api.example.com", 200), ("/v1/things/1", "$default", "x.execute-api.test", 200),
                ("/development/v1/things/1", "dev", "x.execute-api.us-east-1.amazonaws.com", 404),
            ] {
                let event = Self.second("POST", path, stage: stage, domain: domain)
                let response = try await client.send(.empty, event: event)
                #expect(response["statusCode"] == .integer(Int64(status)), "\(path) \(stage) \(domain)")
            }
        }
    }

    @Test("Binary bodies are Base64-encoded, and cookies are in a separate list") func binary() async throws {
        try await Fixture.with(Fixture.httpYAML) { _, client in
            let second = try await client.send(.empty, event: Self.second("GET", "/v1/bytes"))
            #expect(second["isBase64Encoded"] == true && second["body"] == "if8A")
            #expect(second["cookies"] == ["a=1", "b=2"] && second["headers"]?["set-cookie"] == nil)
            let first = try await client.send(.empty, event: Self.first("GET", "/v1/bytes"))
            #expect(first["multiValueHeaders"]?["set-cookie"] == ["a=1", "b=2"])
        }
    }

    @Test("A response is compressed where the gateway decodes it, and not for a REST API") func compression()
        async throws
    {
        try await Fixture.with(Fixture.httpYAML) { _, client in
            let gzip: AnyValueMap = ["headers": ["accept-encoding": "gzip"]]
            let second = try await client.send(.empty, event: Self.second("GET", "/v1/long", gzip))
            #expect(second["isBase64Encoded"] == true && second["headers"]?["content-encoding"] == "gzip")
            let lists: AnyValueMap = ["multiValueHeaders": ["Accept-Encoding": ["gzip"]]]
            let first = try await client.send(.empty, event: Self.first("GET", "/v1/long", lists))
            #expect(first["isBase64Encoded"] == false && first["multiValueHeaders"]?["content-encoding"] == nil)
        }
    }

    @Test("Errors of routes are responses", arguments: [("GET", "/none", 404), ("DELETE", "/v1/things/1", 405)])
    func errors(method: String, path: String, status: Int) async throws {
        try await Fixture.with(Fixture.httpYAML) { _, client in
            for event in [Self.second(method, path), Self.first(method, path)] {
                let response = try await client.send(.empty, event: event)
                #expect(response["statusCode"] == .integer(Int64(status)))
                #expect(try body(response)["code"]?.string != nil)
            }
        }
    }

    @Test("The request has the deadline and trace of the event") func context() async throws {
        try await Fixture.with(Fixture.httpYAML) { function, _ in
            var context = Context()
            context.deadline = SystemClock().uptime + .seconds(5)
            context.traceParent = TraceParent("00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01")
            let value = try body(try await function.act(context, Self.second("POST", "/v1/things/1")))
            #expect(value["bounded"] == true && value["trace"] == "5759e988bd862e3fe1be46a994272793")
        }
    }

    @Test(
        "Odd events are responses or errors, never a trap",
        arguments: [
            ["rawPath": "/a b\u{0}?#é"], ["rawPath": nil], ["headers": ["x": nil, "y": [1]]],
            ["rawQueryString": "%zz=%"],
            ["body": "%%%", "isBase64Encoded": true], ["cookies": [1, nil]],
        ] as [AnyValueMap])
    func odd(more: AnyValueMap) async throws {
        try await Fixture.with(Fixture.httpYAML) { function, _ in
            let event = Self.second("GET", "/v1/bytes", more)
            let (payload, _) = await function.respond(to: JSONWriter.bytes(of: event), .empty)
            let value = try JSONParser.parse(payload)
            #expect(value["statusCode"] != nil || value["code"] == "BAD_EVENT")
        }
    }

    @Test("Without an endpoint, the error names the missing component") func noEndpoint() async throws {
        try await Fixture.with { _, client in
            let error = await AWSFixture.error { _ = try await client.send(.empty, event: Self.second("GET", "/")) }
            #expect(error?.code == "NO_ENDPOINT" && error?.message.contains("pip-services:endpoint:http") == true)
        }
    }

    @Test("An action's event with similar members is not a request") func lookalike() async throws {
        try await Fixture.with(Fixture.httpYAML) { _, client in
            let event: AnyValue = ["cmd": "echo", "httpMethod": "GET", "path": "/", "version": "2.0"]
            let result = try await client.send(.empty, event: event)
            #expect(result["path"] == "/")
        }
    }
}
#endif
