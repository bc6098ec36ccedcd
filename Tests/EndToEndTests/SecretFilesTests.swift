import Foundation
import Testing

/// Secrets that a service reads from files.
@Suite struct SecretFilesTests {
    private static let config = """
        - descriptor: pip-services:logger:console:default:1.0
          level: {{LEVEL}}
        - descriptor: pip-services:endpoint:http:default:1.0
          connection: { protocol: http, host: 127.0.0.1, port: "{{HTTP_PORT}}" }
          options: { maintenance_enabled: "{{MAINTENANCE}}" }
        - descriptor: beacons:persistence:memory:default:1.0
        - descriptor: beacons:service:default:default:1.0
        - descriptor: beacons:controller:http:default:1.0
        """

    @Test("A secrets directory and NAME_FILE are read at start and at each reload") func reload() async throws {
        let folder = try TemporaryFolder()
        let config = try folder.write("config.yml", Self.config)
        let level = try folder.write("level", "debug\n")
        let secrets = try TemporaryFolder()
        _ = try secrets.write("maintenance", "false\n")
        try await RunningService.run(
            config: config, arguments: ["--secrets", secrets.url.path], environment: ["LEVEL_FILE": level.path]
        ) { service async throws in
            #expect(try await service.call("get_beacons").status == 200)
            let terminal = open("/dev/tty", O_RDONLY | O_NOCTTY)
            if terminal >= 0 { close(terminal) }
            guard terminal < 0 else { return }
            _ = try secrets.write("maintenance", "true\n")
            service.process.send(SIGHUP)
            _ = try await service.process.waitForOutput(#/has applied the changes/#)
            #expect(try await service.call("get_beacons").status == 503)
            _ = try secrets.write("maintenance", "hunter2-hunter2\n")
            service.process.send(SIGHUP)
            _ = try await service.process.waitForErrors(#/The changed configuration is rejected/#)
            #expect(try await service.call("get_beacons").status == 503)
            #expect(!service.process.transcript.contains("hunter2"))
        }
    }

    @Test("No output of a service shows a secret") func nothingShown() async throws {
        let folder = try TemporaryFolder()
        let config = try folder.write("config.yml", Self.config)
        let secrets = try TemporaryFolder()
        _ = try secrets.write("MAINTENANCE", "hunter2-hunter2")
        for inspection in ["--check", "--check=json", "--graph", "--list", ""] {
            let (code, transcript) = try await RunningService.start(
                config: config, arguments: [inspection].filter { !$0.isEmpty },
                environment: ["SECRETS_DIR": secrets.url.path]
            ) { process in (try await process.end(), process.transcript) }
            #expect(!transcript.contains("hunter2"), "\(inspection)")
            if inspection.hasPrefix("--check") || inspection.isEmpty {
                #expect(code == .exit(1))
                #expect(transcript.contains("'options.maintenance_enabled' is '***'"), "\(transcript)")
            }
        }
    }

    @Test("An unreadable secret file is reported with its variable, and nothing starts") func unreadableFile()
        async throws
    {
        let folder = try TemporaryFolder()
        let config = try folder.write("config.yml", Self.config)
        let environment = ["MAINTENANCE_FILE": "/nowhere/secret"]
        try await RunningService.start(config: config, environment: environment) { process async throws in
            #expect(try await process.end() == .exit(1))
            #expect(
                process.errors.contains(
                    "Cannot read the variable 'MAINTENANCE' from /nowhere/secret: there is no such file"))
        }
    }

    @Test("--version prints the versions of the service and of the toolkit") func version() async throws {
        let result = try await ChildProcess.output(of: Built.executable("beacons"), ["--version"])
        #expect(result.end == .exit(0))
        #expect(result.output.wholeMatch(of: #/beacons \d+\.\d+\.\d+\nPipServices \d+\.\d+\.\d+\n/#) != nil)
        try await RunningService.run { service async throws in
            let version = try #require(result.output.firstMatch(of: #/beacons (\S+)/#)).1
            let status = try await service.request("GET", "/status")
            #expect(try status.json["version"] == JSON(parsing: "\"\(version)\""))
        }
    }
}
