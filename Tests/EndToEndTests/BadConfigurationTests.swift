import Foundation
import Testing

/// What a service says when its configuration or command line is wrong.
@Suite struct BadConfigurationTests {
    private static let endpoint = """
        - descriptor: pip-services:endpoint:http:default:1.0
          connection: { host: 127.0.0.1, port: 0 }
        """

    @Test func aMissingFileIsNamed() async throws {
        try await RunningService.start(config: URL(filePath: "/nowhere/config.yml")) { process async throws in
            #expect(try await process.end() == .exit(1))
            #expect(process.errors.contains("/nowhere/config.yml"))
            #expect(process.errors.contains("there is no such file"))
        }
    }

    @Test(
        "Malformed YAML",
        arguments: [
            ("- descriptor: a:b:c:d:1.0\n  password: s3cret: 1\n", 2),
            ("- descriptor: a:b:c:d:1.0\n  password: \"s3cret\n", 2),
            ("- descriptor: a:b:c:d:1.0\n  password: [s3cret\n", 2),
            ("{{#unless A}}\n- descriptor: a:b:c:d:1.0\n{{/unless}}\n  password: s3cret: 1\n", 4),
        ])
    func malformedYAMLIsPlacedAndNotQuoted(_ text: String, _ line: Int) async throws {
        let errors = try await Self.failure(text)
        #expect(errors.contains("config.yml"))
        #expect(errors.contains("line \(line)") || errors.contains("config.yml:\(line)"), "\(errors)")
        #expect(!errors.contains("s3cret"))
    }

    @Test func aTemplateErrorIsPlacedAndNotQuoted() async throws {
        let errors = try await Self.failure("- descriptor: a:b:c:d:1.0\n{{#if A}}\n  password: s3cret\n")
        #expect(errors.contains("config.yml"))
        #expect(errors.contains("line 2") || errors.contains("config.yml:2"))
        #expect(errors.contains("the section is never closed"))
        #expect(!errors.contains("s3cret"))
    }

    @Test func anUnknownDescriptorComesWithTheNearest() async throws {
        let errors = try await Self.failure("\n- descriptor: pip-services:loger:console:default:1.0\n")
        #expect(errors.contains("config.yml:2: Unknown descriptor 'pip-services:loger:console:default:1.0'"))
        #expect(errors.contains("did you mean 'pip-services:logger:console:*:1.0'?"))
    }

    @Test func aTypeInsteadOfADescriptorIsExplained() async throws {
        let errors = try await Self.failure("- type: BeaconsService,beacons\n")
        #expect(errors.contains("config.yml:1: "))
        #expect(errors.contains("'type: BeaconsService,beacons'"))
        #expect(errors.contains("give its 'descriptor'"))
    }

    @Test func aMalformedDescriptorIsPlaced() async throws {
        let errors = try await Self.failure("- descriptor: pip-services:logger\n")
        #expect(errors.contains("config.yml:1: "))
        #expect(errors.contains("pip-services:logger"))
    }

    @Test func aWrongTypeNamesKeyValueAndWhatIsExpected() async throws {
        let errors = try await Self.failure("\(Self.endpoint)\n  options:\n    request_max_size: large\n")
        let endpoint = "pip-services:endpoint:http:default:1.0"
        #expect(
            errors.contains(
                "config.yml:4: \(endpoint): 'options.request_max_size' is 'large'; expected a whole number of at least 1\n"
            ))
    }

    @Test func allMistakesAreToldAtOnce() async throws {
        let errors = try await Self.failure(
            "- descriptor: pip-services:logger:consol:default:1.0\n\(Self.endpoint)\n  options: { request_max_size: x }\n"
        )
        #expect(errors.contains("2 mistakes in the configuration:\n"))
        #expect(errors.contains(#/ - \S*config\.yml:1: Unknown descriptor/#))
        #expect(errors.contains(#/ - \S*config\.yml:4: .*'options\.request_max_size' is 'x'/#))
    }

    @Test func anUnknownKeyIsAWarning() async throws {
        let folder = try TemporaryFolder()
        let logger = "- descriptor: pip-services:logger:console:default:1.0"
        let config = try folder.write(
            "config.yml", "\(Self.endpoint)\n  options: { request_max_sise: 10 }\n\(logger)\n")
        try await RunningService.run(config: config) { service async throws in
            #expect(
                service.process.errors.contains(
                    #/:WARN:\S* \S*config\.yml:3: .*unknown key 'options\.request_max_sise'/#))
            #expect(service.process.errors.contains("did you mean 'options.request_max_size'?"))
            #expect(try await service.request("GET", "/").status == 404)
        }
    }

    @Test func aPortInUseFailsTheStart() async throws {
        try await RunningService.run { first async throws in
            let environment = ["HTTP_PORT": "\(first.port)"]
            try await RunningService.start(config: RunningService.beaconsConfig, environment: environment) {
                second async throws in
                #expect(try await second.end() == .exit(1))
                #expect(second.errors.contains("Can't listen on 127.0.0.1:\(first.port)"))
                #expect(second.errors.contains("Address already in use"))
                #expect(!second.output.contains("Container beacons started"))
            }
            #expect(try await first.request("GET", "/heartbeat").status == 200)
        }
    }

    @Test("A malformed port is reported with file, line and expected form") func nonNumericPort() async throws {
        for port in ["http", "80a", "70000", "-1"] {
            let environment = ["HTTP_PORT": port]
            try await RunningService.start(config: RunningService.beaconsConfig, environment: environment) {
                process async throws in
                #expect(try await process.end() == .exit(1))
                let message = "'connection.port' is '\(port)'; expected a whole number from 0 to 65535"
                #expect(process.errors.contains(message), "\(process.errors)")
                #expect(process.errors.contains(#/config\.yml:\d+: /#))
            }
        }
    }

    @Test("A data file on a read-only disk fails the start with its path", .enabled(if: geteuid() == 0))
    func readOnlyDisk() async throws {
        let folder = try TemporaryFolder()
        let executable = try Built.executable("beacons").path
        // A disk of its own, which only this process sees.
        let script = #"mount -t tmpfs -o ro none "$1" && exec "$2" --config "$3""#
        let variables = [
            "FILE_ENABLED": "1", "FILE_PATH": "\(folder.url.path)/beacons.json", "HTTP_PORT": "0",
            "HTTP_HOST": "127.0.0.1",
        ]
        let result = try await ChildProcess.output(
            of: Built.command("unshare"),
            ["--mount", "sh", "-c", script, "sh", folder.url.path, executable, RunningService.beaconsConfig.path],
            environment: ChildEnvironment.make(variables))
        #expect(result.end == .exit(1))
        #expect(result.errors.contains("\(folder.url.path)/beacons.json"), "\(result.errors)")
        #expect(result.errors.contains("WRITE_FAILED") || result.errors.contains("Read-only"), "\(result.errors)")
        #expect(!result.output.contains("is listening"))
    }

    #if !PIP_REDIS
    @Test func aDriverThatIsNotCompiledInNamesFlagAndPackage() async throws {
        let errors = try await Self.failure("- descriptor: pip-services:cache:redis:default:1.0\n")
        #expect(errors.contains("config.yml:1: "))
        #expect(errors.contains("-DPIP_REDIS"))
        #expect(errors.contains("libhiredis-dev"))
    }
    #endif

    @Test func helpIsToldWithExitCode0() async throws {
        for option in ["--help", "-h"] {
            let result = try await ChildProcess.output(of: Built.executable("beacons"), [option])
            #expect(result.end == .exit(0))
            #expect(result.output.hasPrefix("beacons - Beacons microservice\n"))
            for word in ["--config", "--param", "--help", "./config/config.yml"] {
                #expect(result.output.contains(word))
            }
            #expect(result.errors.isEmpty)
        }
    }

    @Test("Invalid arguments end the process with exit code 2, and start nothing")
    func unknownArguments() async throws {
        let result = try await RunningService.start(
            config: RunningService.beaconsConfig, arguments: ["--chek", "extra"]
        ) { process in (end: try await process.end(), output: process.output, errors: process.errors) }
        #expect(result.end == .exit(2))
        #expect(result.errors.contains("Unknown option '--chek'; did you mean '--check'?\n"))
        #expect(result.errors.contains("Unknown option 'extra'\n"))
        #expect(!result.output.contains("listening"))
    }

    @Test("A missing persistence is an error with file, line and component, and nothing starts")
    func missingPersistence() async throws {
        let errors = try await Self.failure("\n- descriptor: beacons:service:default:default:1.0\n")
        for part in [
            "config.yml:2: beacons:service:default:default:1.0", "'persistence'", "'beacons:persistence:memory:*:1.0'",
        ] {
            #expect(errors.contains(part), "\(part) in \(errors)")
        }
    }

    @Test func theDefaultConfigurationIsInTheFolderConfig() async throws {
        let folder = try TemporaryFolder()
        let result = try await ChildProcess.output(of: Built.executable("beacons"), in: folder.url)
        #expect(result.end == .exit(1))
        #expect(result.errors.contains("./config/config.yml: there is no such file"))
    }

    // MARK: - Internal

    /// What a service with this configuration writes to standard error when it does not start.
    private static func failure(_ text: String) async throws -> String {
        let folder = try TemporaryFolder()
        let config = try folder.write("config.yml", text)
        return try await RunningService.start(config: config) { process async throws in
            #expect(try await process.end() == .exit(1))
            #expect(process.errors.contains(":FATAL:"))
            #expect(!process.output.contains("listening"))
            return process.errors
        }
    }
}
