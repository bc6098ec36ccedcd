import PipServices
import PipServicesTesting
import Testing

@Suite struct ReloadTests {
    final class Sample: Component {
        let level = Setting("level", default: LogLevel.info, reloadable: true)
        let limit = Setting("limit", aliases: ["options.limit"], default: 10, reloadable: true)
        let path = Setting("path", default: "/a")
        let needed = RequiredSetting<Int>("needed", reloadable: true)
        let names = Setting<[String]>("names", default: [])
        let free = OpenSection("free", reloadable: true)
        let fixed = OpenSection("fixed")
        let inner = Child(prefix: "inner") { Inner() }
        let cache = OptionalDependency<Inner>("cache", "none")
    }

    final class Inner: Component {
        let size = Setting("size", default: 1, reloadable: true)
        let kind = Setting("kind", default: "x")
    }

    private static let started: ConfigParams = ["needed": "1", "level": "warn", "fixed.a": "1"]

    private static func sample() async throws -> Sample { try await assemble(Sample(), config: started) }

    @Test func reloadableSettingsAreTaken() async throws {
        let sample = try await Self.sample()
        let problems = reload(
            sample, from: Self.started,
            to: [
                "needed": "2", "level": "debug", "options.limit": "5", "free.x": "1", "inner.size": "7",
                "fixed.a": "1",
            ])
        #expect(problems.isEmpty)
        #expect(try sample.needed() == 2)
        #expect(sample.level() == .debug)
        #expect(sample.limit() == 5)
        #expect(sample.free() == ["x": "1"])
        #expect(sample.inner.size() == 7)
    }

    @Test("A key that was unknown at the start already is not told again") func knownMistakesAreNotTold() async throws {
        let sample = try await Self.sample()
        let started = Self.started.override(["levle": "debug"])
        #expect(reload(sample, from: started, to: started.override(["level": "debug"])).isEmpty)
        #expect(sample.level() == .debug)
        let problems = reload(sample, from: started, to: started.override(["fre.x": "1"]))
        #expect(problems.map(\.key) == ["fre.x"])
    }

    @Test func aSettingThatIsGoneHasItsDefaultAgain() async throws {
        let sample = try await Self.sample()
        #expect(reload(sample, from: Self.started, to: ["needed": "1", "fixed.a": "1"]).isEmpty)
        #expect(sample.level() == .info)
    }

    @Test func goingBackToTheStartIsAChangeToo() async throws {
        let sample = try await Self.sample()
        reload(sample, from: Self.started, to: Self.started.override(["level": "debug"]))
        reload(sample, from: Self.started, to: Self.started)
        #expect(sample.level() == .warn)
    }

    @Test(arguments: [("level", "loud"), ("inner.size", "many"), ("needed", ""), ("path", "")])
    func oneMistakeKeepsAllFromBeingTaken(_ key: String, _ value: String) async throws {
        let sample = try await Self.sample()
        let problems = reload(
            sample, from: Self.started,
            to: Self.started.override(["limit": "5", "inner.size": "7", "level": "debug"]).override([key: value]))
        guard key != "path" else {
            #expect(problems.isEmpty, "an empty value counts as unset")
            return
        }
        #expect(problems.map(\.severity) == [.error])
        #expect(problems.first?.key == key)
        #expect(sample.limit() == 10)
        #expect(sample.inner.size() == 1)
        #expect(sample.level() == .warn)
        #expect(try sample.needed() == 1)
    }

    @Test func whatIsNotReloadableNeedsARestart() async throws {
        let sample = try await Self.sample()
        let problems = reload(
            sample, from: Self.started,
            to: Self.started.override([
                "path": "/b", "inner.kind": "y", "fixed.a": "2", "names.0": "n", "level": "debug",
                "dependencies.cache": "a:b:c:d:e", "levle": "x",
            ]))
        let restarts = problems.filter { $0.code == "NEEDS_RESTART" }.compactMap(\.key)
        #expect(Set(restarts) == ["path", "inner.kind", "fixed", "names", "dependencies.cache"])
        #expect(problems.filter { $0.code == "UNKNOWN_KEY" }.compactMap(\.key) == ["levle"])
        #expect(problems.allSatisfy { $0.severity == .warning })
        #expect(sample.level() == .debug, "what is reloadable is taken all the same")
        #expect(sample.path() == "/a")
    }

    @Test func aMalformedValueOfAFixedSettingIsAnErrorToo() async throws {
        final class Fixed: Component {
            let size = Setting("size", default: 1)
        }
        let fixed = try await assemble(Fixed())
        #expect(reload(fixed, from: [:], to: ["size": "x"]).map(\.code) == ["BAD_VALUE"])
    }

    @Test func whatIsReadByHandNeedsARestart() async throws {
        final class Manual: Component, Configurable {
            let level = Setting("level", default: 1, reloadable: true)
            func configure(_ config: ConfigParams) {}
        }
        let manual = try await assemble(Manual(), config: ["level": "1", "a": "1"])
        let problems = reload(manual, from: ["level": "1", "a": "1"], to: ["level": "2", "a": "2", "b": "1"])
        #expect(problems.map(\.code) == ["NEEDS_RESTART", "NEEDS_RESTART"])
        #expect(problems.map(\.key) == ["a", "b"])
        #expect(manual.level() == 2)
    }
}
