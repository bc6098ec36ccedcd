import Glibc
import PipServicesTesting
import Testing

@testable import PipServices

/// A server that a test starts for itself on a free port of loopback, and may stop and kill.
final class ServerProcess: Sendable {
    let port: Int
    private let words: [String]
    private let pid = Locked<pid_t?>(nil)

    /// Starts a redis-server that keeps no files.
    static func redis(_ arguments: [String] = []) async throws -> ServerProcess {
        try await ServerProcess(
            ["redis-server", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", "/tmp"] + arguments
                + ["--port"])
    }

    /// Starts a memcached.
    static func memcached() async throws -> ServerProcess {
        try await ServerProcess(["memcached", "-l", "127.0.0.1", "-U", "0", "-u", "nobody", "-t", "2", "-p"])
    }

    /// Starts a server that a script of `Tests/Servers` stands for.
    static func python(_ script: String, _ arguments: [String] = []) async throws -> ServerProcess {
        let python = try #require(
            getenv("PIP_TEST_PYTHON").map { String(cString: $0) },
            "PIP_TEST_PYTHON names no Python with the stand-ins' packages: run 'make test', which installs them")
        return try await ServerProcess([python, script] + arguments + ["--port"])
    }

    deinit { kill() }

    /// `127.0.0.1:<port>`.
    var address: String { "127.0.0.1:\(port)" }

    /// Starts it anew on its port, and waits until it answers.
    func start() async throws {
        try spawn()
        try await waitUntil(within: .seconds(60)) {
            try #require(isRunning, "\(words[0]) does not start: is it installed? Run 'make test'")
            return Sockets.accepts(port)
        }
    }

    /// Lets it hang: connections stay, and nobody answers.
    func hang() {
        pid.withLock { pid in
            guard let running = pid else { return }
            _ = Glibc.kill(running, SIGSTOP)
            // Its threads don't stop at once.
            var status: Int32 = 0
            while waitpid(running, &status, WUNTRACED) < 0, errno == EINTR {}
        }
    }

    /// Lets it go on.
    func goOn() {
        pid.withLock { if let pid = $0 { _ = Glibc.kill(pid, SIGCONT) } }
    }

    /// Ends it, and waits until its port is free. May be called again.
    func kill() {
        pid.withLock { pid in
            guard let running = pid else { return }
            _ = Glibc.kill(running, SIGKILL)
            var status: Int32 = 0
            while waitpid(running, &status, 0) < 0, errno == EINTR {}
            pid = nil
        }
    }

    // MARK: - Internal

    /// The port comes behind the last of the words.
    private init(_ command: [String]) async throws {
        port = try Sockets.freePort()
        words = command + ["\(port)"]
        try await start()
    }

    /// False when it has ended by itself.
    private var isRunning: Bool {
        pid.withLock { pid in
            guard let running = pid else { return false }
            var status: Int32 = 0
            guard waitpid(running, &status, WNOHANG) != 0 else { return true }
            pid = nil
            return false
        }
    }

    private func spawn() throws {
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0)
        }
        var started: pid_t = 0
        let code = posix_spawnp(&started, words[0], &actions, nil, &arguments, environ)
        try #require(code == 0, "\(words[0]) can't be started: \(String(cString: strerror(code)))")
        pid.withLock { $0 = started }
    }
}
