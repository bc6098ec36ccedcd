import Foundation
import PipServices
import Testing

/// Configuration files that were written for the Node edition of Beacons, unchanged.
@Suite struct NodeConfigurationTests {
    @Test("Descriptors of both versions are accepted", arguments: ["beacons-v3.yml", "beacons-v4.yml"])
    func runsUnchanged(_ name: String) async throws {
        try await RunningService.run(config: Self.config(name)) { service async throws in
            let beacon = #"{"id":"1","site_id":"1","udi":"001"}"#
            #expect(try await service.call("create_beacon", #"{"beacon":\#(beacon)}"#).status == 200)
            #expect(try await service.call("get_beacon_by_udi", #"{"udi":"001"}"#).json["id"] == "1")
            #expect(try await service.request("GET", "/heartbeat").status == 200)
            #expect(try await service.request("GET", "/v1/beacons/swagger").body.hasPrefix("openapi:"))
            let swagger = try await service.request("GET", "/swagger")
            #expect(swagger.status == 200)
            #expect(swagger.body.contains(#""url":"./v1/beacons/swagger""#))
            let status = try await service.request("GET", "/status").json
            #expect(status["name"] == "beacons")
            #expect(status["description"] == "Beacons of the Node edition")

            service.process.send(SIGTERM)
            #expect(try await service.process.end() == .exit(0))
            // The level of counters, which files have and no edition reads, is all there is to say.
            let lines = service.process.errors.split(separator: "\n")
            #expect(lines.count == (name == "beacons-v4.yml" ? 1 : 0), "\(service.process.errors)")
            #expect(lines.allSatisfy { $0.contains("counters:log:default:1.0: unknown key 'level'") })
        }
    }

    /// The variables that switch sections on.
    private static let switches: [[String: String]] = [
        [:], ["FILE_ENABLED": "true"], ["FILE_ENABLED": "true", "FILE_PATH": "/tmp/beacons.json"],
        ["LOG_LEVEL": "trace", "HTTP_PORT": "8080"],
    ]

    @Test(
        "A strict check finds only a key that no edition reads", arguments: ["beacons-v3.yml", "beacons-v4.yml"])
    func strictChecks(_ name: String) async throws {
        func check(_ config: URL, _ environment: [String: String]) async throws -> (ChildProcess.End, String) {
            try await RunningService.start(
                config: config, arguments: ["--check", "--strict"], environment: environment
            ) { (try await $0.end(), $0.output) }
        }
        let folder = try TemporaryFolder()
        let text = try String(contentsOf: Self.config(name), encoding: .utf8)
        let level = "- descriptor: \"pip-services:counters:log:default:1.0\"\n  level: \"debug\"\n"
        let isKnown = !text.contains(level)
        #expect(isKnown == (name == "beacons-v3.yml"))
        let without = try folder.write(
            name, text.replacing(level, with: "- descriptor: \"pip-services:counters:log:default:1.0\"\n"))
        for environment in Self.switches {
            let (end, output) = try await check(without, environment)
            #expect(end == .exit(0) && output.hasSuffix("\(name): no problems\n"), "\(environment): \(output)")
        }
        guard !isKnown else { return }
        let (end, output) = try await check(Self.config(name), [:])
        #expect(end == .exit(1))
        #expect(output.contains("counters:log:default:1.0: unknown key 'level'"), "\(output)")
        #expect(output.hasSuffix("\(name): 0 errors, 1 warning\n"), "\(output)")
    }

    @Test("Environment and parameters", arguments: ["beacons-v3.yml", "beacons-v4.yml"])
    func switchesComeFromBoth(_ name: String) async throws {
        let arguments = ["--param", "LOG_LEVEL=trace;HTTP_PORT=1"]
        try await RunningService.run(config: Self.config(name), arguments: arguments) { service async throws in
            // The environment's HTTP_PORT=0 wins.
            #expect(service.port > 1)
            _ = try await service.call("get_beacons")
            _ = try await service.process.waitForOutput(#/:TRACE:[^ ]+ Executing v1\/beacons\.get_beacons method\n/#)
        }
    }

    @Test("File persistence", arguments: ["beacons-v3.yml", "beacons-v4.yml"])
    func fileEnabledKeepsBeaconsInAFile(_ name: String) async throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "data/beacons.json")
        let environment = ["FILE_ENABLED": "true", "FILE_PATH": file.path]
        try await RunningService.run(config: Self.config(name), environment: environment) { service async throws in
            let beacon = #"{"beacon":{"id":"1","site_id":"1","udi":"001"}}"#
            #expect(try await service.call("create_beacon", beacon).status == 200)
            service.process.send(SIGTERM)
            #expect(try await service.process.end() == .exit(0))
        }
        let items = try JSON(parsing: String(decoding: Data(contentsOf: file), as: UTF8.self))
        #expect(items.elements?.map { $0["id"] } == ["1"])
    }

    #if PIP_MONGODB
    @Test("MongoDB persistence", arguments: ["beacons-v3.yml", "beacons-v4.yml"])
    func mongoEnabledKeepsBeaconsInMongoDB(_ name: String) async throws {
        let address = try #require(
            ProcessInfo.processInfo.environment["PIP_TEST_MONGODB"], "no stand-in for MongoDB runs: run 'make test'"
        ).split(separator: ":")
        let environment = [
            "MONGO_ENABLED": "true", "MONGO_SERVICE_HOST": String(address[0]), "MONGO_SERVICE_PORT": String(address[1]),
            "MONGO_DB": "e2e_\(UUID().uuidString)", "MONGO_USER": "", "MONGO_PASS": "",
        ]
        for isFirst in [true, false] {
            try await RunningService.run(config: Self.config(name), environment: environment) { service async throws in
                let beacon =
                    #"{"beacon":{"id":"1","site_id":"1","udi":"001","center":{"type":"Point","coordinates":[1,2.5]}}}"#
                if isFirst { #expect(try await service.call("create_beacon", beacon).status == 200) }
                let found = try await service.call("get_beacon_by_udi", #"{"udi":"001"}"#).json
                #expect(found["id"] == "1" && found["center"]?["coordinates"]?.elements?.count == 2)
                let page = try await service.call("get_beacons", #"{"filter":{"site_id":"1"},"paging":{"total":true}}"#)
                #expect(page.body.contains(#""total":1"#), "\(page.body)")
                service.process.send(SIGTERM)
                #expect(try await service.process.end() == .exit(0))
            }
        }
    }

    @Test("A MongoDB server that is missing", arguments: ["beacons-v3.yml", "beacons-v4.yml"])
    func missingMongoGivesAClearError(_ name: String) async throws {
        let errors = try await Self.failure(
            name, ["MONGO_ENABLED": "true", "MONGO_SERVICE_PORT": "1", "MONGO_USER": "u", "MONGO_PASS": "s3cret"])
        #expect(errors.contains("MongoDB at localhost:1 can't be reached"), "\(errors)")
        #expect(!errors.contains("s3cret"))
    }
    #else
    @Test("MongoDB persistence without its driver", arguments: ["beacons-v3.yml", "beacons-v4.yml"])
    func mongoEnabledGivesAClearError(_ name: String) async throws {
        let errors = try await Self.failure(name, ["MONGO_ENABLED": "true", "MONGO_PASS": "s3cret"])
        #expect(errors.contains("\(name):\(try Self.line(of: "persistence:mongodb", in: name)): "))
        #expect(!errors.contains("s3cret"))
        #expect(errors.contains("PIP_MONGODB"))
        #expect(errors.contains("libmongoc-dev"))
    }
    #endif

    // MARK: - Internal

    private static func config(_ name: String) -> URL { Built.source("Tests/EndToEndTests/Configs/\(name)") }

    /// What the service writes to standard error when it does not start.
    private static func failure(_ name: String, _ environment: [String: String]) async throws -> String {
        try await RunningService.start(config: config(name), environment: environment) { process async throws in
            #expect(try await process.end() == .exit(1))
            return process.errors
        }
    }

    /// The line of a file, counted from 1, that contains a text.
    private static func line(of text: String, in name: String) throws -> Int {
        let lines = try String(contentsOf: config(name), encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        return 1 + (try #require(lines.firstIndex { $0.contains(text) }))
    }
}
