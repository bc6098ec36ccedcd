import PipServices
import PipServicesTesting
import Testing

/// Settings with one value and settings with lists.
@Suite struct ComponentModelTests {
    final class Sample: Component {
        let port = Setting("port", default: 80)
        let names = Setting("names", default: ["a"])
        let path = RequiredSetting<String>("path")
        let hosts = RequiredSetting<[String]>("hosts")
    }

    private func failure(_ config: ConfigParams) async -> ApplicationError? {
        await #expect(throws: ApplicationError.self) { try await assemble(Sample(), config: config) }
    }

    @Test("A setting with one value rejects a list and keys of its own", arguments: ["port", "path"])
    func singleValues(key: String) async {
        for inner in ["0", "x"] {
            var config: ConfigParams = ["path": "/", "hosts": "h"]
            config["\(key).\(inner)"] = "1"
            let error = await failure(config)
            #expect(error?.details["codes"] == ["BAD_VALUE"])
            #expect(
                error?.message.contains("'\(key)' is a list or has keys of its own") == true, "\(error?.message ?? "")")
        }
    }

    @Test("A list has its default without elements, and a required list may be given as elements")
    func lists() async throws {
        let sample = try await assemble(Sample(), config: ["path": "/", "hosts.0": "a", "hosts.1": "b,c"])
        #expect(try sample.hosts() == ["a", "b,c"])
        #expect(sample.names() == ["a"])
        #expect(try await assemble(Sample(), config: ["path": "/", "hosts": "a,b", "names": ""]).names() == ["a"])
        #expect(try await assemble(Sample(), config: ["path": "/", "hosts": "a,b", "names": "c"]).names() == ["c"])
    }

    @Test("A required setting names its key and expected form if it is missing, and its key if it is read too early")
    func requiredSettings() async {
        let error = await failure(["path": "/"])
        #expect(error?.details["codes"] == ["NO_VALUE"])
        #expect(
            error?.message.contains("Sample: 'hosts' is missing; expected a list, separated by commas") == true,
            "\(error?.message ?? "")")
        let early = #expect(throws: ApplicationError.self) { try Sample().path() }
        #expect(early?.code == "NOT_CONFIGURED")
        #expect(early?.details == ["key": "path"])
    }

    @Test("Tables of settings show what a declaration states") func declarations() {
        let sample = Sample()
        for declaration in [sample.port.declaration, sample.path.declaration] {
            #expect(!declaration.isSection && !declaration.isList && !declaration.isSecret && !declaration.isReloadable)
        }
        #expect(sample.names.declaration.isList && sample.hosts.declaration.isList)
        #expect(sample.port.declaration.defaultText == "80")
        #expect(sample.path.declaration.defaultText == nil)
        let secret = RequiredSetting<String>("key", secret: true, reloadable: true)
        #expect(secret.declaration.isSecret && secret.declaration.isReloadable)
    }
}
