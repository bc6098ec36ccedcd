import Testing

@testable import PipServices

@Suite struct ProcessArgumentsTests {
    @Test func optionsAreRead() {
        let options = ProcessArguments(["-c", "a.yml", "-p", "A=1;B=2", "--param", "C=3", "--params", "A=4"])
        #expect(options.config == "a.yml")
        #expect(options.parameters([:]) == ["A": "4", "B": "2", "C": "3"])
        #expect(options.mistakes.isEmpty)
        #expect(ProcessArguments(["--help"]).wantsHelp)
        #expect(ProcessArguments(["-h"]).wantsHelp)
    }

    @Test func theEnvironmentWinsOverParameters() {
        #expect(ProcessArguments(["-p", "A=1;B=2"]).parameters(["B": "env"]) == ["A": "1", "B": "env"])
    }

    @Test func inspectionsAreRead() {
        func inspection(_ arguments: String...) -> ProcessInspection? { ProcessArguments(arguments).inspection }
        #expect(inspection() == nil)
        #expect(inspection("--check") == .check(.text, isStrict: false))
        #expect(inspection("--strict", "--check=json") == .check(.json, isStrict: true))
        #expect(inspection("--graph") == .graph(file: nil))
        #expect(inspection("--graph", "-c", "a.yml") == .graph(file: nil))
        #expect(inspection("--graph", "a.svg") == .graph(file: "a.svg"))
        #expect(inspection("--graph=a.svg") == .graph(file: "a.svg"))
        #expect(inspection("--list") == .list(.text))
        #expect(inspection("--list=markdown") == .list(.markdown))
        #expect(
            ProcessArguments(["--list=jsn"]).mistakes == [
                "Unknown form 'jsn' of '--list'; expected text or json or markdown; did you mean 'json'?"
            ])
        #expect(ProcessArguments(["--config=a.yml"]).config == "a.yml")
    }

    @Test("The secrets directory is an option or an environment variable") func folderOfSecrets() {
        func folder(_ arguments: String..., environment: AnyValueMap = [:]) -> String? {
            ProcessArguments(arguments).secretFiles(environment).folder
        }
        #expect(folder() == nil)
        #expect(folder("--secrets", "/run/secrets") == "/run/secrets")
        #expect(folder("--secrets=/a", environment: ["SECRETS_DIR": "/b"]) == "/a")
        #expect(folder(environment: ["SECRETS_DIR": "/b"]) == "/b")
        #expect(folder(environment: ["SECRETS_DIR": ""]) == nil)
        #expect(ProcessArguments(["--secrets"]).mistakes == ["Option '--secrets' needs a value"])
        #expect(ProcessArguments(["--version"]).wantsVersion)
    }

    @Test("A probe has a port and a path") func probes() {
        let probe = ProcessArguments(["--probe", "8080"]).probe
        #expect(probe?.port == 8080 && probe?.path == "/health/ready")
        #expect(ProcessArguments(["--probe=80/heartbeat"]).probe == ProcessProbe("80/heartbeat"))
        #expect(ProcessProbe("80/heartbeat")?.path == "/heartbeat")
        for text in ["http", "0", "70000", "-1", "80/a b", "80/\u{e9}", "/health"] {
            let options = ProcessArguments(["--probe=\(text)"])
            #expect(
                options.probe == nil
                    && options.mistakes == [
                        "Option '--probe' is '\(text)'; expected a port from 1 to 65535, or PORT/PATH"
                    ])
        }
    }

    @Test func whatIsNotUnderstoodIsAMistake() {
        let options = ProcessArguments(["-c", "-p", "A=1", "--confg", "x"])
        #expect(options.config == nil)
        #expect(options.parameters([:]) == ["A": "1"])
        #expect(options.mistakes.count == 3)
        #expect(options.mistakes.contains("Unknown option '--confg'; did you mean '--config'?"))
    }
}
