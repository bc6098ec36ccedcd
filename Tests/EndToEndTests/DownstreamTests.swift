import Foundation
import Testing

/// A package of someone else's, which uses this one with one driver on and without HTTP.
///
/// It stays in the build folder, so that only the first build takes long. It compiles the module once more, and so belongs
/// to the full tests.
@Suite(
    .enabled(if: ProcessInfo.processInfo.environment["PIP_TEST_FULL"] != nil, "compiles the module: make test-full"))
struct DownstreamTests {
    @Test func aPackageTurnsOneDriverOnByItsTrait() async throws {
        let folder = Built.root.appending(path: ".build/downstream")
        try Self.write(Self.manifest, to: folder.appending(path: "Package.swift"))
        try Self.write(Self.main, to: folder.appending(path: "Sources/Downstream/Downstream.swift"))
        // Planned anew: a plan does not notice files that were added to a package beside.
        try? FileManager.default.removeItem(at: folder.appending(path: ".build/debug.yaml"))
        let swift = ProcessInfo.processInfo.environment["SWIFT"].map { URL(filePath: $0) }
        let build = try await ChildProcess.output(
            of: swift ?? Built.command("swift"), ["build", "--package-path", folder.path], within: .seconds(1800))
        try #require(build.end == .exit(0), "\(build.output)\n\(build.errors)")

        let executable = folder.appending(path: ".build/debug/Downstream")
        let result = try await ChildProcess.output(of: executable)
        #expect(result.end == .exit(0), "\(result.errors)")
        #expect(result.output.contains(#/Redis \d+\.\d+\.\d+\n/#))
        #expect(result.output.contains("MQTT nil\n"))
        #expect(result.output.contains("Hello, Ada!\n"))
        // What is not compiled in says so, and by which flag it is.
        for (name, flag) in [("Call", "PIP_CURL"), ("Token", "PIP_JWT")] {
            let line = result.output.split(separator: "\n").first { $0.hasPrefix("\(name) ") } ?? ""
            #expect(line.hasPrefix("\(name) NOT_COMPILED_IN "), "\(result.output)")
            #expect(line.contains(flag), "\(result.output)")
        }

        let libraries = try await ChildProcess.output(of: Built.command("ldd"), [executable.path]).output
        #expect(libraries.contains("libhiredis"))
        for other in ["libmemcached", "libmosquitto", "libmongoc", "libcurl"] { #expect(!libraries.contains(other)) }
    }

    // MARK: - Internal

    /// Leaves a file alone that is as it should be, and with it what was built from it.
    private static func write(_ text: String, to file: URL) throws {
        if let present = try? String(contentsOf: file, encoding: .utf8), present == text { return }
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    private static var manifest: String {
        """
        // swift-tools-version: 6.1
        import PackageDescription

        let package = Package(
            name: "downstream",
            dependencies: [.package(path: "\(Built.root.path)", traits: ["Redis"])],
            targets: [
                .executableTarget(
                    name: "Downstream",
                    dependencies: [
                        .product(name: "PipServices", package: "\(Built.root.lastPathComponent)")
                    ])
            ],
            swiftLanguageModes: [.v6]
        )

        """
    }

    private static let main = #"""
        import PipServices

        final class Greeter: Component {
            let greeting = Setting("greeting", default: "")
        }

        @main struct Downstream {
            static let config = """
                - descriptor: test:greeter:default:default:1.0
                  greeting: Hello
                - descriptor: test:client:rest:default:1.0
                  connection: { host: example.invalid, port: 80 }
                """

            static func main() async throws {
                print("Redis", RedisConnector.driver.libraryVersion ?? "nil")
                print("MQTT", MQTTConnector.driver.libraryVersion ?? "nil")
                let factory = Factory()
                    .register("test:greeter:*:*:1.0") { Greeter() }
                    .register("test:client:rest:*:1.0") { RestClient() }
                let container = Container("downstream", factories: [factory])
                await container.configure(try ContainerConfigReader.readFromYAML(config))
                try await container.open(.empty)
                let greeter = try container.references.getOneRequired("test:greeter:*:*:*", as: Greeter.self)
                print("\(greeter.greeting()), Ada!")
                let client = try container.references.getOneRequired("test:client:*:*:*", as: RestClient.self)
                await tell("Call") { let _: AnyValue? = try await client.call(.empty, .get, "items") }
                await tell("Token") { _ = try JWTAuthenticator.create() }
                try await container.close(.empty)
            }

            /// Prints what something throws.
            static func tell(_ name: String, _ body: @Sendable () async throws -> Void) async {
                do {
                    try await body()
                    print(name, "works")
                } catch let error as ApplicationError {
                    print(name, error.code, error.message)
                } catch {
                    print(name, error)
                }
            }
        }

        """#
}
