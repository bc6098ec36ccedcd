import PipServices
import PipServicesTesting
import Testing

@Suite struct SettingTests {
    final class Sample: Component {
        let port = Setting("connection.port", default: 80)
        let timeout = Setting("options.timeout", aliases: ["timeout"], default: Duration.milliseconds(500))
        let ratio = Setting("ratio", default: 0.5)
        let isOn = Setting("on", default: false)
        let names = Setting<[String]>("names", default: [])
        let level = Setting("level", default: LogLevel.info)
        let uri = Setting<String?>("uri", default: nil)
        let password = Setting<Int>("password", default: 0, secret: true)
        let properties = OpenSection("properties")
        let inner = Child(prefix: "inner") { Inner() }
        let plain = Plain()
    }

    final class Inner: Component {
        let size = Setting("size", default: 1)
    }

    final class Plain: Component {
        let depth = Setting("depth", default: 1)
    }

    final class Needy: Component {
        let path = RequiredSetting<String>("path")
    }

    @Test func withoutConfigurationTheDefaultsHold() {
        let sample = Sample()
        #expect(sample.port() == 80)
        #expect(sample.timeout() == .milliseconds(500))
        #expect(sample.uri() == nil)
        #expect(sample.names() == [])
        #expect(sample.inner.size() == 1)
    }

    @Test func valuesAreReadAsTheirTypes() async throws {
        let sample = try await assemble(
            Sample(),
            config: [
                "connection.port": " 8080 ", "options.timeout": "1500.5", "ratio": "1e-2", "on": "Yes",
                "names": "a, b,,c", "level": "TRACE", "uri": "http://x", "properties.any.key": "1",
                "inner.size": "7", "depth": "3",
            ])
        #expect(sample.port() == 8080)
        #expect(sample.timeout() == .microseconds(1_500_500))
        #expect(sample.ratio() == 0.01)
        #expect(sample.isOn())
        #expect(sample.names() == ["a", "b", "c"])
        #expect(sample.level() == .trace)
        #expect(sample.uri() == "http://x")
        #expect(sample.properties()["any.key"] == "1")
        #expect(sample.inner.size() == 7)
        #expect(sample.plain.depth() == 3)
    }

    @Test func emptyAndNullValuesCountAsUnset() async throws {
        let sample = try await assemble(Sample(), config: ["uri": "", "connection.port": nil, "inner.size": ""])
        #expect(sample.uri() == nil)
        #expect(sample.port() == 80)
        #expect(sample.inner.size() == 1)
    }

    @Test func aListMayBeGivenAsElements() async throws {
        let config = ConfigParams(["names": ["a", "b"]] as AnyValue)
        #expect(try await assemble(Sample(), config: config).names() == ["a", "b"])
    }

    final class Bounded: Component {
        let size = Setting("size", default: 5, in: 1...10)
        let wait = Setting("wait", default: Duration.seconds(1), in: Duration.zero...)
        let rate = Setting("rate", default: 0.5, in: 0..<1.0)
        let port = Setting<Int?>("port", default: nil, in: 1...65_535)
        let mode = Setting("mode", default: "fast", oneOf: ["fast", "exact"])
        let secret = Setting("secret", default: 1, in: 1..., secret: true)
        let names = Setting<[String]?>("names", default: nil)
        let sizes = Setting<[Int]>("sizes", default: [])
    }

    final class Strict: Component {
        let depth = RequiredSetting<Int>("depth", in: 1...)
        let color = RequiredSetting<String>("color", oneOf: ["red", "blue"])
    }

    @Test func valuesInTheRangeAreTaken() async throws {
        let bounded = try await assemble(
            Bounded(),
            config: ["size": "10", "wait": "0", "rate": "0.99", "port": "65535", "mode": "exact", "sizes": "1,2"])
        #expect(bounded.size() == 10)
        #expect(bounded.wait() == .zero)
        #expect(bounded.rate() == 0.99)
        #expect(bounded.port() == 65_535)
        #expect(bounded.mode() == "exact")
        #expect(try await assemble(Bounded(), config: [:]).port() == nil)
        #expect(bounded.size.declaration.type == "a whole number from 1 to 10")
    }

    @Test(arguments: [
        ("size", "0", "a whole number from 1 to 10"), ("size", "11", "a whole number from 1 to 10"),
        ("wait", "-1", "a number of milliseconds of at least 0"), ("rate", "1", "a number from 0 to below 1"),
        ("port", "0", "a whole number from 1 to 65535"), ("mode", "slow", "one of fast, exact"),
    ])
    func aValueOutsideIsAnErrorThatTellsTheRange(key: String, value: String, expected: String) async {
        let error = await #expect(throws: ApplicationError.self) {
            try await assemble(Bounded(), config: ConfigParams(StringValueMap([(key, value)])))
        }
        #expect(error?.details["codes"] == ["BAD_VALUE"])
        #expect(
            error?.message.contains("'\(key)' is '\(value)'; expected \(expected)") == true, "\(error?.message ?? "")")
    }

    @Test func aSecretOutsideItsRangeIsNotShown() async {
        let error = await #expect(throws: ApplicationError.self) {
            try await assemble(Bounded(), config: ["secret": "-42"])
        }
        #expect(error?.message.contains("expected a whole number of at least 1") == true)
        #expect(error?.message.contains("42") == false)
    }

    @Test func aRequiredSettingHasARangeToo() async throws {
        for config: ConfigParams in [["depth": "0", "color": "red"], ["depth": "1", "color": "green"]] {
            let error = await #expect(throws: ApplicationError.self) { try await assemble(Strict(), config: config) }
            #expect(error?.details["codes"] == ["BAD_VALUE"])
        }
        #expect(try await assemble(Strict(), config: ["depth": "1", "color": "red"]).depth() == 1)
    }

    @Test func theElementsOfAListAreKeptAsTheyAre() async throws {
        let config = ConfigParams(["names": ["a,b", " c", ""], "sizes": [1, " 2 "]] as AnyValue)
        let bounded = try await assemble(Bounded(), config: config)
        #expect(bounded.names() == ["a,b", " c"])
        #expect(bounded.sizes() == [1, 2])
        let error = await #expect(throws: ApplicationError.self) {
            try await assemble(Bounded(), config: ConfigParams(["sizes": ["1,2"]] as AnyValue))
        }
        #expect(error?.details["codes"] == ["BAD_VALUE"])
    }

    @Test func anAliasIsReadWhenTheKeyHasNoValue() async throws {
        #expect(try await assemble(Sample(), config: ["timeout": "7"]).timeout() == .milliseconds(7))
        let both: ConfigParams = ["timeout": "7", "options.timeout": "8"]
        #expect(try await assemble(Sample(), config: both).timeout() == .milliseconds(8))
    }

    @Test(arguments: [
        ("connection.port", "abc", "a whole number"), ("options.timeout", "soon", "a number of milliseconds"),
        ("on", "maybe", "true or false"), ("level", "loud", "one of none"), ("ratio", "nan", "a number"),
        ("inner.size", "1.5", "a whole number"),
    ])
    func aMalformedValueNamesComponentKeyValueAndExpectation(key: String, value: String, expected: String) async {
        let error = await #expect(throws: ApplicationError.self) {
            try await assemble(Sample(), config: ConfigParams(StringValueMap([(key, value)])))
        }
        #expect(error?.category == .misconfiguration)
        for part in ["Sample", "'\(key)'", "'\(value)'", expected] {
            #expect(error?.message.contains(part) == true, "\(part) in \(error?.message ?? "")")
        }
    }

    @Test func aSecretValueIsNotShown() async {
        let error = await #expect(throws: ApplicationError.self) {
            try await assemble(Sample(), config: ["password": "hunter2"])
        }
        #expect(error?.message.contains("hunter2") == false)
        #expect(error?.message.contains("'password'") == true)
    }

    @Test func anUnknownKeyIsReportedWithTheNearest() async {
        let error = await #expect(throws: ApplicationError.self) {
            try await assemble(Sample(), config: ["conection.port": "1"])
        }
        #expect(error?.message.contains("unknown key 'conection.port'; did you mean 'connection.port'?") == true)
    }

    @Test func aRequiredSettingMustBeGiven() async throws {
        let error = await #expect(throws: ApplicationError.self) { try await assemble(Needy()) }
        #expect(error?.details["codes"] == ["NO_VALUE"])
        #expect(error?.message.contains("'path' is missing") == true)
        #expect(try await assemble(Needy(), config: ["path": "/x"]).path() == "/x")
    }

    @Test func aRequiredSettingIsNotReadBeforeItIsConfigured() {
        let error = #expect(throws: ApplicationError.self) { try Needy().path() }
        #expect(error?.code == "NOT_CONFIGURED")
    }

    @Test func twoMeaningsOfOneKeyAreAMistake() async {
        final class Twofold: Component {
            let first = Setting("size", default: 1)
            let second = Setting("size", default: "x")
        }
        let error = await #expect(throws: ApplicationError.self) { try await assemble(Twofold()) }
        #expect(error?.details["codes"] == ["KEY_CONFLICT"])
    }

    @Test func anActorIsAComponentToo() async throws {
        actor Counting: Component {
            let limit = Setting("limit", default: 1)
            var count = 0
            func add() -> Bool {
                count += 1
                return count <= limit()
            }
        }
        let counting = try await assemble(Counting(), config: ["limit": "2"])
        #expect(await [counting.add(), counting.add(), counting.add()] == [true, true, false])
    }

    @Test func readersSeeWholeValuesWhileTheyChange() async {
        final class Reloaded: Component {
            let text = Setting("text", default: String(repeating: "a", count: 100))
        }
        let component = Reloaded()
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<10_000).allSatisfy { _ in Set(component.text()).count == 1 && component.text().count == 100 }
                }
            }
            group.addTask {
                for letter in ["b", "c", "d", "e"] {
                    let config: ConfigParams = ["text": String(repeating: letter, count: 100)]
                    _ = try? await assemble(component, config: config)
                }
                return true
            }
            for await isWhole in group { #expect(isWhole) }
        }
        #expect(component.text().first == "e")
    }
}
