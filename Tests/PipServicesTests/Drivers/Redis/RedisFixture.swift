#if PIP_REDIS
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// What the tests of the driver for Redis stand on.
enum RedisFixture {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static var isFull: Bool { ProcessInfo.processInfo.environment["PIP_TEST_FULL"] != nil }

    /// The port of the server that `make test` starts on loopback.
    static func port() throws -> Int {
        let text = ProcessInfo.processInfo.environment["PIP_TEST_REDIS"] ?? ""
        guard let port = text.split(separator: ":").last.flatMap({ Int($0) }) else {
            throw Failure(
                description: "PIP_TEST_REDIS is '\(text)'; expected HOST:PORT of a redis-server: run 'make test'")
        }
        return port
    }

    /// The configuration of a connection to a port of loopback.
    static func config(_ port: Int? = nil, _ more: ConfigParams = [:]) throws -> ConfigParams {
        ConfigParams(["connection.host": "127.0.0.1", "connection.port": "\(try port ?? self.port())"])
            .override(more)
    }

    /// An open connection.
    static func connection(_ port: Int? = nil, _ more: ConfigParams = [:]) async throws -> RedisConnection {
        let connection = try await assemble(RedisConnection(), config: try config(port, more))
        try await connection.open(.empty)
        return connection
    }

    /// A component that shares an open connection.
    static func on<C: Component>(_ connection: RedisConnection, _ component: C, _ config: ConfigParams = [:])
        async throws -> C
    {
        try await assemble(
            component, config: config, references: ["pip-services:connection:redis:default:1.0": connection])
    }

    /// Does something on an open connection, and closes it.
    static func with<Result>(
        _ port: Int? = nil, _ more: ConfigParams = [:], _ body: (RedisConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try await connection(port, more)
        do {
            let result = try await body(connection)
            try await connection.close(.empty)
            return result
        } catch {
            try await connection.close(.empty)
            throw error
        }
    }

    /// A key that no other run uses.
    static func key(_ name: String) -> String { "test.\(IdGenerator.nextLong()).\(name)" }

    /// Waits for a condition that comes about elsewhere.
    static func until(
        _ bound: Duration = .seconds(20), _ what: String = "it", _ condition: () async throws -> Bool
    ) async throws {
        let end = ContinuousClock.now + bound
        while try await !condition() {
            guard ContinuousClock.now < end else { throw Failure(description: "\(what) did not come about in time") }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// The code of the error that something throws; the error's text where it has none, nil when it throws nothing.
    static func code(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch let error as ApplicationError {
            return error.code
        } catch is CancellationError {
            return "CANCELLED"
        } catch {
            return "\(error)"
        }
    }
}

/// A redis-server that a test starts for itself.
final class RedisServer: Sendable {
    let port: Int
    private let arguments: [String]
    private let process = Locked<Process?>(nil)

    /// Starts a server on a free port.
    init(_ arguments: [String] = []) throws {
        port = try Sockets.freePort()
        self.arguments = arguments
        try start()
    }

    deinit { kill() }

    func start() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            [
                "redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                "--daemonize", "no",
            ] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process.withLock { $0 = process }
        let end = ContinuousClock.now + .seconds(20)
        while true {
            if let socket = try? Sockets.connect(to: port) {
                close(socket)
                return
            }
            guard process.isRunning, ContinuousClock.now < end else {
                throw RedisFixture.Failure(description: "redis-server does not start: is it installed? Run 'make test'")
            }
            usleep(2000)
        }
    }

    func kill() {
        process.withLock { process in
            guard let running = process else { return }
            Glibc.kill(running.processIdentifier, SIGKILL)
            running.waitUntilExit()
            process = nil
        }
    }
}
#endif
