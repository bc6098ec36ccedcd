import Foundation
import TestSupport
import Testing

/// What Beacons answers to requests that are wrong. After each of them it still answers.
@Suite struct BadRequestTests {
    @Test(arguments: [false, true])
    func aBodyThatIsTooLargeGets413(isChunked: Bool) async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("body.json", #"{"beacon_id":"\#(String(repeating: "x", count: 1_500_000))"}"#)
        try await run { service async throws in
            // Without `Expect`, curl sends the body unasked.
            let answer = try await Curl.request(
                "POST", "\(service.address)/v1/beacons/get_beacon_by_id",
                headers: ["Expect:"] + (isChunked ? ["Transfer-Encoding: chunked"] : []),
                options: ["--data-binary", "@\(file.path)"])
            #expect(answer.status == 413)
            try Self.expect(answer, "BadRequest", "REQUEST_TOO_LARGE")
            #expect(try answer.json["details"]?["limit"] == 1_048_576)
        }
    }

    @Test(arguments: [#"{"beacon_id":"#, "{", "[1,", #"{"beacon_id":"1"} x"#, "{'beacon_id':'1'}", "beacon_id=1"])
    func malformedJSONGets400(_ body: String) async throws {
        try await run { service async throws in
            let answer = try await service.call("get_beacon_by_id", body)
            #expect(answer.status == 400)
            try Self.expect(answer, "BadRequest", "InvalidContent")
            #expect(try answer.json["details"]?["line"] == 1)
        }
    }

    @Test(arguments: ["1", "true", #""text""#])
    func aBodyThatIsNoObjectGets400(_ body: String) async throws {
        try await run { service async throws in
            let answer = try await service.call("get_beacon_by_id", body)
            #expect(answer.status == 400)
            try Self.expect(answer, "BadRequest", "BAD_ARGUMENTS")
        }
    }

    @Test(arguments: [
        ("get_beacon_by_id", "{}", "beacon_id"),
        ("get_beacon_by_id", "[]", "beacon_id"),
        ("get_beacon_by_id", #"{"beacon_id":null}"#, "beacon_id"),
        ("get_beacon_by_id", #"{"beacon_id":["1"]}"#, "beacon_id"),
        ("get_beacons", #"{"filter":"site","paging":5}"#, "filter"),
        ("calculate_position", #"{"site_id":"1","udis":"001"}"#, "udis"),
        ("create_beacon", #"{"beacon":"1"}"#, "beacon.site_id"),
        ("create_beacon", #"{"beacon":{"udi":"1"}}"#, "beacon.site_id"),
        ("create_beacon", #"{"beacon":{"site_id":"1","udi":"1","radius":"wide"}}"#, "beacon.radius"),
        (
            "create_beacon", #"{"beacon":{"site_id":"1","udi":"1","center":{"type":"Point"}}}"#,
            "beacon.center.coordinates"
        ),
    ])
    func argumentsOfAWrongTypeGet400(_ command: String, _ arguments: String, _ path: String) async throws {
        try await run { service async throws in
            let answer = try await service.call(command, arguments)
            #expect(answer.status == 400)
            try Self.expect(answer, "BadRequest", "INVALID_DATA")
            let results = try #require(answer.json["details"]?["results"]?.elements)
            let paths = results.compactMap { $0["path"]?.text }
            #expect(paths.contains(path), "\(answer.body)")
        }
    }

    @Test func aBadBodyByRESTGets400() async throws {
        try await run { service async throws in
            let answer = try await service.request("POST", "/v1/beacons", body: #"{"udi":1}"#)
            #expect(answer.status == 400)
            try Self.expect(answer, "BadRequest", "INVALID_DATA")
        }
    }

    @Test func anUnknownRouteGets404() async throws {
        try await run { service async throws in
            for (method, path) in [
                ("GET", "/"), ("GET", "/v2/beacons"), ("POST", "/v1/beacons/1/2"), ("GET", "/%2e%2e/x"),
            ] {
                let answer = try await service.request(method, path)
                #expect(answer.status == 404)
                try Self.expect(answer, "NotFound", "ResourceNotFound")
            }
        }
    }

    @Test func anUnknownCommandGets404AndTheNearest() async throws {
        try await run { service async throws in
            let answer = try await service.call("get_beacon_by_uid")
            #expect(answer.status == 404)
            try Self.expect(answer, "BadRequest", "CMD_NOT_FOUND")
            let message = try answer.json["message"]?.text ?? ""
            #expect(message.contains("'get_beacon_by_uid'"))
            #expect(message.contains(#/did you mean 'get_beacon_by_(udi|id)'\?/#))
        }
    }

    @Test func aWrongMethodGets405() async throws {
        try await run { service async throws in
            let command = try await service.request("PATCH", "/v1/beacons/get_beacons", body: "{}")
            #expect(command.status == 405)
            // Of the command, and of the beacon with that id.
            #expect(command.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, POST, PUT")
            try Self.expect(command, "BadRequest", "MethodNotAllowed")
            let route = try await service.request("PATCH", "/v1/beacons")
            #expect(route.status == 405)
            #expect(route.headers["allow"] == "GET, HEAD, OPTIONS, POST")
        }
    }

    @Test(arguments: [
        "\r\n\r\n", "nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /heartbeat HTTP/1.1\r\nno header\r\n\r\n",
    ])
    func whatIsNoHTTPDoesNoHarm(_ text: String) async throws {
        try await run { service async throws in
            let connection = try RawConnection(port: service.port)
            try await connection.send(text)
        }
    }

    // MARK: - Internal

    private func run(_ body: (RunningService) async throws -> Void) async throws {
        try await RunningService.run { service async throws in
            try await body(service)
            #expect(try await service.request("GET", "/heartbeat").status == 200)
            #expect(try await service.call("get_beacons").json["data"] == [])
        }
    }

    /// An error as every edition of the toolkit reads it.
    private static func expect(_ answer: HTTPAnswer, _ category: JSON, _ code: JSON) throws {
        let error = try answer.json
        #expect(error["category"] == category)
        #expect(error["code"] == code)
        #expect(error["status"] == .number(Double(answer.status)))
        #expect(error["message"]?.text?.isEmpty == false)
        #expect(error["stack_trace"] != nil, "Python's client needs the field")
    }
}
