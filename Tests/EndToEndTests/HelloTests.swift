import Foundation
import Testing

/// The complete service that the README shows.
@Suite struct HelloTests {
    private static let source = Built.source("Examples/Hello/Hello.swift")
    private static let config = Built.source("Examples/Hello/config.yml")

    @Test func itGreets() async throws {
        try await RunningService.run("Hello", config: Self.config) { service async throws in
            let answer = try await service.request("POST", "/v1/hello/greet", body: #"{"name":"Ada"}"#)
            #expect(answer.status == 200)
            #expect(try answer.json == "Hello, Ada!")
            #expect(try await service.request("POST", "/v1/hello/greet", body: "{}").status == 400)
            service.process.send(SIGINT)
            #expect(try await service.process.end() == .exit(0))
        }
    }

    @Test func theEnvironmentChangesTheGreeting() async throws {
        try await RunningService.run("Hello", config: Self.config, environment: ["GREETING": "Salut"]) {
            service async throws in
            let answer = try await service.request("POST", "/v1/hello/greet", body: #"{"name":"Ada"}"#)
            #expect(try answer.json == "Salut, Ada!")
        }
    }

    @Test func itIsShort() throws {
        let lines = try [Self.source, Self.config].map(Self.text).flatMap { $0.split(whereSeparator: \.isNewline) }
        #expect(lines.count > 10)
        #expect(lines.count < 50)
    }

    @Test func theREADMEShowsItWordForWord() throws {
        let readme = try Self.text(Built.source("README.md"))
        let blocks = readme.matches(of: #/(?ms)^```(\w+)\n(.*?)^```$/#).map { (language: $0.1, text: String($0.2)) }
        let swift = try Self.text(Self.source)
        let yaml = try Self.text(Self.config)
        #expect(blocks.contains { $0.language == "swift" && $0.text == swift })
        #expect(blocks.contains { $0.language == "yaml" && $0.text == yaml })
    }

    // MARK: - Internal

    private static func text(_ file: URL) throws -> String { try String(contentsOf: file, encoding: .utf8) }
}
