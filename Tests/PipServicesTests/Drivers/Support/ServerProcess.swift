import Foundation
import Glibc
import PipServicesTesting
import Testing

@testable import PipServices

/// A server that a test starts for itself on a free port of loopback, and may stop and kill.
final class ServerProcess: Sendable {
    let port: Int
    private let words: [String]
    /// A file or folder that is removed with the server.
    private let file: String?
    private let pid = Locked<pid_t?>(nil)

    /// Starts a redis-server that keeps no files.
    static func redis(_ arguments: [String] = []) async throws -> ServerProcess {
        try await redis(words: arguments + ["--port"])
    }

    /// Starts a redis-server that accepts TLS only, with certificates of ``TestCertificates``.
    static func encryptedRedis(_ arguments: [String] = []) async throws -> ServerProcess {
        let folder = try TestCertificates.folder()
        return try await redis(
            words: ["--port", "0", "--tls-cert-file", "\(folder)/server.crt", "--tls-key-file", "\(folder)/server.key"]
                + ["--tls-ca-cert-file", "\(folder)/ca.crt"] + arguments + ["--tls-port"])
    }

    /// Starts a redis-sentinel, which is a redis-server, with the lines of its configuration.
    static func sentinel(_ lines: [String]) async throws -> ServerProcess {
        let file = temporaryPath("pip-sentinel-\(IdGenerator.nextLong()).conf")
        // It writes down there what it finds out.
        try lines.joined(separator: "\n").appending("\n").write(toFile: file, atomically: true, encoding: .utf8)
        return try await ServerProcess(["redis-server", file, "--sentinel", "--port"], file: file)
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

    /// Starts a mosquitto with settings of its own. `PORT` in them stands for the port; without a listener, it has one
    /// on loopback for everybody.
    static func mosquitto(_ settings: [String], in folder: String) async throws -> ServerProcess {
        let port = try Sockets.freePort()
        let lines = (["user root"] + settings).map { $0.replacing(text: "PORT", with: "\(port)") }
        let path = "\(folder)/mosquitto-\(port).conf"
        try Data(lines.joined(separator: "\n").appending("\n").utf8).write(to: URL(fileURLWithPath: path))
        let hasListener = settings.contains { $0.hasPrefix("listener") }
        return try await ServerProcess(
            port: port, ["mosquitto", "-c", path] + (hasListener ? [] : ["-p", "\(port)"]), file: path)
    }

    deinit {
        kill()
        if let file { try? FileManager.default.removeItem(atPath: file) }
    }

    /// `127.0.0.1:<port>`.
    var address: String { "127.0.0.1:\(port)" }

    /// Starts it anew on its port, and waits until it answers.
    func start() async throws {
        try spawn()
        // RabbitMQ takes half a minute beside other tests.
        try await waitUntil(within: .seconds(180)) {
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

    /// Asks it to end, and waits until it has.
    func terminate() async throws {
        pid.withLock { if let pid = $0 { _ = Glibc.kill(pid, SIGTERM) } }
        try await waitUntil(within: .seconds(60)) { !isRunning }
    }

    // MARK: - Internal

    private static func temporaryPath(_ name: String) -> String {
        FileManager.default.temporaryDirectory.appending(path: name).path
    }

    /// In a folder of its own: a replica writes down what it gets, and the next server there would load it.
    private static func redis(words arguments: [String]) async throws -> ServerProcess {
        let folder = temporaryPath("pip-redis-\(IdGenerator.nextLong())")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return try await ServerProcess(
            ["redis-server", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder] + arguments,
            file: folder)
    }

    /// `PORT` in a word stands for the port; without one it comes behind the last of the words.
    convenience init(_ command: [String], file: String? = nil) async throws {
        let port = try Sockets.freePort()
        let hasPlace = command.contains { $0.contains(text: "PORT") }
        let words = command.map { $0.replacing(text: "PORT", with: "\(port)") } + (hasPlace ? [] : ["\(port)"])
        try await self.init(port: port, words, file: file)
    }

    private init(port: Int, _ words: [String], file: String? = nil) async throws {
        self.port = port
        self.words = words
        self.file = file
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
        // The threads of tasks block signals, which a server that is asked to end must receive.
        var (attributes, signals) = (posix_spawnattr_t(), sigset_t())
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var started: pid_t = 0
        let code = posix_spawnp(&started, words[0], &actions, &attributes, &arguments, environ)
        try #require(code == 0, "\(words[0]) can't be started: \(String(cString: strerror(code)))")
        pid.withLock { $0 = started }
    }
}
