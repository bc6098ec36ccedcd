import Foundation
import Testing

/// The sample microservice as `make run` starts it, called by curl.
@Suite struct BeaconsTests {
    @Test func commandsCreateReadUpdateAndDelete() async throws {
        try await RunningService.run { service async throws in
            let center = #"{"type":"Point","coordinates":[1.5,-2]}"#
            let sent = #"{"site_id":"1","udi":"001","label":"Entrance","center":\#(center)}"#
            let created = try await service.call("create_beacon", #"{"beacon":\#(sent)}"#)
            #expect(created.status == 200)
            let id = try #require(created.json["id"]?.text)
            #expect(!id.isEmpty)
            var beacon: [String: JSON] = [
                "id": .string(id), "site_id": "1", "type": "unknown", "udi": "001", "label": "Entrance",
                "center": ["type": "Point", "coordinates": [1.5, -2]],
            ]
            #expect(try created.json == .object(beacon))

            let byId = try await service.call("get_beacon_by_id", #"{"beacon_id":"\#(id)"}"#)
            #expect(try byId.json == .object(beacon))
            let byUdi = try await service.call("get_beacon_by_udi", #"{"udi":"001"}"#)
            #expect(try byUdi.json == .object(beacon))

            beacon["label"] = "Exit"
            beacon["radius"] = 12.5
            beacon["center"] = nil
            let update = #"{"id":"\#(id)","site_id":"1","type":"unknown","udi":"001","label":"Exit","radius":12.5}"#
            let updated = try await service.call("update_beacon", #"{"beacon":\#(update)}"#)
            #expect(updated.status == 200)
            #expect(try updated.json == .object(beacon))

            let deleted = try await service.call("delete_beacon_by_id", #"{"beacon_id":"\#(id)"}"#)
            #expect(try deleted.json == .object(beacon))
            let gone = try await service.call("get_beacon_by_id", #"{"beacon_id":"\#(id)"}"#)
            #expect(gone.status == 204)
            #expect(gone.body.isEmpty)
        }
    }

    @Test func heartbeatAndStatusTellTheService() async throws {
        try await RunningService.run { service async throws in
            let heartbeat = try await service.request("GET", "/heartbeat")
            #expect(heartbeat.status == 200)
            let time = try #require(heartbeat.json.text)
            #expect(time.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#) != nil)

            let status = try await service.request("GET", "/status").json
            #expect(status["name"] == "beacons")
            #expect(status["description"] == "Beacons microservice")
            #expect(status["start_time"]?.text?.hasSuffix("Z") == true)
            #expect(status["components"]?.elements?.contains("beacons:service:default:default:1.0") == true)
        }
    }

    @Test func theOpenAPIDocumentIsServed() async throws {
        try await RunningService.run { service async throws in
            let document = try await service.request("GET", "/v1/beacons/swagger")
            #expect(document.status == 200)
            #expect(document.headers["content-type"] == "application/x-yaml")
            #expect(document.body.hasPrefix("openapi: '3.0.2'\n"))
            for command in [
                "get_beacons", "get_beacon_by_id", "get_beacon_by_udi", "calculate_position", "create_beacon",
                "update_beacon", "delete_beacon_by_id",
            ] {
                #expect(document.body.contains("  /v1/beacons/\(command):\n"))
                #expect(document.body.contains("operationId: '\(command)'\n"))
            }
            // For people a page, for programs the list of the documents.
            let page = try await service.request("GET", "/swagger")
            #expect(page.status == 200)
            #expect(page.headers["content-type"] == "text/html; charset=utf-8")
            #expect(page.body.hasPrefix("<!DOCTYPE html>"))
            let list = try await Curl.request(
                "GET", "\(service.address)/swagger", headers: ["Accept: application/json"])
            #expect(list.status == 200)
            #expect(list.headers["content-type"] == "application/json")
            #expect(try list.json.elements?.map { $0["url"] } == ["./v1/beacons/swagger", "./v1/swagger"])
        }
    }

    @Test("Beacons whose ids equal route names can be replaced and deleted", arguments: ["swagger", "get_beacons"])
    func idsMayBeNamesOfRoutes(id: String) async throws {
        try await RunningService.run { service async throws in
            let beacon = #"{"id":"\#(id)","site_id":"1","udi":"001"}"#
            #expect(try await service.request("POST", "/v1/beacons", body: beacon).status == 201)
            let other = #"{"site_id":"2","udi":"001"}"#
            let replaced = try await service.request("PUT", "/v1/beacons/\(id)", body: other)
            #expect(replaced.status == 200)
            #expect(try replaced.json["site_id"] == "2")
            let deleted = try await service.request("DELETE", "/v1/beacons/\(id)")
            #expect(deleted.status == 200)
            #expect(try deleted.json["id"] == .string(id))
            #expect(try await service.call("get_beacon_by_id", #"{"beacon_id":"\#(id)"}"#).status == 204)
            // The routes are still there.
            #expect(try await service.request("GET", "/v1/beacons/swagger").body.hasPrefix("openapi:"))
            #expect(try await service.call("get_beacons").json["data"] == [])
        }
    }

    @Test("A command name is matched in any percent-encoding", arguments: ["get%5Fbeacons", "%67et_beacons"])
    func encodedNames(name: String) async throws {
        try await RunningService.run { service async throws in
            let answer = try await service.call(name)
            #expect(answer.status == 200)
            #expect(try answer.json["data"] == [])
        }
    }

    @Test(
        "The service listens on IPv6 addresses",
        .enabled(if: FileManager.default.fileExists(atPath: "/proc/net/if_inet6"), "this machine has no IPv6"),
        arguments: [("::", ["[::1]", "127.0.0.1"]), ("[::1]", ["[::1]"]), ("::1", ["[::1]"])])
    func addressesOfIPv6(host: String, called: [String]) async throws {
        try await RunningService.run(environment: ["HTTP_HOST": host]) { service async throws in
            for address in called {
                let answer = try await Curl.request("GET", "http://\(address):\(service.port)/heartbeat")
                #expect(answer.status == 200, "\(address)")
            }
            let shown = host.contains("1") ? "[::1]" : "[::]"
            #expect(service.process.output.contains("is listening on http://\(shown):\(service.port)\n"))
        }
    }

    @Test func everyAnswerHasItsHeaders() async throws {
        try await RunningService.run { service async throws in
            let answers = [
                try await service.call("get_beacons"), try await service.call("nothing"),
                try await service.request("GET", "/nowhere"), try await service.request("GET", "/heartbeat"),
            ]
            for answer in answers {
                #expect(answer.headers["cache-control"] == "no-cache, no-store, must-revalidate")
                #expect(answer.headers["pragma"] == "no-cache")
                #expect(answer.headers["expires"] == "0")
                #expect(answer.headers["access-control-allow-origin"] == "*")
                #expect(answer.headers["content-type"] == "application/json")
            }
        }
    }

    @Test func theTraceIdComesBack() async throws {
        try await RunningService.run(environment: ["LOG_LEVEL": "debug"]) { service async throws in
            let ways: [(query: String, headers: [String])] = [
                ("?trace_id=abc-1", []), ("", ["trace_id: abc-1"]), ("?correlation_id=abc-1", []),
                ("", ["correlation_id: abc-1"]), ("?trace_id=abc-1", ["trace_id: other"]),
            ]
            for way in ways {
                let path = "/v1/beacons/get_beacon_by_id\(way.query)"
                let found = try await service.request("POST", path, body: #"{"beacon_id":"1"}"#, headers: way.headers)
                #expect(found.status == 204)
                #expect(found.headers["trace_id"] == "abc-1")
                let failed = try await service.request("POST", path, body: "{}", headers: way.headers)
                #expect(failed.status == 400)
                #expect(failed.headers["trace_id"] == "abc-1")
                #expect(try failed.json["trace_id"] == "abc-1")
            }
            #expect(try await service.call("get_beacons").headers["trace_id"]?.count == 32, "it is generated")
            // A bad request is the fault of the client.
            _ = try await service.process.waitForOutput(#/\[abc-1:DEBUG:.*Failed to execute/#)
        }
    }

    @Test func theCallsToTryWork() async throws {
        try await RunningService.run { service async throws in
            let welcome = try await service.process.waitForOutput(#/Ctrl-C stops it/#)
            #expect(welcome == "Ctrl-C stops it")
            let calls = service.process.output.matches(of: #/(?m)^  (curl .*)$/#).map { String($0.1) }
            #expect(calls.count == 3)
            for call in calls {
                let shell = try Built.command("sh")
                let result = try await ChildProcess.output(of: shell, ["-c", "\(call) --fail --noproxy '*'"])
                #expect(result.end == .exit(0), "\(call): \(result.errors)")
                #expect(result.output.contains(#""udi":"0001""#))
            }
        }
    }

    @Test func controlCStopsWithExitCode0() async throws {
        try await RunningService.run { service async throws in
            _ = try await service.call("get_beacons")
            service.process.send(SIGINT)
            #expect(try await service.process.end() == .exit(0))
            #expect(service.process.output.contains("Container beacons stopped\n"))
            #expect(service.process.errors.isEmpty)
        }
    }
}
