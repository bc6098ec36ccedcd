import Foundation
import Testing

/// What a service tells about itself by `--check`, `--graph` and `--list`.
@Suite struct InspectionTests {
    private static func run(
        _ arguments: [String], config: URL = RunningService.beaconsConfig
    ) async throws -> (code: ChildProcess.End, output: String, errors: String) {
        try await RunningService.start(config: config, arguments: arguments) { process in
            (try await process.end(), process.output, process.errors)
        }
    }

    private static let bad = """
        - descriptor: pip-services:logger:console:default:1.0
          level: lots
        - descriptor: pip-services:endpoint:http:default:1.0
          conection: { port: 0 }
          options.request_max_size: 1{{SIZE}}
        - descriptor: pip-services:counters:lgo:default:1.0
        """

    @Test func aGoodConfigurationPasses() async throws {
        let (code, output, errors) = try await Self.run(["--check", "--strict"])
        #expect(code == .exit(0))
        #expect(output.hasSuffix("config.yml: no problems\n"))
        #expect(errors == "")
    }

    @Test func everyProblemIsToldWithItsPlace() async throws {
        let folder = try TemporaryFolder()
        let config = try folder.write("bad.yml", Self.bad)
        let (code, output, _) = try await Self.run(["--check"], config: config)
        #expect(code == .exit(1))
        for part in [
            "bad.yml:2: error: ", "[BAD_VALUE]", "bad.yml:4: warning: ", "did you mean 'connection.port'?",
            "[UNKNOWN_KEY]", "bad.yml:5: warning: The variable 'SIZE'", "[UNSET_VARIABLE]", "bad.yml:6: error: ",
            "[UNKNOWN_DESCRIPTOR]", "bad.yml: 2 errors, 2 warnings\n",
        ] {
            #expect(output.contains(part), "\(part) in \(output)")
        }
        #expect(!output.contains("listening"))
    }

    @Test(
        "An unquoted variable is reported if YAML changes its value",
        arguments: ["my #1.json", "0123", "1e5", "1.10"])
    func unquotedVariables(path: String) async throws {
        let folder = try TemporaryFolder()
        let usual = try String(contentsOf: RunningService.beaconsConfig, encoding: .utf8)
        let quoted = #"path: "{{{FILE_PATH}}}{{#unless FILE_PATH}}./data/beacons.json{{/unless}}""#
        try #require(usual.contains(quoted))
        let unquoted = "path: {{FILE_PATH}}"
        let config = try folder.write("unquoted.yml", usual.replacing(quoted, with: unquoted))
        let lines = usual.split(separator: "\n", omittingEmptySubsequences: false)
        let line = try #require(lines.firstIndex { $0.contains(quoted) }) + 1
        func check(_ config: URL, _ path: String, _ more: [String] = []) async throws -> (ChildProcess.End, String) {
            let environment = ["FILE_ENABLED": "true", "FILE_PATH": path]
            return try await RunningService.start(
                config: config, arguments: ["--check"] + more, environment: environment
            ) { (try await $0.end(), $0.output) }
        }
        let (end, output) = try await check(config, path)
        #expect(end == .exit(0))
        #expect(
            output.contains(
                "unquoted.yml:\(line): warning: YAML reads the value of the variable 'FILE_PATH' as something else; "
                    + "write '{{\"FILE_PATH\"}}', which quotes it [UNQUOTED_VARIABLE]\n"), "\(output)")
        #expect(output.hasSuffix("unquoted.yml: 0 errors, 1 warning\n"), "\(output)")
        #expect(try await check(config, path, ["--strict"]).0 == .exit(1))
        // A value that YAML leaves alone, and quoted variables, are fine.
        #expect(try await check(config, "beacons.json", ["--strict"]).0 == .exit(0))
        #expect(try await check(RunningService.beaconsConfig, path, ["--strict"]).0 == .exit(0))
    }

    @Test func programsReadJSON() async throws {
        let folder = try TemporaryFolder()
        let config = try folder.write("bad.yml", Self.bad)
        let (code, output, _) = try await Self.run(["--check=json"], config: config)
        #expect(code == .exit(1))
        let report = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
        #expect(report?["errors"] as? Int == 2)
        #expect(report?["warnings"] as? Int == 2)
        let problems = report?["problems"] as? [[String: Any]] ?? []
        #expect(problems.contains { $0["code"] as? String == "BAD_VALUE" && $0["line"] as? Int == 2 })
    }

    @Test func strictnessTurnsWarningsIntoFailures() async throws {
        let folder = try TemporaryFolder()
        let config = try folder.write("odd.yml", "- descriptor: pip-services:cache:memory:default:1.0\n")
        #expect(try await Self.run(["--check"], config: config).code == .exit(0))
        let (code, output, _) = try await Self.run(["--check", "--strict"], config: config)
        #expect(code == .exit(1))
        #expect(output.contains("[UNUSED]"))
    }

    @Test func aMissingFileIsAProblem() async throws {
        let (code, output, _) = try await Self.run(["--check"], config: URL(filePath: "/nowhere/config.yml"))
        #expect(code == .exit(1))
        #expect(output.contains("there is no such file"))
    }

    @Test func theGraphIsMermaidOrAPicture() async throws {
        let (code, output, _) = try await Self.run(["--graph"])
        #expect(code == .exit(0))
        #expect(output.hasPrefix("flowchart TB\n"))
        #expect(output.contains("|\"persistence\"|"))
        let folder = try TemporaryFolder()
        let picture = folder.url.appending(path: "beacons.svg")
        #expect(try await Self.run(["--graph", picture.path]).code == .exit(0))
        let svg = try await XMLShape.elements(of: picture)
        #expect(svg["svg"] == 1)
        #expect(svg["path", default: 0] > 10)
        let wrong = try await Self.run(["--graph", folder.url.appending(path: "beacons.bmp").path])
        #expect(wrong.code == .exit(1))
        #expect(wrong.errors.contains(".svg, .mmd or .mermaid"))
    }

    @Test func theListHasDescriptorsAndSettings() async throws {
        let (code, output, _) = try await Self.run(["--list"])
        #expect(code == .exit(0))
        #expect(output.hasPrefix("beacons:"))
        #expect(output.contains("pip-services:endpoint:http:*:1.0\n"))
        #expect(output.contains("options.request_max_size"))
        let json = try await Self.run(["--list=json"]).output
        let list = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]]
        #expect(list?.contains { $0["descriptor"] as? String == "pip-services:cache:memory:*:1.0" } == true)
    }
}
