import Glibc
import Testing

/// A memcached server of a test's own, on a free port of the loopback address: one that it may stop and kill.
final class MemcachedServerProcess: Sendable {
    let port: UInt16
    private let pid: pid_t

    /// Starts a server, waits until it answers, and ends it after `body`.
    static func run<Result>(
        port: UInt16? = nil, _ body: (MemcachedServerProcess) async throws -> Result
    ) async throws -> Result {
        let server = try await start(port: port)
        defer { server.kill() }
        return try await body(server)
    }

    /// Starts a server, which the caller has to kill.
    static func start(port: UInt16? = nil) async throws -> MemcachedServerProcess {
        let server = try MemcachedServerProcess(port: try port ?? Sockets.freePort())
        let end = ContinuousClock.now + .seconds(20)
        while !Sockets.accepts(server.port) {
            try #require(ContinuousClock.now < end, "memcached has not started on port \(server.port)")
            try await Task.sleep(for: .milliseconds(5))
        }
        return server
    }

    /// `127.0.0.1:<port>`.
    var address: String { "127.0.0.1:\(port)" }

    /// Lets the server hang: connections stay, and nobody answers.
    func hang() { _ = Glibc.kill(pid, SIGSTOP) }
    /// Lets it go on.
    func goOn() { _ = Glibc.kill(pid, SIGCONT) }

    /// Ends it, and waits until its port is free. May be called again.
    func kill() {
        _ = Glibc.kill(pid, SIGKILL)
        var status: Int32 = 0
        _ = waitpid(pid, &status, 0)
    }

    // MARK: - Internal

    private init(port: UInt16) throws {
        self.port = port
        let words = ["memcached", "-l", "127.0.0.1", "-p", "\(port)", "-U", "0", "-u", "nobody", "-t", "2"]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, "memcached", nil, nil, &arguments, environ)
        try #require(code == 0, "memcached can't be started: \(String(cString: strerror(code)))")
        self.pid = pid
    }
}
