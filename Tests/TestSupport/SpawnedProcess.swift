import Glibc
import PipServices

/// A process that a test starts, with a process group of its own and nothing of the test's but what it is given.
///
/// Foundation's `Process` is of no use here: it looks through the descriptors of the process that starts another, and
/// reads beyond them when there are many, as there are in tests of many connections.
public final class SpawnedProcess: Sendable {
    /// How a process ended: its exit code, or the signal that ended it.
    public enum End: Hashable, Sendable {
        case exit(Int32)
        case signal(Int32)
    }

    /// Why a process could not be started.
    public struct Failure: Error, CustomStringConvertible {
        /// What could not be started, and why.
        public let description: String
    }

    /// The number of the process, which is that of its group too.
    public let pid: pid_t
    private let ended = Locked<End?>(nil)

    /// Starts a process.
    /// - Parameters:
    ///   - executable: a path, or a name that is looked for in `PATH`.
    ///   - environment: all of it; nil for that of the test.
    ///   - folder: where it works; nil for where the test does.
    ///   - output: a file for what it prints, which is emptied; `errors` for its standard error, which may be the same.
    public init(
        _ executable: String, _ arguments: [String], environment: [String: String]? = nil, folder: String? = nil,
        output: String, errors: String
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, flags, 0o644)
        if errors == output {
            posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, flags, 0o644)
        }
        try Self.closeOthers(&actions)
        if let folder { try Self.change(to: folder, &actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setpgroup(&attributes, 0)
        // The threads that tests run on take no signals: what is started would not either.
        var blocked = sigset_t()
        sigemptyset(&blocked)
        posix_spawnattr_setsigmask(&attributes, &blocked)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))

        var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) } + [nil]
        var settings: [UnsafeMutablePointer<CChar>?] = (environment ?? [:]).map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in words + settings { free(text) } }
        var started: pid_t = 0
        let code =
            environment == nil
            ? posix_spawnp(&started, executable, &actions, &attributes, &words, environ)
            : posix_spawnp(&started, executable, &actions, &attributes, &words, &settings)
        guard code == 0 else {
            throw Failure(description: "\(executable) can't be started: \(String(cString: strerror(code)))")
        }
        pid = started
    }

    // Swift's headers leave these two of glibc's out.
    private static func closeOthers(_ actions: inout posix_spawn_file_actions_t) throws {
        typealias Function = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
        let function = unsafeBitCast(
            try symbol("posix_spawn_file_actions_addclosefrom_np"), to: Function.self)
        _ = function(&actions, STDERR_FILENO + 1)
    }

    private static func change(to folder: String, _ actions: inout posix_spawn_file_actions_t) throws {
        typealias Function =
            @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, UnsafePointer<CChar>) -> Int32
        let function = unsafeBitCast(try symbol("posix_spawn_file_actions_addchdir_np"), to: Function.self)
        _ = function(&actions, folder)
    }

    private static func symbol(_ name: String) throws -> UnsafeMutableRawPointer {
        guard let symbol = dlsym(nil, name) else { throw Failure(description: "glibc has no \(name)") }
        return symbol
    }

    /// How it ended; nil while it runs.
    public var end: End? {
        ended.withLock { ended in
            if let ended { return ended }
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
            ended = status & 0x7F == 0 ? .exit(status >> 8 & 0xFF) : .signal(status & 0x7F)
            return ended
        }
    }

    /// True until it has ended.
    public var isRunning: Bool { end == nil }

    /// Sends a signal, unless it has ended.
    public func send(_ signal: Int32) { if isRunning { _ = kill(pid, signal) } }

    /// Kills its group: what it has started itself too.
    public func killGroup() { _ = kill(-pid, SIGKILL) }
}
