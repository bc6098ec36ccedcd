import Glibc
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

    @Test func getBeaconsFiltersAndPages() async throws {
        try await RunningService.run { service async throws in
            try await Self.fill(service)
            let all = try await service.call("get_beacons").json
            #expect(all["data"]?.elements?.count == 4)
            #expect(all["total"] == .null)

            let site = try await service.call("get_beacons", #"{"filter":{"site_id":"1"},"paging":{"total":true}}"#)
                .json
            #expect(Self.ids(site) == ["1", "2", "3"])
            #expect(site["total"] == 3)

            let page = try await service.call(
                "get_beacons", #"{"filter":{"site_id":"1"},"paging":{"skip":1,"take":1,"total":true}}"#
            ).json
            #expect(Self.ids(page) == ["2"])
            #expect(page["total"] == 3)

            let listed = try await service.call("get_beacons", #"{"filter":{"udis":"001,004"}}"#).json
            #expect(Self.ids(listed) == ["1", "4"])
        }
    }

    @Test func calculatePositionFindsTheMiddle() async throws {
        try await RunningService.run { service async throws in
            try await Self.fill(service)
            let middle = try await service.call("calculate_position", #"{"site_id":"1","udis":["001","002","003"]}"#)
            #expect(try middle.json == ["type": "Point", "coordinates": [2, 1]])
            let one = try await service.call("calculate_position", #"{"site_id":"1","udis":["002"]}"#)
            #expect(try one.json == ["type": "Point", "coordinates": [2, 0]])
            let nowhere = try await service.call("calculate_position", #"{"site_id":"1","udis":["none"]}"#)
            #expect(nowhere.status == 204)
        }
    }

    @Test("A position is calculated from udis that contain commas, and from more of them than a page has")
    func positionOfManyUdis() async throws {
        try await RunningService.run { service async throws in
            let udis = (0..<150).map { "udi,\($0)" }
            for (index, udi) in udis.enumerated() {
                let center = #"{"type":"Point","coordinates":[\#(index),0]}"#
                let beacon = #"{"beacon":{"site_id":"1","udi":"\#(udi)","center":\#(center)}}"#
                #expect(try await service.call("create_beacon", beacon).status == 200)
            }
            let list = udis.map { "\"\($0)\"" }.joined(separator: ",")
            let middle = try await service.call("calculate_position", #"{"site_id":"1","udis":[\#(list)]}"#)
            #expect(try middle.json == ["type": "Point", "coordinates": [74.5, 0]])
            let one = try await service.call("calculate_position", #"{"site_id":"1","udis":["udi,3"]}"#)
            #expect(try one.json == ["type": "Point", "coordinates": [3, 0]])
        }
    }

    @Test func theSameBeaconsAreServedByREST() async throws {
        try await RunningService.run { service async throws in
            let beacon = #"{"id":"7","site_id":"3","udi":"007","type":"iBeacon"}"#
            let created = try await service.request("POST", "/v1/beacons", body: beacon)
            #expect(created.status == 201)
            let expected = try JSON(parsing: beacon)
            #expect(try created.json == expected)
            #expect(try await service.call("get_beacon_by_id", #"{"beacon_id":"7"}"#).json == expected)

            #expect(try await service.request("GET", "/v1/beacons/7").json == expected)
            let page = try await service.request("GET", "/v1/beacons?site_id=3&skip=0&take=5&total=true").json
            #expect(page == ["data": [expected], "total": 1])
            let site = try await service.request("GET", "/v1/sites/3/beacons").json
            #expect(site["data"] == [expected])
            #expect(try await service.request("GET", "/v1/sites/4/beacons").json["data"] == [])

            let changed = #"{"site_id":"3","udi":"007","type":"eddystone"}"#
            let updated = try await service.request("PUT", "/v1/beacons/7", body: changed)
            #expect(try updated.json == ["id": "7", "site_id": "3", "udi": "007", "type": "eddystone"])
            #expect(try await service.request("DELETE", "/v1/beacons/7").status == 200)
            #expect(try await service.request("GET", "/v1/beacons/7").status == 204)
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

    // MARK: - Internal

    private static func fill(_ service: RunningService) async throws {
        let places = [("1", [0, 0]), ("1", [2, 0]), ("1", [4, 3]), ("2", [9, 9])]
        for (index, (site, place)) in places.enumerated() {
            let center = #"{"type":"Point","coordinates":\#(place)}"#
            let beacon = #"{"id":"\#(index + 1)","site_id":"\#(site)","udi":"00\#(index + 1)","center":\#(center)}"#
            let answer = try await service.call("create_beacon", #"{"beacon":\#(beacon)}"#)
            #expect(answer.status == 200)
        }
    }

    private static func ids(_ page: JSON) -> [String] {
        page["data"]?.elements?.compactMap { $0["id"]?.text } ?? []
    }
}
