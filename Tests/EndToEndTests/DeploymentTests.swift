import Foundation
import Testing

/// What is in the folder `deploy`: a unit of systemd, manifests of Kubernetes, functions of Google Cloud and of Azure.
@Suite struct DeploymentTests {
    private static func python(_ script: String, _ arguments: [String]) async throws {
        let python = try #require(
            ProcessInfo.processInfo.environment["PIP_TEST_PYTHON"],
            "PIP_TEST_PYTHON names no Python with the tests' packages: run 'make test', which installs them")
        let path = Built.source("Tests/EndToEndTests/Peers/\(script)").path
        let result = try await ChildProcess.output(of: URL(filePath: python), [path] + arguments)
        #expect(result.end == .exit(0), "\(result.output)\n\(result.errors)")
    }

    @Test("systemd accepts the unit, which has readiness, a watchdog and a stop timeout")
    func unit() async throws {
        let folder = try TemporaryFolder()
        let text = try String(contentsOf: Built.source("deploy/systemd/beacons.service"), encoding: .utf8)
        for setting in ["Type=notify", "WatchdogSec=30", "TimeoutStopSec=45", "ExecReload=/bin/kill -HUP $MAINPID"] {
            #expect(text.contains("\n\(setting)\n"))
        }
        let executable = try Built.executable("beacons").path
        let unit = try folder.write("beacons.service", text.replacing("/usr/local/bin/beacons", with: executable))
        let result = try await ChildProcess.output(of: Built.command("systemd-analyze"), ["verify", unit.path])
        #expect(result.end == .exit(0))
        // It ignores what it does not understand, and says so.
        #expect(result.errors == "" && result.output == "")
        // The same command line, as far as it depends on the service.
        let secrets = try TemporaryFolder()
        _ = try secrets.write("MONGO_PASS", "s3cret\n")
        let config = RunningService.beaconsConfig.path
        let check = try await ChildProcess.output(
            of: URL(filePath: executable), ["--config", config, "--secrets", secrets.url.path, "--check", "--strict"])
        #expect(check.end == .exit(0), "\(check.output)")
    }

    /// The files of ConfigMap and Secret.
    private static func manifests() async throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let manifests = Built.source("deploy/kubernetes/beacons.yaml").path
        try await python("validate_deployment.py", [manifests, folder.url.path])
        return folder
    }

    @Test("The Kubernetes manifests and the configuration in the ConfigMap are valid and consistent")
    func kubernetes() async throws {
        let folder = try await Self.manifests()
        let arguments = [
            "--config", folder.url.appending(path: "config/config.yml").path, "--secrets",
            folder.url.appending(path: "secrets").path, "--check", "--strict",
        ]
        let executable = try Built.executable("beacons")
        let check = try await ChildProcess.output(of: executable, arguments)
        #expect(check.end == .exit(0), "\(check.output)")
        #if PIP_MONGODB
        let environment = ChildEnvironment.make(["MONGO_SERVICE_HOST": "mongo"])
        let other = try await ChildProcess.output(of: executable, arguments, environment: environment)
        #expect(other.end == .exit(0), "\(other.output)")
        #expect(!other.output.contains("change-me"))
        #endif
    }

    @Test("A broken ConfigMap is reported and the old one stays in use; the next one is applied")
    func brokenConfigMap() async throws {
        let folder = try await Self.manifests()
        let usual = try String(contentsOf: folder.url.appending(path: "config/config.yml"), encoding: .utf8)
            .replacing("port: 8080", with: "port: 0").replacing("reload.interval: 5000", with: "reload.interval: 50")
            .replacing("host: 0.0.0.0", with: "host: 127.0.0.1").replacing(
                "shutdown.delay: 5000", with: "shutdown.delay: 0"
            )
            .replacing("  format: json\n", with: "")
        // As Kubernetes mounts it: a link to a folder, which is replaced as a whole.
        let volume = try TemporaryFolder()
        var version = 0
        func mount(_ text: String) throws {
            version += 1
            let data = volume.url.appending(path: "..\(version)")
            try FileManager.default.createDirectory(at: data, withIntermediateDirectories: false)
            try Data(text.utf8).write(to: data.appending(path: "config.yml"))
            let next = volume.url.appending(path: "..data_tmp")
            symlink("..\(version)", next.path)
            rename(next.path, volume.url.appending(path: "..data").path)
        }
        try mount(usual)
        symlink("..data/config.yml", volume.url.appending(path: "config.yml").path)
        let secrets = folder.url.appending(path: "secrets").path
        try await RunningService.run(
            config: volume.url.appending(path: "config.yml"), arguments: ["--secrets", secrets]
        ) { service async throws in
            #expect(try await service.request("GET", "/health/ready").status == 200)
            let limited = usual.replacing("options.max_connections: 10000", with: "options.maintenance_enabled: yess")
            try mount(limited)
            try await service.process.waitForErrors(
                #/The changed configuration is rejected, the old one stays.*'options.maintenance_enabled' is 'yess'/#)
            try mount(usual + "\n- broken: [\n")
            try await service.process.waitForErrors(#/is rejected, the old one stays: Cannot read .*config\.yml: line/#)
            #expect(try await service.call("get_beacons").status == 200)
            #expect(try await service.request("GET", "/health/ready").status == 200)
            try mount(usual.replacing("options.max_connections: 10000", with: "options.maintenance_enabled: true"))
            _ = try await service.process.waitForOutput(#/has applied the changes/#)
            #expect(try await service.call("get_beacons").status == 503)
            service.process.send(SIGTERM)
            #expect(try await service.process.end() == .exit(0))
        }
    }

    @Test("Beacons runs as a Google Cloud function by configuration, and the Python client calls it")
    func googleCloud() async throws {
        let config = Built.source("deploy/google-cloud/config.yml")
        let environment = ["PORT": "0", "K_SERVICE": "beacons-function", "GOOGLE_CLOUD_PROJECT": "project"]
        try await RunningService.start(config: config, environment: environment) { process async throws in
            let match = try await process.waitForOutput(
                #/"message":"HTTP endpoint is listening on http:\/\/[^ ]+:(\d+)"/#)
            try await Self.python("function_client.py", [String(match.1)])
            // A line of the log, as Cloud Logging reads it.
            let line = try #require(process.output.split(separator: "\n").first { $0.hasPrefix("{") })
            let entry = try JSON(parsing: String(line))
            #expect(entry["severity"] == "INFO" && entry["source"] == "beacons-function")
            let answer = try await Curl.request(
                "POST", "http://127.0.0.1:\(match.1)/", body: #"{"cmd":"beacons.get_beacons"}"#,
                headers: ["traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"])
            #expect(answer.status == 200)
            process.send(SIGTERM)
            #expect(try await process.end() == .exit(0))
        }
    }

    @Test("The image's probe reports whether the service is healthy") func probe() async throws {
        let executable = try Built.executable("beacons")
        func probe(_ text: String) async throws -> ChildProcess.End {
            try await ChildProcess.output(of: executable, ["--probe", text]).end
        }
        try await RunningService.run { service async throws in
            #expect(try await probe("\(service.port)") == .exit(0))
            #expect(try await probe("\(service.port)/heartbeat") == .exit(0))
            #expect(try await probe("\(service.port)/no-such-path") == .exit(1))
        }
        #expect(try await probe("1") == .exit(1))
        #expect(try await probe("http") == .exit(2))
    }

    @Test("An executable is collected with its libraries and the loader, and runs with them") func collectedExecutable()
        async throws
    {
        let folder = try TemporaryFolder()
        let script = Built.source("scripts/collect-executable.sh")
        // Small, unlike a service.
        let curl = try Built.command("curl")
        let result = try await ChildProcess.output(of: script, [curl.path, folder.url.path])
        #expect(result.end == .exit(0), "\(result.errors)")
        let libraries = try FileManager.default.contentsOfDirectory(atPath: folder.url.appending(path: "lib").path)
        let loader = try #require(libraries.first { $0.hasPrefix("ld-linux") })
        #expect(libraries.contains { $0.hasPrefix("libcurl.so") } && libraries.contains("libc.so.6"))
        let lib = folder.url.appending(path: "lib")
        let run = try await ChildProcess.output(
            of: lib.appending(path: loader),
            ["--library-path", lib.path, folder.url.appending(path: "curl").path, "--version"])
        #expect(run.end == .exit(0) && run.output.hasPrefix("curl "), "\(run.errors)")
        let missing = try await ChildProcess.output(of: script, ["/nowhere/file", folder.url.path])
        #expect(missing.end == .exit(1) && missing.errors.contains("/nowhere/file is no executable"))
    }

    @Test("The newest entry of the changelog has the version of the toolkit") func changelog() async throws {
        let changelog = try String(contentsOf: Built.source("CHANGELOG.md"), encoding: .utf8)
        let newest = try #require(changelog.firstMatch(of: #/\n## (\d+\.\d+\.\d+)/#)).1
        let result = try await ChildProcess.output(of: Built.executable("beacons"), ["--version"])
        #expect(result.output.hasSuffix("PipServices \(newest)\n"))
    }

    #if PIP_AZURE
    @Test("Beacons is a function of Azure by its configuration, and the Python edition's client calls it")
    func azure() async throws {
        try await Self.python("function_client.py", ["--azure", try Built.executable("beacons").path])
    }
    #endif
}
